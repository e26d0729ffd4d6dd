package io.nsqd.container;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * Runs the bundles in whatever framework is on the class path, as somebody's own launcher would: installs, starts, and stops a
 * bundle and starts it again for each line that it reads.
 */
final class FrameworkMain {
    private FrameworkMain() {}

    /** The arguments are a directory for the framework, and the bundles in the order in which they are installed and started. */
    public static void main(String[] arguments) {
        try {
            run(arguments);
        } catch (Exception e) {
            e.printStackTrace();
            // The framework's threads would keep the process.
            System.exit(1);
        }
    }

    private static void run(String[] arguments) throws Exception {
        Map<String, String> configuration = new HashMap<>();
        System.getProperties().forEach((key, value) -> configuration.put(key.toString(), value.toString()));
        configuration.put(Constants.FRAMEWORK_STORAGE, arguments[0]);
        Framework framework = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow()
                .newFramework(configuration);
        framework.start();
        List<Bundle> bundles = new ArrayList<>();
        for (String jar : List.of(arguments).subList(1, arguments.length)) {
            bundles.add(framework
                    .getBundleContext()
                    .installBundle(Path.of(jar).toUri().toString()));
        }
        for (Bundle bundle : bundles) {
            if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
                bundle.start();
            }
        }
        System.out.println("started in " + framework.getSymbolicName());
        for (int read = System.in.read(); read >= 0; read = System.in.read()) {
            if (read == '\n') {
                Bundle tcp = bundles.stream()
                        .filter(bundle -> "io.nsqd.tcp".equals(bundle.getSymbolicName()))
                        .findFirst()
                        .orElseThrow();
                if (tcp.getState() == Bundle.ACTIVE) {
                    tcp.stop();
                } else {
                    tcp.start();
                }
                System.out.println("toggled");
            }
        }
        framework.stop();
        framework.waitForStop(0);
        System.out.println("stopped");
    }
}
