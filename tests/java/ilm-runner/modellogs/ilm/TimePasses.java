package modellogs.ilm;

import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.ClusterStateUpdateTask;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/**
 * For the tests: {@code POST /_time_passes?days=1} makes every managed index a day older, so that shipped policies run
 * with the ages that they have. It then looks at each index once, as ILM does at each poll, and answers how many steps
 * were taken so far and whether something is under way.
 */
final class TimePasses extends BaseRestHandler {
    private final IlmRunner runner;
    private final ClusterService cluster;

    TimePasses(IlmRunner runner, ClusterService cluster) {
        this.runner = runner;
        this.cluster = cluster;
    }

    @Override
    public String getName() {
        return "time_passes_action";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.POST, "/_time_passes"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        int days = request.paramAsInt("days", 0);
        return channel -> cluster.submitUnbatchedStateUpdateTask("time-passes", new ClusterStateUpdateTask() {
            @Override
            public ClusterState execute(ClusterState state) {
                return days == 0 ? state : IlmRunner.older(state, days);
            }

            @Override
            public void clusterStateProcessed(ClusterState before, ClusterState after) {
                runner.runAll();
                answer(channel, RestStatus.OK, "{\"steps\":" + runner.steps() + ",\"busy\":" + runner.isBusy() + "}");
            }

            @Override
            public void onFailure(Exception e) {
                answer(channel, RestStatus.INTERNAL_SERVER_ERROR, "{}");
            }
        });
    }

    private static void answer(RestChannel channel, RestStatus status, String json) {
        channel.sendResponse(new RestResponse(status, "application/json", json));
    }
}
