package modellogs.node;

import java.util.*;
import org.elasticsearch.action.datastreams.*;
import org.elasticsearch.action.datastreams.GetDataStreamAction.Response.*;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.health.ClusterStateHealth;
import org.elasticsearch.cluster.metadata.*;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.*;
import org.elasticsearch.plugins.Plugin.PluginServices;
import org.elasticsearch.rest.*;
import org.elasticsearch.rest.action.RestToXContentListener;

/** {@code _data_stream}: create, delete, modify and get. */
final class DataStreamRoutes {
    private final PluginServices services;
    private final ClusterService cluster;
    private final DataStreamGlobalRetentionSettings retention;
    private final MetadataDataStreamsService streams;
    private final DataStreamFailureStoreSettings failureStore;

    DataStreamRoutes(PluginServices services) {
        this.services = services;
        cluster = services.clusterService();
        retention = services.dataStreamGlobalRetentionSettings();
        streams = new MetadataDataStreamsService(cluster, services.indicesService(), retention);
        failureStore = DataStreamFailureStoreSettings.create(cluster.getClusterSettings());
    }

    List<RestHandler> routes() {
        return List.of(
            new Endpoint("create_data_stream_action", (request, client) -> {
                var create = new CreateDataStreamAction.Request(
                    RestUtils.getMasterNodeTimeout(request), RestUtils.getAckTimeout(request), request.param("name"));
                return channel -> client.execute(
                    CreateDataStreamAction.INSTANCE, create, new RestToXContentListener<>(channel));
            }, "PUT /_data_stream/{name}"),
            new Endpoint("delete_data_stream_action", (request, client) -> {
                String[] names = request.paramAsStringArray("name", new String[0]);
                var options = IndicesOptions.fromRequest(request, IndicesOptions.strictExpand());
                return Endpoint.change(cluster, request, state -> delete(state, names, options));
            }, "DELETE /_data_stream/{name}"),
            new Endpoint("modify_data_stream_action", (request, client) -> {
                try (var parser = request.contentParser()) {
                    var modify = ModifyDataStreamsAction.Request.PARSER.parse(parser,
                        actions -> new ModifyDataStreamsAction.Request(
                            RestUtils.getMasterNodeTimeout(request), RestUtils.getAckTimeout(request), actions));
                    return channel -> streams.modifyDataStream(modify, new RestToXContentListener<>(channel));
                }
            }, "POST /_data_stream/_modify"),
            new Endpoint("get_data_streams_action", (request, client) -> {
                var get = new GetDataStreamAction.Request(
                    RestUtils.getMasterNodeTimeout(request), request.paramAsStringArray("name", new String[0]));
                get.indicesOptions(IndicesOptions.fromRequest(request, get.indicesOptions()));
                get.includeDefaults(request.paramAsBoolean("include_defaults", false));
                return channel -> new RestToXContentListener<>(channel).onResponse(get(get, cluster.state()));
            }, "GET /_data_stream", "GET /_data_stream/{name}"));
    }

    private List<DataStream> find(ClusterState state, String[] names, IndicesOptions options) {
        var resolver = services.indexNameExpressionResolver();
        return DataStreamsActionUtil.getDataStreamNames(resolver, state, names, options).stream().sorted()
            .map(state.metadata().dataStreams()::get).toList();
    }

    private ClusterState delete(ClusterState state, String[] names, IndicesOptions options) {
        var found = new HashSet<>(find(state, names, options));
        if (found.isEmpty()) return state;
        return MetadataDataStreamsService.deleteDataStreams(state, found, cluster.getSettings());
    }

    private GetDataStreamAction.Response get(GetDataStreamAction.Request request, ClusterState state) {
        return new GetDataStreamAction.Response(find(state, request.getNames(), request.indicesOptions()).stream()
            .map(stream -> describe(state, stream)).toList(), null, retention.get(false), retention.get(true));
    }

    private DataStreamInfo describe(ClusterState state, DataStream stream) {
        var indices = new ArrayList<>(stream.getIndices());
        indices.addAll(stream.getFailureIndices());
        var properties = new HashMap<Index, IndexProperties>();
        indices.forEach(index -> properties.put(index, describe(state.metadata().index(index), stream)));
        var health = new ClusterStateHealth(state, indices.stream().map(Index::getName).toArray(String[]::new));
        var metadata = state.metadata();
        String template = MetadataIndexTemplateService.findV2Template(metadata, stream.getName(), false);
        var settings = Settings.EMPTY;
        if (template != null) settings = MetadataIndexTemplateService.resolveSettings(metadata, template);
        return new DataStreamInfo(stream, stream.isFailureStoreEffectivelyEnabled(failureStore), health.getStatus(),
            template, settings.get(IndexMetadata.LIFECYCLE_NAME), null, properties,
            IndexSettings.PREFER_ILM_SETTING.get(settings), null, IndexSettings.MODE.get(settings).getName());
    }

    private static IndexProperties describe(IndexMetadata index, DataStream stream) {
        String policy = index.getLifecyclePolicyName();
        boolean preferIlm = IndexSettings.PREFER_ILM_SETTING.get(index.getSettings());
        boolean lifecycle = stream.getDataLifecycle() != null && stream.getDataLifecycle().enabled();
        boolean ilm = policy != null && (preferIlm || lifecycle == false);
        return new IndexProperties(preferIlm, policy,
            ilm ? ManagedBy.ILM : lifecycle ? ManagedBy.LIFECYCLE : ManagedBy.UNMANAGED,
            IndexSettings.MODE.get(index.getSettings()).getName());
    }
}
