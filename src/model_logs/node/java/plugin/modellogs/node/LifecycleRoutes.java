package modellogs.node;

import java.io.IOException;
import java.util.*;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.*;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.rest.*;
import org.elasticsearch.rest.action.*;
import org.elasticsearch.xpack.core.XPackPlugin;
import org.elasticsearch.xpack.core.ilm.*;
import org.elasticsearch.xpack.core.ilm.action.*;
import org.elasticsearch.xpack.core.ilm.action.GetLifecycleAction.LifecyclePolicyResponseItem;

/** {@code _ilm}: policies with Elastic's own parser and validation, explain, start and stop. Nothing runs them. */
record LifecycleRoutes(ClusterService cluster, IndexNameExpressionResolver resolver) {
    List<RestHandler> routes() {
        return List.of(
            new Endpoint("ilm_put_action", (request, client) -> {
                LifecyclePolicy policy = parse(request);
                policy.validate();
                LifecyclePolicy.validatePolicyName(policy.getName());
                policy.toSteps(client, XPackPlugin.getSharedLicenseState());
                return Endpoint.change(cluster, request, state -> put(state, policy));
            }, "PUT /_ilm/policy/{name}"),
            new Endpoint("ilm_get_action", (request, client) -> {
                String[] names = request.paramAsStringArray("name", new String[0]);
                return channel -> new RestChunkedToXContentListener<>(channel).onResponse(get(names));
            }, "GET /_ilm/policy", "GET /_ilm/policy/{name}"),
            new Endpoint("ilm_delete_action", (request, client) -> {
                String name = request.param("name");
                return Endpoint.change(cluster, request, state -> delete(state, name));
            }, "DELETE /_ilm/policy/{name}"),
            new Endpoint("ilm_explain_action", (request, client) -> {
                String[] names = request.paramAsStringArray("index", new String[0]);
                var options = IndicesOptions.fromRequest(request, IndicesOptions.strictExpandOpen());
                return channel -> new RestToXContentListener<>(channel).onResponse(explain(names, options));
            }, "GET /{index}/_ilm/explain"),
            new Endpoint("ilm_status_action", (request, client) -> channel -> {
                var mode = LifecycleOperationMetadata.currentILMMode(cluster.state());
                new RestToXContentListener<>(channel).onResponse(new GetStatusAction.Response(mode));
            }, "GET /_ilm/status"),
            mode("ilm_start_action", "POST /_ilm/start", OperationMode.RUNNING),
            mode("ilm_stop_action", "POST /_ilm/stop", OperationMode.STOPPING, OperationMode.STOPPED));
    }

    private Endpoint mode(String name, String route, OperationMode... modes) {
        return new Endpoint(name, (request, client) -> Endpoint.change(cluster, request, state -> {
            for (var mode : modes) state = OperationModeUpdateTask.ilmMode(mode).execute(state);
            return state;
        }), route);
    }

    private record Named(RestRequest request) implements PutLifecycleRequest.Factory {
        @Override public PutLifecycleRequest create(LifecyclePolicy policy) {
            return new PutLifecycleRequest(TimeValue.ZERO, TimeValue.ZERO, policy);
        }

        @Override public String getPolicyName() { return request.param("name"); }
    }

    private static LifecyclePolicy parse(RestRequest request) throws IOException {
        try (var parser = request.contentParser()) {
            return PutLifecycleRequest.parseRequest(new Named(request), parser).getPolicy();
        }
    }

    private static SortedMap<String, LifecyclePolicyMetadata> policies(ClusterState state) {
        var lifecycle = state.metadata().custom(IndexLifecycleMetadata.TYPE, IndexLifecycleMetadata.EMPTY);
        return new TreeMap<>(lifecycle.getPolicyMetadatas());
    }

    private static ClusterState with(ClusterState state, Map<String, LifecyclePolicyMetadata> policies) {
        var lifecycle = new IndexLifecycleMetadata(policies, LifecycleOperationMetadata.currentILMMode(state));
        var metadata = Metadata.builder(state.metadata()).putCustom(IndexLifecycleMetadata.TYPE, lifecycle);
        return ClusterState.builder(state).metadata(metadata).build();
    }

    private static ClusterState put(ClusterState state, LifecyclePolicy policy) {
        var policies = policies(state);
        var old = policies.get(policy.getName());
        if (old != null && old.getPolicy().equals(policy)) return state;
        long version = old == null ? 1 : old.getVersion() + 1;
        policies.put(policy.getName(), new LifecyclePolicyMetadata(
            policy, Map.of(), version, System.currentTimeMillis()));
        return with(state, policies);
    }

    private GetLifecycleAction.Response get(String[] names) {
        var policies = policies(cluster.state());
        for (String name : names) {
            if (Regex.isSimpleMatchPattern(name) == false && policies.containsKey(name) == false) throw missing(name);
        }
        policies.keySet().removeIf(name -> names.length > 0 && Regex.simpleMatch(names, name) == false);
        if (policies.isEmpty()) return new GetLifecycleAction.Response(List.of());
        var usage = new LifecyclePolicyUsageCalculator(
            resolver, cluster.state(), List.copyOf(policies.keySet()));
        return new GetLifecycleAction.Response(policies.values().stream().map(policy -> new LifecyclePolicyResponseItem(
            policy.getPolicy(), policy.getVersion(), policy.getModifiedDateString(),
            usage.retrieveCalculatedUsage(policy.getName()))).toList());
    }

    private static ClusterState delete(ClusterState state, String name) {
        var users = state.metadata().indices().values().stream()
            .filter(index -> name.equals(index.getLifecyclePolicyName()))
            .map(index -> index.getIndex().getName()).toList();
        if (users.isEmpty() == false) throw new IllegalArgumentException(
            "Cannot delete policy [" + name + "]. It is in use by one or more indices: " + users);
        var policies = policies(state);
        if (policies.remove(name) == null) throw missing(name);
        return with(state, policies);
    }

    private static ResourceNotFoundException missing(String name) {
        return new ResourceNotFoundException("Lifecycle policy not found: {}", name);
    }

    private ExplainLifecycleResponse explain(String[] names, IndicesOptions options) {
        ClusterState state = cluster.state();
        var indices = new TreeMap<String, IndexLifecycleExplainResponse>();
        for (String name : resolver.concreteIndexNames(state, options, true, names)) {
            indices.put(name, explain(name, state.metadata().index(name)));
        }
        return new ExplainLifecycleResponse(indices);
    }

    private static IndexLifecycleExplainResponse explain(String name, IndexMetadata index) {
        String policy = index.getLifecyclePolicyName();
        if (policy == null) return IndexLifecycleExplainResponse.newUnmanagedIndexResponse(name);
        LifecycleExecutionState at = index.getLifecycleExecutionState();
        return IndexLifecycleExplainResponse.newManagedIndexResponse(name, index.getCreationDate(), policy,
            at.lifecycleDate(), at.phase(), at.action(), at.step(), at.failedStep(), at.isAutoRetryableError(),
            at.failedStepRetryCount(), at.phaseTime(), at.actionTime(), at.stepTime(), at.snapshotRepository(),
            at.snapshotName(), at.shrinkIndexName(), bytes(at.stepInfo()), bytes(at.previousStepInfo()),
            null, LifecycleSettings.LIFECYCLE_SKIP_SETTING.get(index.getSettings()));
    }

    private static BytesArray bytes(String json) { return json == null ? null : new BytesArray(json); }
}
