package modellogs.ilm;

import java.util.Collection;
import java.util.List;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.datastreams.DeleteDataStreamAction;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.xpack.core.action.XPackInfoFeatureAction;

/** For the tests: runs the policies that the development node only stores, with the actions that Elastic's steps call. */
public final class IlmRunnerPlugin extends Plugin implements ActionPlugin {
    private IlmRunner runner;

    @Override
    public Collection<?> createComponents(PluginServices services) {
        runner = new IlmRunner(services.client(), services.clusterService(), services.threadPool());
        return List.of();
    }

    @Override
    public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
        return List.of(
            new ActionHandler<>(DeleteDataStreamAction.INSTANCE, DeleteDataStream.class),
            new ActionHandler<>(XPackInfoFeatureAction.CCR, CcrAbsent.class)
        );
    }

    @Override
    public void close() {
        runner.close();
    }
}
