package modellogs.launcher;

import java.nio.file.Path;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.IOUtils;
import org.elasticsearch.env.Environment;
import org.elasticsearch.nativeaccess.NativeAccess;
import org.elasticsearch.node.*;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Starts one node from class path and modules. Elastic's own main class is of no use here: it installs the entitlement
 * agent, which needs a distribution. Stops on SIGTERM, and with {@code model_logs.stop_with_parent} at the end of
 * standard input, so that a node never outlives the program that asked for it.
 */
public final class Launcher {
    public static void main(String[] args) throws Exception {
        Settings home = Settings.builder().put("path.home", System.getProperty("es.path.home")).build();
        Path config = Path.of(System.getProperty("es.path.conf"));
        Environment environment = InternalSettingsPreparer.prepareEnvironment(home, Map.of(), config, () -> "node-1");
        LogConfigurator.setNodeName("node-1");
        LogConfigurator.configure(environment, true);
        if (NativeAccess.instance().getZstd() == null) {
            throw new IllegalStateException("libzstd was not loaded: logsdb indices would never become active");
        }
        var modules = PluginsLoader.loadModulesBundles(environment.modulesDir());
        var plugins = PluginsLoader.loadPluginsBundles(environment.pluginsDir());
        Node node = new Node(environment, PluginsLoader.createPluginsLoader(modules, plugins, Map.of(), false));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            node.prepareForClose();
            IOUtils.closeWhileHandlingException(node);
        }));
        node.start();
        if (Boolean.getBoolean("model_logs.stop_with_parent")) {
            System.in.transferTo(System.out);
            System.exit(0);
        }
        Thread.currentThread().join();
    }
}
