package modellogs.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.LifecycleExecutionState;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.plugins.Plugin.PluginServices;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestUtils;
import org.elasticsearch.rest.action.RestChunkedToXContentListener;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.elasticsearch.xpack.core.XPackPlugin;
import org.elasticsearch.xpack.core.ilm.ExplainLifecycleResponse;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleExplainResponse;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleMetadata;
import org.elasticsearch.xpack.core.ilm.LifecycleOperationMetadata;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicy;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicyMetadata;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicyUsageCalculator;
import org.elasticsearch.xpack.core.ilm.LifecycleSettings;
import org.elasticsearch.xpack.core.ilm.OperationMode;
import org.elasticsearch.xpack.core.ilm.OperationModeUpdateTask;
import org.elasticsearch.xpack.core.ilm.PhaseCacheManagement;
import org.elasticsearch.xpack.core.ilm.PhaseExecutionInfo;
import org.elasticsearch.xpack.core.ilm.action.GetLifecycleAction;
import org.elasticsearch.xpack.core.ilm.action.GetLifecycleAction.LifecyclePolicyResponseItem;
import org.elasticsearch.xpack.core.ilm.action.GetStatusAction;
import org.elasticsearch.xpack.core.ilm.action.PutLifecycleRequest;

/** {@code _ilm}: policies with Elastic's own parser and validation, explain, start and stop. Nothing runs them. */
final class LifecycleRoutes {
    private final PluginServices services;
    private final ClusterService cluster;

    LifecycleRoutes(PluginServices services) {
        this.services = services;
        this.cluster = services.clusterService();
    }

    List<RestHandler> routes() {
        return List.of(
            new Endpoint("ilm_put_action", (request, client) -> {
                LifecyclePolicy policy = parse(request);
                policy.validate();
                LifecyclePolicy.validatePolicyName(policy.getName());
                policy.toSteps(client, XPackPlugin.getSharedLicenseState());
                return Endpoint.change(cluster, "put-lifecycle", request, state -> put(state, policy, client));
            }, "PUT /_ilm/policy/{name}"),
            new Endpoint("ilm_get_action", (request, client) -> {
                String[] names = Endpoint.names(request, "name");
                return channel -> new RestChunkedToXContentListener<GetLifecycleAction.Response>(channel).onResponse(get(names));
            }, "GET /_ilm/policy", "GET /_ilm/policy/{name}"),
            new Endpoint("ilm_delete_action", (request, client) -> {
                String name = request.param("name");
                return Endpoint.change(cluster, "delete-lifecycle", request, state -> delete(state, name));
            }, "DELETE /_ilm/policy/{name}"),
            new Endpoint("ilm_explain_action", (request, client) -> {
                String[] names = Endpoint.names(request, "index");
                var options = IndicesOptions.fromRequest(request, IndicesOptions.strictExpandOpen());
                return channel -> new RestToXContentListener<ExplainLifecycleResponse>(channel).onResponse(explain(names, options));
            }, "GET /{index}/_ilm/explain"),
            new Endpoint("ilm_status_action", (request, client) -> channel -> {
                var mode = LifecycleOperationMetadata.currentILMMode(cluster.state());
                new RestToXContentListener<GetStatusAction.Response>(channel).onResponse(new GetStatusAction.Response(mode));
            }, "GET /_ilm/status"),
            new Endpoint("ilm_start_action", (request, client) -> Endpoint.change(
                cluster, "ilm-start", request, OperationModeUpdateTask.ilmMode(OperationMode.RUNNING)::execute), "POST /_ilm/start"),
            new Endpoint("ilm_stop_action", (request, client) -> Endpoint.change(
                cluster, "ilm-stop", request, OperationModeUpdateTask.ilmMode(OperationMode.STOPPED)::execute), "POST /_ilm/stop"));
    }

    private static LifecyclePolicy parse(RestRequest request) throws IOException {
        try (var parser = request.contentParser()) {
            return PutLifecycleRequest.parseRequest(new PutLifecycleRequest.Factory() {
                @Override
                public PutLifecycleRequest create(LifecyclePolicy policy) {
                    return new PutLifecycleRequest(
                        RestUtils.getMasterNodeTimeout(request), RestUtils.getAckTimeout(request), policy);
                }

                @Override
                public String getPolicyName() {
                    return request.param("name");
                }
            }, parser).getPolicy();
        }
    }

    private static Map<String, LifecyclePolicyMetadata> policies(ClusterState state) {
        return state.metadata().custom(IndexLifecycleMetadata.TYPE, IndexLifecycleMetadata.EMPTY).getPolicyMetadatas();
    }

    private static ClusterState with(ClusterState state, Map<String, LifecyclePolicyMetadata> policies) {
        var lifecycle = new IndexLifecycleMetadata(policies, LifecycleOperationMetadata.currentILMMode(state));
        var metadata = Metadata.builder(state.metadata()).putCustom(IndexLifecycleMetadata.TYPE, lifecycle);
        return ClusterState.builder(state).metadata(metadata).build();
    }

    private ClusterState put(ClusterState state, LifecyclePolicy policy, NodeClient client) {
        var policies = new TreeMap<>(policies(state));
        LifecyclePolicyMetadata old = policies.get(policy.getName());
        if (old != null && old.getPolicy().equals(policy)) {
            return state;
        }
        long version = old == null ? 1 : old.getVersion() + 1;
        policies.put(policy.getName(), new LifecyclePolicyMetadata(policy, Map.of(), version, System.currentTimeMillis()));
        ClusterState changed = with(state, policies);
        return old == null ? changed : PhaseCacheManagement.updateIndicesForPolicy(changed, services.xContentRegistry(), client,
            old.getPolicy(), policies.get(policy.getName()), XPackPlugin.getSharedLicenseState());
    }

    private GetLifecycleAction.Response get(String[] names) {
        ClusterState state = cluster.state();
        var policies = new TreeMap<>(policies(state));
        for (String name : names) {
            if (Regex.isSimpleMatchPattern(name) == false && policies.containsKey(name) == false) {
                throw new ResourceNotFoundException("Lifecycle policy not found: {}", name);
            }
        }
        policies.keySet().removeIf(name -> names.length > 0 && Regex.simpleMatch(names, name) == false);
        if (policies.isEmpty()) {
            return new GetLifecycleAction.Response(List.of());
        }
        var usage = new LifecyclePolicyUsageCalculator(
            services.indexNameExpressionResolver(), state, new ArrayList<>(policies.keySet()));
        return new GetLifecycleAction.Response(policies.values().stream().map(policy -> new LifecyclePolicyResponseItem(
            policy.getPolicy(), policy.getVersion(), policy.getModifiedDateString(),
            usage.retrieveCalculatedUsage(policy.getName()))).toList());
    }

    private static ClusterState delete(ClusterState state, String name) {
        var users = state.metadata().indices().values().stream().filter(
            index -> name.equals(index.getLifecyclePolicyName())).map(index -> index.getIndex().getName()).sorted().toList();
        if (users.isEmpty() == false) {
            throw new IllegalArgumentException(
                "Cannot delete policy [" + name + "]. It is in use by one or more indices: " + users);
        }
        var policies = new TreeMap<>(policies(state));
        if (policies.remove(name) == null) {
            throw new ResourceNotFoundException("Lifecycle policy not found: {}", name);
        }
        return with(state, policies);
    }

    private ExplainLifecycleResponse explain(String[] names, IndicesOptions options) throws IOException {
        ClusterState state = cluster.state();
        var indices = new TreeMap<String, IndexLifecycleExplainResponse>();
        for (String name : services.indexNameExpressionResolver().concreteIndexNames(state, options, true, names)) {
            indices.put(name, explain(name, state.metadata().index(name)));
        }
        return new ExplainLifecycleResponse(indices);
    }

    private IndexLifecycleExplainResponse explain(String name, IndexMetadata index) throws IOException {
        LifecycleExecutionState at = index.getLifecycleExecutionState();
        if (index.getLifecyclePolicyName() == null) {
            return IndexLifecycleExplainResponse.newUnmanagedIndexResponse(name);
        }
        return IndexLifecycleExplainResponse.newManagedIndexResponse(name, index.getCreationDate(),
            index.getLifecyclePolicyName(), at.lifecycleDate(), at.phase(), at.action(), at.step(), at.failedStep(),
            at.isAutoRetryableError(), at.failedStepRetryCount(), at.phaseTime(), at.actionTime(), at.stepTime(),
            at.snapshotRepository(), at.snapshotName(), at.shrinkIndexName(), bytes(at.stepInfo()),
            bytes(at.previousStepInfo()), phase(at), LifecycleSettings.LIFECYCLE_SKIP_SETTING.get(index.getSettings()));
    }

    private static BytesArray bytes(String json) {
        return json == null ? null : new BytesArray(json);
    }

    private PhaseExecutionInfo phase(LifecycleExecutionState at) throws IOException {
        if (at.phaseDefinition() == null) {
            return null;
        }
        var configuration = XContentParserConfiguration.EMPTY.withRegistry(services.xContentRegistry());
        try (var parser = JsonXContent.jsonXContent.createParser(configuration, at.phaseDefinition())) {
            return PhaseExecutionInfo.parse(parser, at.phase());
        }
    }
}
