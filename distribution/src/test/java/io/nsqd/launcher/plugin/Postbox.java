package io.nsqd.launcher.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.osgi.framework.BundleContext;

/** A plug-in for tests, of Declarative Services: has a configuration, and stores how often it was activated. */
public final class Postbox {
    private static final System.Logger LOG = System.getLogger("postbox");

    /** Called by Declarative Services. */
    public void activate(BundleContext context, Map<String, ?> configuration) throws IOException {
        Path stored = context.getDataFile("activations").toPath();
        Files.writeString(stored, "x", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        tell("activated " + Files.size(stored) + " times, color " + configuration.get("color"));
    }

    /** Called by Declarative Services. */
    public void modified(Map<String, ?> configuration) {
        tell("color is now " + configuration.get("color"));
    }

    private static void tell(String text) {
        LOG.log(System.Logger.Level.INFO, "POSTBOX: " + text);
    }
}
