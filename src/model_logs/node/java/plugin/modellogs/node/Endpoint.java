package modellogs.node;

import java.io.IOException;
import java.util.*;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.*;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.core.*;
import org.elasticsearch.rest.*;
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
        this.routes = Arrays.stream(routes).map(route -> route.split(" "))
            .map(part -> new Route(RestRequest.Method.valueOf(part[0]), part[1])).toList();
    }

    @Override public String getName() { return name; }

    @Override public List<Route> routes() { return routes; }

    @Override protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        return answer.to(request, client)::accept;
    }

    /** Changes the cluster state and answers {@code "acknowledged": true}. */
    static CheckedConsumer<RestChannel, Exception> change(ClusterService cluster, RestRequest request,
        CheckedFunction<ClusterState, ClusterState, Exception> change) {
        TimeValue timeout = RestUtils.getMasterNodeTimeout(request), ackTimeout = RestUtils.getAckTimeout(request);
        return channel -> cluster.submitUnbatchedStateUpdateTask(request.path(), new AckedClusterStateUpdateTask(
            timeout, ackTimeout, new RestToXContentListener<AcknowledgedResponse>(channel)) {
            @Override public ClusterState execute(ClusterState state) throws Exception { return change.apply(state); }
        });
    }
}
