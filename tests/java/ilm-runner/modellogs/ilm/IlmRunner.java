package modellogs.ilm;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.ClusterStateObserver;
import org.elasticsearch.cluster.ClusterStateUpdateTask;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.LifecycleExecutionState;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.gateway.GatewayService;
import org.elasticsearch.index.Index;
import org.elasticsearch.threadpool.Scheduler;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xpack.core.XPackPlugin;
import org.elasticsearch.xpack.core.ilm.AsyncActionStep;
import org.elasticsearch.xpack.core.ilm.AsyncWaitStep;
import org.elasticsearch.xpack.core.ilm.ClusterStateActionStep;
import org.elasticsearch.xpack.core.ilm.ClusterStateWaitStep;
import org.elasticsearch.xpack.core.ilm.ErrorStep;
import org.elasticsearch.xpack.core.ilm.IndexLifecycleMetadata;
import org.elasticsearch.xpack.core.ilm.LifecycleOperationMetadata;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicyMetadata;
import org.elasticsearch.xpack.core.ilm.LifecycleSettings;
import org.elasticsearch.xpack.core.ilm.OperationMode;
import org.elasticsearch.xpack.core.ilm.Phase;
import org.elasticsearch.xpack.core.ilm.PhaseCompleteStep;
import org.elasticsearch.xpack.core.ilm.PhaseExecutionInfo;
import org.elasticsearch.xpack.core.ilm.Step;
import org.elasticsearch.xpack.core.ilm.Step.StepKey;
import org.elasticsearch.xpack.core.ilm.TerminalPolicyStep;

/**
 * Drives Elastic's own ILM steps on a single node. Elastic publishes the policies, actions and steps (x-pack-core), not
 * the program that runs them; what each step does is Elastic's, when the next one comes is this class.
 *
 * <p>Every {@code indices.lifecycle.poll_interval} each managed index is looked at, and again when it has moved on by a
 * step. A step may change the cluster state at once, work in the background, or wait for a condition.
 */
final class IlmRunner {
    private static final Logger LOGGER = LogManager.getLogger(IlmRunner.class);

    private final Client client;
    private final ClusterService cluster;
    private final ThreadPool threads;
    private final Scheduler.Cancellable job;
    private final Set<Index> busy = ConcurrentHashMap.newKeySet();
    private final AtomicLong steps = new AtomicLong();

    /** One index at one step of its policy. */
    private record Position(Index index, LifecyclePolicyMetadata policy, StepKey key) {}

    /** What becomes of the metadata when an index moves on. */
    private interface Change {
        Metadata apply(ClusterState state, IndexMetadata index);
    }

    IlmRunner(Client client, ClusterService cluster, ThreadPool threads) {
        this.client = client;
        this.cluster = cluster;
        this.threads = threads;
        TimeValue interval = LifecycleSettings.LIFECYCLE_POLL_INTERVAL_SETTING.get(cluster.getSettings());
        this.job = threads.scheduleWithFixedDelay(this::runAll, interval, threads.generic());
    }

    void close() {
        job.cancel();
    }

    void runAll() {
        ClusterState state = cluster.state();
        if (state.blocks().hasGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK)
            || LifecycleOperationMetadata.currentILMMode(state) != OperationMode.RUNNING) {
            return;
        }
        for (IndexMetadata index : state.metadata().indices().values()) {
            if (index.getLifecyclePolicyName() != null) {
                runOne(index.getIndex());
            }
        }
    }

    private void runOne(Index index) {
        if (busy.add(index)) {
            try {
                run(index);
            } catch (Exception e) {
                LOGGER.warn("[" + index.getName() + "] cannot be moved on", e);
                busy.remove(index);
            }
        }
    }

    /** How many steps were taken since the node began. */
    long steps() {
        return steps.get();
    }

    /** Whether something is under way. */
    boolean isBusy() {
        return busy.isEmpty() == false;
    }

    /** Makes every managed index older by some days, as if they had passed: its creation and each time of its life cycle. */
    static ClusterState older(ClusterState state, int days) {
        long span = TimeValue.timeValueDays(days).millis();
        var metadata = Metadata.builder(state.metadata());
        for (IndexMetadata index : state.metadata().indices().values()) {
            if (index.getLifecyclePolicyName() != null) {
                LifecycleExecutionState at = index.getLifecycleExecutionState();
                var moved = LifecycleExecutionState.builder(at)
                    .setIndexCreationDate(earlier(at.lifecycleDate(), span))
                    .setPhaseTime(earlier(at.phaseTime(), span))
                    .setActionTime(earlier(at.actionTime(), span))
                    .setStepTime(earlier(at.stepTime(), span)).build();
                var settings = Settings.builder().put(index.getSettings())
                    .put(IndexMetadata.SETTING_CREATION_DATE, index.getCreationDate() - span);
                metadata.put(IndexMetadata.builder(index).settings(settings)
                    .settingsVersion(index.getSettingsVersion() + 1)
                    .putCustom(LifecycleExecutionState.ILM_CUSTOM_METADATA_KEY, moved.asMap()));
            }
        }
        return ClusterState.builder(state).metadata(metadata).build();
    }

    private static Long earlier(Long time, long span) {
        return time == null ? null : time - span;
    }

    /** Moves one index on. Until something has come of it the index is busy, and nothing else is done to it. */
    private void run(Index which) {
        ClusterState state = cluster.state();  // read now: what was read before the index was free may be outdated
        IndexMetadata index = state.metadata().index(which);
        Metadata metadata = state.metadata();
        IndexLifecycleMetadata lifecycle = metadata.custom(IndexLifecycleMetadata.TYPE, IndexLifecycleMetadata.EMPTY);
        var policy = index == null ? null : lifecycle.getPolicyMetadatas().get(index.getLifecyclePolicyName());
        if (policy == null || LifecycleSettings.LIFECYCLE_SKIP_SETTING.get(index.getSettings())) {
            busy.remove(which);
            return;
        }
        Map<StepKey, Step> steps = steps(policy);
        StepKey key = Step.getCurrentStepKey(index.getLifecycleExecutionState());
        var at = new Position(which, policy, key);
        if (key == null) {
            moveTo(at, steps.keySet().iterator().next());
        } else if (ErrorStep.NAME.equals(key.name())) {
            String failed = index.getLifecycleExecutionState().failedStep();
            Step step = steps.get(new StepKey(key.phase(), key.action(), failed));
            moveTo(at, step != null && step.isRetryable() ? step.getKey() : null);
        } else {
            execute(at, steps.get(key), state, index);
        }
    }

    /** Built anew each time: a step keeps what it found out, so it serves one execution only. */
    private Map<StepKey, Step> steps(LifecyclePolicyMetadata policy) {
        var steps = new LinkedHashMap<StepKey, Step>();
        for (Step step : policy.getPolicy().toSteps(client, XPackPlugin.getSharedLicenseState())) {
            steps.put(step.getKey(), step);
        }
        return steps;
    }

    private void execute(Position at, Step step, ClusterState state, IndexMetadata index) {
        if (step == null || step instanceof TerminalPolicyStep) {
            busy.remove(at.index);
        } else if (step instanceof PhaseCompleteStep) {
            moveTo(at, isOldEnough(at, step.getNextStepKey(), index) ? step.getNextStepKey() : null);
        } else if (step instanceof ClusterStateActionStep action) {
            change(at, (current, currentIndex) -> {
                Metadata changed = action.performAction(at.index, current).metadata();
                return at(changed, at, action.getNextStepKey());
            });
        } else if (step instanceof ClusterStateWaitStep wait) {
            ClusterStateWaitStep.Result result = wait.isConditionMet(at.index, state);
            if (result.complete()) {
                moveTo(at, step.getNextStepKey());
            } else {
                note(at, result.informationContext());
            }
        } else if (step instanceof AsyncActionStep action) {
            var observer = new ClusterStateObserver(state, cluster, null, LOGGER, threads.getThreadContext());
            action.performAction(index, state, observer, ActionListener.wrap(
                ignored -> moveTo(at, action.indexSurvives() ? action.getNextStepKey() : null), e -> fail(at, e)));
        } else if (step instanceof AsyncWaitStep wait) {
            wait.evaluateCondition(state.metadata(), index, new AsyncWaitStep.Listener() {
                @Override
                public void onResponse(boolean met, ToXContentObject information) {
                    if (met) {
                        moveTo(at, wait.getNextStepKey());
                    } else {
                        note(at, information);
                    }
                }

                @Override
                public void onFailure(Exception e) {
                    fail(at, e);
                }
            }, TimeValue.MAX_VALUE);
        } else {
            throw new IllegalStateException("a kind of step that is not known: " + step.getClass());
        }
    }

    private static boolean isOldEnough(Position at, StepKey next, IndexMetadata index) {
        if (next == null) {
            return false;
        }
        Phase phase = at.policy.getPolicy().getPhases().get(next.phase());
        Long since = index.getLifecycleExecutionState().lifecycleDate();
        long age = System.currentTimeMillis() - (since == null ? index.getCreationDate() : since);
        return phase == null || age >= phase.getMinimumAge().millis();
    }

    /** Moves an index to a step; to none: leaves it where it is. */
    private void moveTo(Position at, StepKey next) {
        if (next == null) {
            busy.remove(at.index);
            return;
        }
        change(at, (state, index) -> at(state.metadata(), at, next));
    }

    /** The metadata with the index at another step, and the times that go with it. */
    private static Metadata at(Metadata metadata, Position at, StepKey next) {
        IndexMetadata index = metadata.index(at.index);
        if (index == null || next == null) {
            return metadata;
        }
        LifecycleExecutionState before = index.getLifecycleExecutionState();
        boolean newPhase = next.phase().equals(before.phase()) == false;
        long now = System.currentTimeMillis();
        var after = LifecycleExecutionState.builder(before)
            .setPhase(next.phase()).setAction(next.action()).setStep(next.name()).setStepTime(now)
            .setFailedStep(null).setStepInfo(null).setIsAutoRetryableError(null);
        if (newPhase) {
            Phase phase = at.policy.getPolicy().getPhases().get(next.phase());
            after.setPhaseTime(now).setPhaseDefinition(Strings.toString(new PhaseExecutionInfo(
                at.policy.getName(), phase, at.policy.getVersion(), at.policy.getModifiedDate())));
        }
        if (newPhase || next.action().equals(before.action()) == false) {
            after.setActionTime(now);
        }
        LOGGER.info("[{}] moves from {} to {}", at.index.getName(), at.key, next);
        return metadata.withLifecycleState(at.index, after.build());
    }

    private void note(Position at, ToXContentObject information) {
        String json = information == null ? null : Strings.toString(information);
        change(at, (state, index) -> state.metadata().withLifecycleState(
            at.index, LifecycleExecutionState.builder(index.getLifecycleExecutionState()).setStepInfo(json).build()));
    }

    private void fail(Position at, Exception failure) {
        LOGGER.warn("[" + at.index.getName() + "] failed at " + at.key, failure);
        String json = Strings.toString((builder, params) -> {
            ElasticsearchException.generateThrowableXContent(builder, params, failure);
            return builder;
        });
        change(at, (state, index) -> state.metadata().withLifecycleState(at.index,
            LifecycleExecutionState.builder(index.getLifecycleExecutionState()).setStep(ErrorStep.NAME)
                .setFailedStep(at.key.name()).setStepInfo(json).setStepTime(System.currentTimeMillis())
                .setIsAutoRetryableError(true).build()));
    }

    /** Changes the metadata, unless the index is gone or has moved on; then the index is free. */
    private void change(Position at, Change change) {
        String source = "ilm-" + at.index.getName();
        cluster.submitUnbatchedStateUpdateTask(source, new ClusterStateUpdateTask() {
            @Override
            public ClusterState execute(ClusterState state) {
                IndexMetadata index = state.metadata().index(at.index);
                if (index == null
                    || Objects.equals(at.key, Step.getCurrentStepKey(index.getLifecycleExecutionState())) == false) {
                    return state;
                }
                return ClusterState.builder(state).metadata(change.apply(state, index)).build();
            }

            @Override
            public void clusterStateProcessed(ClusterState before, ClusterState after) {
                busy.remove(at.index);
                IndexMetadata index = after.metadata().index(at.index);
                StepKey key = index == null ? null : Step.getCurrentStepKey(index.getLifecycleExecutionState());
                if (key != null && key.equals(at.key) == false && ErrorStep.NAME.equals(key.name()) == false) {
                    steps.incrementAndGet();
                    threads.generic().execute(() -> runOne(at.index));
                }
            }

            @Override
            public void onFailure(Exception e) {
                busy.remove(at.index);
                LOGGER.warn(source, e);
            }
        });
    }
}
