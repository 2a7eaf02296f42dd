package modellogs.node;

import java.util.stream.Collectors;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.datastreams.CreateDataStreamAction;
import org.elasticsearch.action.datastreams.DataStreamsActionUtil;
import org.elasticsearch.action.datastreams.DeleteDataStreamAction;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.master.AcknowledgedResponse;
import org.elasticsearch.action.support.master.AcknowledgedTransportMasterNodeAction;
import org.elasticsearch.action.support.master.MasterNodeRequest;
import org.elasticsearch.cluster.AckedClusterStateUpdateTask;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.block.ClusterBlockException;
import org.elasticsearch.cluster.block.ClusterBlockLevel;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.MetadataCreateDataStreamService;
import org.elasticsearch.cluster.metadata.MetadataCreateDataStreamService.CreateDataStreamClusterStateUpdateRequest;
import org.elasticsearch.cluster.metadata.MetadataDataStreamsService;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Creating and deleting data streams: Elastic's services behind Elastic's actions, which its ILM steps call too. */
final class DataStreamActions {
    private abstract static class Base<R extends MasterNodeRequest<R>> extends AcknowledgedTransportMasterNodeAction<R> {
        Base(String name, TransportService transport, ClusterService cluster, ThreadPool threads, ActionFilters filters,
            Writeable.Reader<R> reader) {
            super(name, transport, cluster, threads, filters, reader, threads.generic());
        }

        @Override
        protected ClusterBlockException checkBlock(R request, ClusterState state) {
            return state.blocks().globalBlockedException(ClusterBlockLevel.METADATA_WRITE);
        }
    }

    public static final class Create extends Base<CreateDataStreamAction.Request> {
        private final MetadataCreateDataStreamService service;

        @Inject
        public Create(TransportService transport, ClusterService cluster, ThreadPool threads, ActionFilters filters,
            MetadataCreateDataStreamService service) {
            super(CreateDataStreamAction.NAME, transport, cluster, threads, filters, CreateDataStreamAction.Request::new);
            this.service = service;
        }

        @Override
        protected void masterOperation(Task task, CreateDataStreamAction.Request request, ClusterState state,
            ActionListener<AcknowledgedResponse> listener) {
            service.createDataStream(new CreateDataStreamClusterStateUpdateRequest(request.getName(), request.getStartTime(),
                null, request.masterNodeTimeout(), request.ackTimeout(), true), listener);
        }
    }

    public static final class Delete extends Base<DeleteDataStreamAction.Request> {
        private final IndexNameExpressionResolver resolver;

        @Inject
        public Delete(TransportService transport, ClusterService cluster, ThreadPool threads, ActionFilters filters,
            IndexNameExpressionResolver resolver) {
            super(DeleteDataStreamAction.NAME, transport, cluster, threads, filters, DeleteDataStreamAction.Request::new);
            this.resolver = resolver;
        }

        @Override
        protected void masterOperation(Task task, DeleteDataStreamAction.Request request, ClusterState state,
            ActionListener<AcknowledgedResponse> listener) {
            var timeout = request.masterNodeTimeout();
            clusterService.submitUnbatchedStateUpdateTask("delete-data-stream",
                new AckedClusterStateUpdateTask(timeout, timeout, listener) {
                    @Override
                    public ClusterState execute(ClusterState current) {
                        var names = DataStreamsActionUtil.getDataStreamNames(
                            resolver, current, request.getNames(), request.indicesOptions());
                        var streams = names.stream().map(current.metadata().dataStreams()::get).collect(Collectors.toSet());
                        return streams.isEmpty() ? current
                            : MetadataDataStreamsService.deleteDataStreams(current, streams, clusterService.getSettings());
                    }
                });
        }
    }
}
