package modellogs.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Starts one node from class path and modules. Elastic's own main class is of no use here: it installs the
 * entitlement agent, which needs a distribution. Stops on SIGTERM, and at the end of standard input where
 * {@code model_logs.stop_with_parent} is set, so that a node never outlives the program that asked for it.
 */
public final class Launcher {
    public static void main(String[] args) throws Exception {
        Path home = Path.of(System.getProperty("es.path.home"));
        Path config = Path.of(System.getProperty("es.path.conf"));
        Settings base = Settings.builder().put("path.home", home.toString()).build();

        LogConfigurator.registerErrorListener();
        Environment environment = InternalSettingsPreparer.prepareEnvironment(base, Map.of(), config, () -> "node-1");
        LogConfigurator.setNodeName(Node.NODE_NAME_SETTING.get(environment.settings()));
        LogConfigurator.configure(environment, true);

        var modules = PluginsLoader.loadModulesBundles(environment.modulesDir());
        var plugins = PluginsLoader.loadPluginsBundles(environment.pluginsDir());
        Node node = new Node(environment, PluginsLoader.createPluginsLoader(modules, plugins, new HashMap<>(), false));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        if (Boolean.getBoolean("model_logs.stop_with_parent")) {
            Thread watcher = new Thread(Launcher::exitAtEndOfInput, "parent-watcher");
            watcher.setDaemon(true);
            watcher.start();
        }
        node.start();
        new CountDownLatch(1).await();
    }

    private static void close(Node node) {
        try {
            node.prepareForClose();
            node.close();
            node.awaitClose(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            e.printStackTrace();
        }
    }

    private static void exitAtEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                continue;
            }
        } catch (IOException e) {
            e.printStackTrace();
        }
        System.exit(0);
    }
}
