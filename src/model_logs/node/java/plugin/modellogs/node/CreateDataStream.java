package modellogs.node;

import org.elasticsearch.action.*;
import org.elasticsearch.action.datastreams.CreateDataStreamAction;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.master.*;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.block.*;
import org.elasticsearch.cluster.metadata.MetadataCreateDataStreamService;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** Elastic's own service, which only an action is given; it also serves templates that forbid auto creation. */
public final class CreateDataStream extends AcknowledgedTransportMasterNodeAction<CreateDataStreamAction.Request> {
    private final MetadataCreateDataStreamService service;

    @Inject public CreateDataStream(TransportService transport, ClusterService cluster, ThreadPool threads,
        ActionFilters filters, MetadataCreateDataStreamService service) {
        super(CreateDataStreamAction.NAME, transport, cluster, threads, filters, CreateDataStreamAction.Request::new,
            threads.generic());
        this.service = service;
    }

    @Override protected void masterOperation(Task task, CreateDataStreamAction.Request request, ClusterState state,
        ActionListener<AcknowledgedResponse> listener) {
        service.createDataStream(new MetadataCreateDataStreamService.CreateDataStreamClusterStateUpdateRequest(
            request.getName(), request.getStartTime(), null, request.masterNodeTimeout(), request.ackTimeout(), true),
            listener);
    }

    @Override protected ClusterBlockException checkBlock(CreateDataStreamAction.Request request, ClusterState state) {
        return state.blocks().globalBlockedException(ClusterBlockLevel.METADATA_WRITE);
    }
}
