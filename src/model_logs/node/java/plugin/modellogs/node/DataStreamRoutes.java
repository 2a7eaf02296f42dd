package modellogs.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.elasticsearch.action.datastreams.CreateDataStreamAction;
import org.elasticsearch.action.datastreams.DataStreamsActionUtil;
import org.elasticsearch.action.datastreams.DeleteDataStreamAction;
import org.elasticsearch.action.datastreams.GetDataStreamAction;
import org.elasticsearch.action.datastreams.GetDataStreamAction.Response.DataStreamInfo;
import org.elasticsearch.action.datastreams.GetDataStreamAction.Response.IndexProperties;
import org.elasticsearch.action.datastreams.GetDataStreamAction.Response.ManagedBy;
import org.elasticsearch.action.datastreams.ModifyDataStreamsAction;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.health.ClusterStateHealth;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.DataStreamFailureStoreSettings;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MetadataDataStreamsService;
import org.elasticsearch.cluster.metadata.MetadataIndexTemplateService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.Index;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.plugins.Plugin.PluginServices;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestUtils;
import org.elasticsearch.rest.action.RestToXContentListener;

/** {@code _data_stream}: create, delete, modify and get. */
final class DataStreamRoutes {
    private final PluginServices services;
    private final MetadataDataStreamsService streams;
    private final DataStreamFailureStoreSettings failureStore;

    DataStreamRoutes(PluginServices services) {
        var cluster = services.clusterService();
        this.services = services;
        this.streams = new MetadataDataStreamsService(
            cluster, services.indicesService(), services.dataStreamGlobalRetentionSettings());
        this.failureStore = DataStreamFailureStoreSettings.create(cluster.getClusterSettings());
    }

    List<RestHandler> routes() {
        return List.of(
            new Endpoint("create_data_stream_action", (request, client) -> {
                var create = new CreateDataStreamAction.Request(
                    RestUtils.getMasterNodeTimeout(request), RestUtils.getAckTimeout(request), request.param("name"));
                return channel -> client.execute(CreateDataStreamAction.INSTANCE, create, new RestToXContentListener<>(channel));
            }, "PUT /_data_stream/{name}"),
            new Endpoint("delete_data_stream_action", (request, client) -> {
                var delete = new DeleteDataStreamAction.Request(
                    RestUtils.getMasterNodeTimeout(request), Endpoint.names(request, "name"));
                delete.indicesOptions(IndicesOptions.fromRequest(request, delete.indicesOptions()));
                return channel -> client.execute(DeleteDataStreamAction.INSTANCE, delete, new RestToXContentListener<>(channel));
            }, "DELETE /_data_stream/{name}"),
            new Endpoint("modify_data_stream_action", (request, client) -> {
                ModifyDataStreamsAction.Request modify;
                try (var parser = request.contentParser()) {
                    modify = ModifyDataStreamsAction.Request.PARSER.parse(parser, actions -> new ModifyDataStreamsAction.Request(
                        RestUtils.getMasterNodeTimeout(request), RestUtils.getAckTimeout(request), actions));
                }
                return channel -> streams.modifyDataStream(modify, new RestToXContentListener<>(channel));
            }, "POST /_data_stream/_modify"),
            new Endpoint("get_data_streams_action", (request, client) -> {
                var get = new GetDataStreamAction.Request(
                    RestUtils.getMasterNodeTimeout(request), Endpoint.names(request, "name"));
                get.indicesOptions(IndicesOptions.fromRequest(request, get.indicesOptions()));
                get.includeDefaults(request.paramAsBoolean("include_defaults", false));
                return channel -> new RestToXContentListener<GetDataStreamAction.Response>(channel).onResponse(get(get));
            }, "GET /_data_stream", "GET /_data_stream/{name}"));
    }

    private GetDataStreamAction.Response get(GetDataStreamAction.Request request) {
        ClusterState state = services.clusterService().state();
        var names = DataStreamsActionUtil.getDataStreamNames(
            services.indexNameExpressionResolver(), state, request.getNames(), request.indicesOptions());
        var retention = services.dataStreamGlobalRetentionSettings();
        return new GetDataStreamAction.Response(
            names.stream().sorted().map(name -> describe(state, state.metadata().dataStreams().get(name))).toList(),
            null, retention.get(false), retention.get(true));
    }

    private DataStreamInfo describe(ClusterState state, DataStream stream) {
        var indices = new ArrayList<Index>(stream.getIndices());
        indices.addAll(stream.getFailureIndices());
        var properties = new HashMap<Index, IndexProperties>();
        indices.forEach(index -> properties.put(index, describe(state.metadata().index(index), stream)));
        var health = new ClusterStateHealth(state, indices.stream().map(Index::getName).toArray(String[]::new));

        String template = MetadataIndexTemplateService.findV2Template(state.metadata(), stream.getName(), false);
        Settings settings = template == null
            ? Settings.EMPTY : MetadataIndexTemplateService.resolveSettings(state.metadata(), template);
        return new DataStreamInfo(stream, stream.isFailureStoreEffectivelyEnabled(failureStore), health.getStatus(), template,
            settings.get(IndexMetadata.LIFECYCLE_NAME), null, properties, IndexSettings.PREFER_ILM_SETTING.get(settings),
            null, IndexSettings.MODE.get(settings).getName());
    }

    private static IndexProperties describe(IndexMetadata index, DataStream stream) {
        String policy = index.getLifecyclePolicyName();
        boolean preferIlm = IndexSettings.PREFER_ILM_SETTING.get(index.getSettings());
        boolean lifecycle = stream.getDataLifecycle() != null && stream.getDataLifecycle().enabled();
        ManagedBy managedBy = lifecycle ? ManagedBy.LIFECYCLE : ManagedBy.UNMANAGED;
        if (policy != null && (preferIlm || lifecycle == false)) {
            managedBy = ManagedBy.ILM;
        }
        return new IndexProperties(preferIlm, policy, managedBy, IndexSettings.MODE.get(index.getSettings()).getName());
    }
}
