package io.nsqd.examples.propertiesauthenticator;

import io.nsqd.spi.Authenticator;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Offers the authenticator: while it is there, and afterwards, clients must authenticate. */
public final class Activator implements BundleActivator {
    /** The property, of the framework or the JVM, that names the file. */
    private static final String FILE = "example.users.file";

    private ExecutorService thread;

    @Override
    public void start(BundleContext context) {
        String file = context.getProperty(FILE);
        if (file == null) {
            throw new IllegalStateException("the property " + FILE + " does not name a file");
        }
        thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "example-users"));
        context.registerService(Authenticator.class, new PropertiesAuthenticator(Path.of(file), thread), null);
    }

    @Override
    public void stop(BundleContext context) {
        // Who still asks is refused; the framework takes the service away.
        thread.shutdown();
    }
}
