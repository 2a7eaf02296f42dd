package modellogs.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.datastreams.CreateDataStreamAction;
import org.elasticsearch.action.datastreams.DeleteDataStreamAction;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsFilter;
import org.elasticsearch.core.CheckedFunction;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestController;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xpack.core.action.XPackInfoFeatureAction;
import org.elasticsearch.xpack.core.ilm.*;

/** What Elastic publishes no jar for and the product needs: announces the classes beside it to the server. */
public final class NodePlugin extends Plugin implements ActionPlugin, MapperPlugin {
    private PluginServices services;

    @Override
    public Collection<?> createComponents(PluginServices services) {
        this.services = services;
        return List.of();
    }

    @Override
    public Collection<RestHandler> getRestHandlers(Settings settings, NamedWriteableRegistry writeables,
        RestController controller, ClusterSettings cluster, IndexScopedSettings index, SettingsFilter filter,
        IndexNameExpressionResolver resolver, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        var handlers = new ArrayList<RestHandler>(List.of(RootRoute.route(services.clusterService())));
        handlers.addAll(new DataStreamRoutes(services).routes());
        handlers.addAll(new LifecycleRoutes(services).routes());
        return handlers;
    }

    @Override
    public Collection<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
        return List.of(
            new ActionHandler<>(CreateDataStreamAction.INSTANCE, DataStreamActions.Create.class),
            new ActionHandler<>(DeleteDataStreamAction.INSTANCE, DataStreamActions.Delete.class),
            new ActionHandler<>(XPackInfoFeatureAction.CCR, CcrAbsent.class));
    }

    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
        return FailureStore.MAPPERS;
    }

    @Override
    public List<Setting<?>> getSettings() {
        return List.of(LifecycleSettings.LIFECYCLE_POLL_INTERVAL_SETTING, LifecycleSettings.LIFECYCLE_NAME_SETTING,
            LifecycleSettings.LIFECYCLE_SKIP_SETTING, LifecycleSettings.LIFECYCLE_INDEXING_COMPLETE_SETTING,
            LifecycleSettings.LIFECYCLE_HISTORY_INDEX_ENABLED_SETTING,
            LifecycleSettings.LIFECYCLE_STEP_MASTER_TIMEOUT_SETTING,
            LifecycleSettings.LIFECYCLE_STEP_WAIT_TIME_THRESHOLD_SETTING,
            LifecycleSettings.LIFECYCLE_ROLLOVER_ONLY_IF_HAS_DOCUMENTS_SETTING,
            RolloverAction.LIFECYCLE_ROLLOVER_ALIAS_SETTING);
    }

    @Override
    public List<NamedXContentRegistry.Entry> getNamedXContent() {
        return List.of(
            new NamedXContentRegistry.Entry(Metadata.Custom.class, new ParseField(IndexLifecycleMetadata.TYPE),
                parser -> IndexLifecycleMetadata.PARSER.parse(parser, null)),
            new NamedXContentRegistry.Entry(Metadata.Custom.class, new ParseField(LifecycleOperationMetadata.TYPE),
                parser -> LifecycleOperationMetadata.PARSER.parse(parser, null)),
            new NamedXContentRegistry.Entry(LifecycleType.class, new ParseField(TimeseriesLifecycleType.TYPE),
                (parser, context) -> TimeseriesLifecycleType.INSTANCE),
            action(AllocateAction.NAME, AllocateAction::parse), action(DeleteAction.NAME, DeleteAction::parse),
            action(DownsampleAction.NAME, DownsampleAction::parse), action(ForceMergeAction.NAME, ForceMergeAction::parse),
            action(FreezeAction.NAME, FreezeAction::parse), action(MigrateAction.NAME, MigrateAction::parse),
            action(ReadOnlyAction.NAME, ReadOnlyAction::parse), action(RolloverAction.NAME, RolloverAction::parse),
            action(SearchableSnapshotAction.NAME, SearchableSnapshotAction::parse),
            action(SetPriorityAction.NAME, SetPriorityAction::parse), action(ShrinkAction.NAME, ShrinkAction::parse),
            action(UnfollowAction.NAME, UnfollowAction::parse),
            action(WaitForSnapshotAction.NAME, WaitForSnapshotAction::parse));
    }

    private static NamedXContentRegistry.Entry action(
        String name, CheckedFunction<XContentParser, LifecycleAction, IOException> parser
    ) {
        return new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(name), parser);
    }
}
