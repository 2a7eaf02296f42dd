package modellogs.recorder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.DocWriteRequest;
import org.elasticsearch.action.IndicesRequest;
import org.elasticsearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.support.ActionFilter;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsFilter;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestController;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * For the tests: remembers every action that passes where the security of Elasticsearch would ask whether it is allowed,
 * with its indices. GET /_recorded returns what was asked since the last time.
 *
 * What a node asks of itself in its own name (in the context of the system, with an origin, or internally) is not
 * remembered: security allows that whoever the user is.
 */
public final class ActionRecorder extends Plugin implements ActionPlugin {
    private final Set<Map<String, Object>> seen = new LinkedHashSet<>();
    private ThreadContext context;

    @Override
    public Collection<?> createComponents(PluginServices services) {
        context = services.threadPool().getThreadContext();
        return List.of();
    }

    @Override
    public List<ActionFilter> getActionFilters() {
        return List.of(new Filter());
    }

    @Override
    public List<RestHandler> getRestHandlers(Settings settings, NamedWriteableRegistry writeables, RestController controller,
        ClusterSettings cluster, IndexScopedSettings index, SettingsFilter filter, IndexNameExpressionResolver resolver,
        Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        return List.of(new Recorded());
    }

    private synchronized void remember(String action, Object request) {
        if (action.startsWith("internal:") || context.isSystemContext() || context.getTransient("action.origin") != null) {
            return;
        }
        if (request instanceof BulkRequest bulk) {
            for (DocWriteRequest<?> item : bulk.requests()) {
                add(action, List.of(item.index()));
                add(ofItem(item), List.of(item.index()));
            }
        } else if (request instanceof PutMappingRequest mapping && mapping.getConcreteIndex() != null) {
            add(action, List.of(mapping.getConcreteIndex().getName()));
        } else if (request instanceof IndicesRequest indices && indices.indices() != null) {
            add(action, List.of(indices.indices()));
        } else {
            add(action, List.of());
        }
    }

    /** The name under which security asks for a document of a bulk request. */
    private static String ofItem(DocWriteRequest<?> item) {
        return switch (item.opType()) {
            case CREATE -> "indices:data/write/index:op_type/create";
            case INDEX -> "indices:data/write/index:op_type/index";
            case UPDATE -> "indices:data/write/update";
            case DELETE -> "indices:data/write/delete";
        };
    }

    private void add(String action, List<String> indices) {
        seen.add(Map.of("action", action, "indices", indices));
    }

    private synchronized List<Map<String, Object>> taken() {
        var all = new ArrayList<>(seen);
        seen.clear();
        return all;
    }

    private final class Filter implements ActionFilter {
        @Override
        public int order() {
            return Integer.MIN_VALUE;
        }

        @Override
        public <Q extends ActionRequest, R extends ActionResponse> void apply(
            Task task, String action, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
            remember(action, request);
            chain.proceed(task, action, request, listener);
        }
    }

    private final class Recorded extends BaseRestHandler {
        @Override
        public String getName() {
            return "model_logs_recorded";
        }

        @Override
        public List<Route> routes() {
            return List.of(new Route(RestRequest.Method.GET, "/_recorded"));
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
            return channel -> channel.sendResponse(
                new RestResponse(RestStatus.OK, JsonXContent.contentBuilder().value(Map.of("actions", taken()))));
        }
    }
}
