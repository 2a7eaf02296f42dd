package modellogs.node;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.AckedClusterStateUpdateTask;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.Strings;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.core.CheckedFunction;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestUtils;
import org.elasticsearch.rest.action.RestToXContentListener;

/** A REST handler made of a name, a function that reads the request, and one or more "METHOD /path". */
final class Endpoint extends BaseRestHandler {
    /** Reads the request at once, so that bad parameters are refused, and answers later. */
    interface Answer {
        CheckedConsumer<RestChannel, Exception> to(RestRequest request, NodeClient client) throws IOException;
    }

    private final String name;
    private final Answer answer;
    private final List<Route> routes;

    Endpoint(String name, Answer answer, String... routes) {
        this.name = name;
        this.answer = answer;
        this.routes = List.of(routes).stream().map(route -> route.split(" ")).map(
            part -> new Route(RestRequest.Method.valueOf(part[0]), part[1])).toList();
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public List<Route> routes() {
        return routes;
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        return answer.to(request, client)::accept;
    }

    /** The comma-separated names of a path parameter; none when the path has no such part. */
    static String[] names(RestRequest request, String parameter) {
        return Strings.splitStringByCommaToArray(request.param(parameter, ""));
    }

    /** Changes the cluster state and answers {@code "acknowledged": true}. */
    static CheckedConsumer<RestChannel, Exception> change(
        ClusterService cluster, String source, RestRequest request,
        CheckedFunction<ClusterState, ClusterState, Exception> change
    ) {
        var timeout = RestUtils.getMasterNodeTimeout(request);
        var ackTimeout = RestUtils.getAckTimeout(request);
        return channel -> {
            var listener = new RestToXContentListener<AcknowledgedResponse>(channel);
            cluster.submitUnbatchedStateUpdateTask(source, new AckedClusterStateUpdateTask(timeout, ackTimeout, listener) {
                @Override
                public ClusterState execute(ClusterState state) throws Exception {
                    return change.apply(state);
                }
            });
        };
    }
}
