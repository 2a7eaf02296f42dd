package modellogs.ilm;

import java.util.stream.Collectors;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.datastreams.DataStreamsActionUtil;
import org.elasticsearch.action.datastreams.DeleteDataStreamAction;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.cluster.AckedClusterStateUpdateTask;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.MetadataDataStreamsService;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;

/** The delete step of ILM calls this action where the index to go is the only one of its stream. */
public final class DeleteDataStream extends TransportAction<DeleteDataStreamAction.Request, AcknowledgedResponse> {
    private final ClusterService cluster;
    private final IndexNameExpressionResolver resolver;

    @Inject
    public DeleteDataStream(
        TransportService transport, ClusterService cluster, ActionFilters filters, IndexNameExpressionResolver resolver
    ) {
        super(DeleteDataStreamAction.NAME, filters, transport.getTaskManager(), EsExecutors.DIRECT_EXECUTOR_SERVICE);
        this.cluster = cluster;
        this.resolver = resolver;
    }

    @Override
    protected void doExecute(
        Task parent, DeleteDataStreamAction.Request request, ActionListener<AcknowledgedResponse> listener
    ) {
        var timeout = request.masterNodeTimeout();
        var task = new AckedClusterStateUpdateTask(timeout, timeout, listener) {
            @Override
            public ClusterState execute(ClusterState state) {
                var names = DataStreamsActionUtil.getDataStreamNames(
                    resolver, state, request.getNames(), request.indicesOptions());
                var streams = names.stream().map(state.metadata().dataStreams()::get).collect(Collectors.toSet());
                return MetadataDataStreamsService.deleteDataStreams(state, streams, cluster.getSettings());
            }
        };
        cluster.submitUnbatchedStateUpdateTask("delete-data-stream", task);
    }
}
