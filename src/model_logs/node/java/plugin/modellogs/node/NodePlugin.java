package modellogs.node;

import static org.elasticsearch.xpack.core.ilm.LifecycleSettings.*;

import java.io.IOException;
import java.util.*;
import java.util.function.*;
import org.elasticsearch.action.*;
import org.elasticsearch.action.datastreams.CreateDataStreamAction;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.Metadata.Custom;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.*;
import org.elasticsearch.core.CheckedFunction;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.plugins.*;
import org.elasticsearch.rest.*;
import org.elasticsearch.xcontent.*;
import org.elasticsearch.xpack.core.ilm.*;

/** What Elastic publishes no jar for and the product needs: announces the classes beside it to the server. */
public final class NodePlugin extends Plugin implements ActionPlugin, MapperPlugin {
    private PluginServices services;

    @Override public Collection<?> createComponents(PluginServices given) {
        services = given;
        return List.of();
    }

    @Override public Collection<RestHandler> getRestHandlers(Settings settings, NamedWriteableRegistry writeables,
        RestController controller, ClusterSettings cluster, IndexScopedSettings index, SettingsFilter filter,
        IndexNameExpressionResolver resolver, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        var handlers = new ArrayList<>(new DataStreamRoutes(services).routes());
        handlers.addAll(new LifecycleRoutes(services.clusterService(), resolver).routes());
        handlers.add(RootRoute.route(services.clusterService()));
        return handlers;
    }

    @Override public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
        return List.of(new ActionHandler<>(CreateDataStreamAction.INSTANCE, CreateDataStream.class));
    }

    @Override public Map<String, Mapper.TypeParser> getMappers() { return FailureStore.MAPPERS; }

    @Override public List<Setting<?>> getSettings() {
        return List.of(LIFECYCLE_POLL_INTERVAL_SETTING, LIFECYCLE_NAME_SETTING, LIFECYCLE_SKIP_SETTING,
            LIFECYCLE_INDEXING_COMPLETE_SETTING, LIFECYCLE_HISTORY_INDEX_ENABLED_SETTING,
            LIFECYCLE_STEP_MASTER_TIMEOUT_SETTING, LIFECYCLE_STEP_WAIT_TIME_THRESHOLD_SETTING,
            LIFECYCLE_ROLLOVER_ONLY_IF_HAS_DOCUMENTS_SETTING, RolloverAction.LIFECYCLE_ROLLOVER_ALIAS_SETTING);
    }

    @Override public List<NamedXContentRegistry.Entry> getNamedXContent() {
        return List.of(
            entry(Custom.class, IndexLifecycleMetadata.TYPE, p -> IndexLifecycleMetadata.PARSER.parse(p, null)),
            entry(Custom.class, LifecycleOperationMetadata.TYPE, p -> LifecycleOperationMetadata.PARSER.parse(p, null)),
            entry(LifecycleType.class, TimeseriesLifecycleType.TYPE, p -> TimeseriesLifecycleType.INSTANCE),
            action(AllocateAction.NAME, AllocateAction::parse), action(DeleteAction.NAME, DeleteAction::parse),
            action(DownsampleAction.NAME, DownsampleAction::parse), action(FreezeAction.NAME, FreezeAction::parse),
            action(ForceMergeAction.NAME, ForceMergeAction::parse), action(MigrateAction.NAME, MigrateAction::parse),
            action(ReadOnlyAction.NAME, ReadOnlyAction::parse), action(RolloverAction.NAME, RolloverAction::parse),
            action(SearchableSnapshotAction.NAME, SearchableSnapshotAction::parse),
            action(SetPriorityAction.NAME, SetPriorityAction::parse), action(ShrinkAction.NAME, ShrinkAction::parse),
            action(UnfollowAction.NAME, UnfollowAction::parse),
            action(WaitForSnapshotAction.NAME, WaitForSnapshotAction::parse));
    }

    private static NamedXContentRegistry.Entry action(
        String name, CheckedFunction<XContentParser, LifecycleAction, IOException> parser) {
        return entry(LifecycleAction.class, name, parser);
    }

    private static <T> NamedXContentRegistry.Entry entry(
        Class<T> kind, String name, CheckedFunction<XContentParser, ? extends T, IOException> parser) {
        return new NamedXContentRegistry.Entry(kind, new ParseField(name), parser);
    }
}
