package io.nsqd.examples.textmetadata;

import io.nsqd.api.Option;
import io.nsqd.spi.MetadataService;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** Offers the metadata service {@code text}: {@code --metadata=text} picks it. */
public final class Activator implements BundleActivator {
    /** The property, of the framework or the JVM, that names the file; without it it is in the data path. */
    private static final String FILE = "example.metadata.file";

    @Override
    public void start(BundleContext context) {
        String file = context.getProperty(FILE);
        context.registerService(
                MetadataService.class,
                new TextMetadata(file == null ? dataPath(context).resolve("topics.txt") : Path.of(file)),
                FrameworkUtil.asDictionary(Map.of(MetadataService.NAME, "text")));
    }

    /** There is no daemon yet that could be asked for its options: it waits for this service. */
    private static Path dataPath(BundleContext context) {
        String path = context.getProperty(Option.DATA_PATH.property());
        return Path.of(path == null ? "" : path).toAbsolutePath();
    }

    @Override
    public void stop(BundleContext context) {
        // The framework takes the service away, and by that stops a daemon that uses it.
    }
}
