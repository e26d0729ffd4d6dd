package io.nsqd.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.felix.framework.Felix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/** What is offered while an API is there. */
@Timeout(120)
final class OptionalApiTest {
    @TempDir
    Path directory;

    private final List<String> done = new CopyOnWriteArrayList<>();
    private Framework framework;
    private BundleContext context;

    @BeforeEach
    void startFramework() throws BundleException {
        framework = new Felix(Map.of(
                Constants.FRAMEWORK_STORAGE, directory.toString(), Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, ""));
        framework.init();
        framework.start();
        context = framework.getBundleContext();
    }

    @AfterEach
    void stopFramework() throws BundleException, InterruptedException {
        framework.stop();
        framework.waitForStop(0);
    }

    @Test
    void whatIsNotThereIsNotUsed() {
        try (OptionalApi api = OptionalApi.watch(context, OptionalApiTest.class, "no.such.Type", () -> {
            done.add("offered");
            return () -> done.add("ended");
        })) {
            assertFalse(api.isUsed());
        }
        assertEquals(List.of(), done);
    }

    /** As one does that is called when a service goes. */
    @Test
    void whatIsOfferedMayWaitForAnotherThreadThatAsks() throws Exception {
        AtomicReference<OptionalApi> watched = new AtomicReference<>();
        watched.set(OptionalApi.watch(context, OptionalApiTest.class, "java.lang.String", () -> {
            done.add("offered");
            return () -> {
                FutureTask<Boolean> asked = new FutureTask<>(() -> watched.get().isUsed());
                new Thread(asked, "elsewhere").start();
                done.add("ended, used: " + asked.get(20, TimeUnit.SECONDS));
            };
        }));
        assertTrue(watched.get().isUsed());
        watched.get().close();
        assertEquals(List.of("offered", "ended, used: false"), done);
    }
}
