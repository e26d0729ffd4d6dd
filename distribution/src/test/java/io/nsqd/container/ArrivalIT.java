package io.nsqd.container;

import static org.awaitility.Awaitility.await;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.options;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.Metadata.TopicEntry;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;

/**
 * The bundles in a Felix of somebody else's, without our launcher: the core starts when the metadata service that the options
 * name arrives, the transports follow, and all stop when it leaves.
 */
@RunWith(PaxExam.class)
public class ArrivalIT {
    @Inject
    private BundleContext context;

    /** What the container is made of. */
    @Configuration
    public Option[] configuration() throws IOException {
        Path data = Files.createTempDirectory("nsqd-container");
        return options(
                Containers.plain(),
                frameworkProperty("nsqd.metadata").value("borrowed"),
                frameworkProperty("nsqd.data-path").value(data.toString()),
                frameworkProperty("nsqd.tcp-address").value("127.0.0.1:0"),
                frameworkProperty("nsqd.http-address").value("127.0.0.1:0"),
                frameworkProperty("nsqd.https-address").value(""),
                Containers.nsqd());
    }

    /** Remembers what it was told. */
    private static final class BorrowedMetadata implements MetadataService {
        private final AtomicReference<Metadata> saved =
                new AtomicReference<>(new Metadata(List.of(new TopicEntry("remembered", false, List.of()))));

        @Override
        public Metadata load() {
            return saved.get();
        }

        @Override
        public void save(Metadata metadata) {
            saved.set(metadata);
        }

        @Override
        public String location() {
            return "memory";
        }
    }

    private int transports() throws Exception {
        return context.getServiceReferences(Transport.class, null).size();
    }

    /** The whole life of a daemon, twice. */
    @Test
    public void theDaemonLivesAsLongAsItsMetadataService() throws Exception {
        for (Bundle bundle : context.getBundles()) {
            if (bundle.getSymbolicName().startsWith("io.nsqd.")) {
                assertEquals(bundle.getSymbolicName(), Bundle.ACTIVE, bundle.getState());
            }
        }
        assertNull(context.getServiceReference(Nsqd.class));
        assertEquals(0, transports());

        BorrowedMetadata metadata = new BorrowedMetadata();
        for (int life = 0; life < 2; life++) {
            ServiceRegistration<MetadataService> registration = context.registerService(
                    MetadataService.class,
                    metadata,
                    FrameworkUtil.asDictionary(Map.of(MetadataService.NAME, "borrowed")));
            await().until(() -> transports() == 2);
            ServiceReference<Nsqd> reference = context.getServiceReference(Nsqd.class);
            assertNotNull(reference);
            Nsqd nsqd = context.getService(reference);
            assertTrue(nsqd.existingTopic("remembered").isPresent());
            assertTrue(nsqd.port("tcp") > 0 && nsqd.port("http") > 0);
            nsqd.topic("added");
            context.ungetService(reference);

            registration.unregister();
            // Departure is stop, and it waits: nothing is left when the call returns.
            assertNull(context.getServiceReference(Nsqd.class));
            assertEquals(0, transports());
        }
        assertEquals(2, metadata.load().topics().size());
    }
}
