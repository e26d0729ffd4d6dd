package io.nsqd.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Nsqd;
import io.nsqd.testing.FakeNsqd;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.Logger;
import org.apache.felix.framework.util.FelixConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;

/** When an activator attaches and detaches, and how long others wait for that. */
final class ServiceActivatorTest {
    private static final long PATIENCE_SECONDS = 60;

    /** Services are strings here, told apart by this property. */
    private static final String WORD = "word";

    @TempDir
    Path directory;

    private Framework framework;
    private BundleContext context;

    /** What activators did, in order. */
    private final BlockingQueue<String> done = new LinkedBlockingQueue<>();

    /** Keeps an activator from detaching. */
    private final CountDownLatch mayDetach = new CountDownLatch(1);

    private volatile boolean interrupted;

    @BeforeEach
    void startFramework() throws BundleException {
        framework = new Felix(Map.of(
                Constants.FRAMEWORK_STORAGE,
                directory.toString(),
                "felix.service.urlhandlers",
                "false",
                FelixConstants.LOG_LOGGER_PROP,
                new Complaints()));
        framework.init();
        framework.start();
        context = framework.getBundleContext();
    }

    @AfterEach
    void stopFramework() throws BundleException, InterruptedException {
        mayDetach.countDown();
        framework.stop();
        framework.waitForStop(0);
    }

    /** What the framework says of errors. */
    private final class Complaints extends Logger {
        @Override
        protected void doLog(int level, String message, Throwable failure) {
            if (level == LOG_ERROR) {
                done.add(message + " - " + failure);
            }
        }
    }

    /** Needs the word "need", and lets the word "obstacle" go first. */
    private class Activator extends ServiceActivator {
        private final long detachSeconds;

        Activator(long detachSeconds) {
            super("test");
            this.detachSeconds = detachSeconds;
        }

        @Override
        protected List<String> needs(BundleContext bundleContext) {
            return List.of("(word=need)");
        }

        @Override
        protected List<String> obstacles(BundleContext bundleContext) {
            return List.of("(word=obstacle)");
        }

        @Override
        protected AutoCloseable attach(BundleContext bundleContext, Object[] services) throws Exception {
            done.add("attached to " + services[0]);
            return () -> {
                done.add("detaching");
                while (mayDetach.getCount() > 0) {
                    try {
                        mayDetach.await();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
                done.add("detached");
            };
        }

        @Override
        protected void fail(Object[] services, String what, Throwable failure) {
            done.add("failed");
        }

        @Override
        protected long detachSeconds() {
            return detachSeconds;
        }

        @Override
        protected void stopped() {
            done.add("stopped");
        }
    }

    private ServiceRegistration<String> offer(String word) {
        return context.registerService(String.class, word, FrameworkUtil.asDictionary(Map.of(WORD, word)));
    }

    private void assertNext(String expected) throws InterruptedException {
        assertEquals(expected, done.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }

    private static Thread run(ThrowingRunnable task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        thread.start();
        return thread;
    }

    private interface ThrowingRunnable {
        void run() throws Exception;
    }

    @Test
    void whatMustNotBeBrokenOffIsWaitedForWhoeverIsInAHurry() throws Exception {
        ServiceActivator activator = new Activator(0);
        activator.start(context);
        offer("need");
        assertNext("attached to need");

        Thread stopping = run(() -> activator.stop(context));
        assertNext("detaching");
        stopping.interrupt();
        stopping.join(100);
        assertTrue(stopping.isAlive());
        assertNull(done.peek());

        mayDetach.countDown();
        assertNext("detached");
        assertNext("stopped");
        stopping.join();
        assertFalse(interrupted);
    }

    @Test
    void aDepartureOfWhatItNeedsIsWaitedWithAsWell() throws Exception {
        ServiceActivator activator = new Activator(0);
        activator.start(context);
        ServiceRegistration<String> need = offer("need");
        assertNext("attached to need");

        Thread leaving = run(need::unregister);
        assertNext("detaching");
        leaving.interrupt();
        leaving.join(100);
        assertTrue(leaving.isAlive());

        mayDetach.countDown();
        leaving.join();
        assertNext("detached");
        activator.stop(context);
        assertNext("stopped");
    }

    @Test
    void onePastItsTimeIsLeftAloneAndNotInterrupted() throws Exception {
        ServiceActivator activator = new Activator(1);
        activator.start(context);
        offer("need");
        assertNext("attached to need");

        activator.stop(context);
        assertNext("detaching");
        assertNext("stopped");

        mayDetach.countDown();
        assertNext("detached");
        assertFalse(interrupted);
    }

    @Test
    void anObstacleIsLetGoFirstAndDisturbsNothingThatRuns() throws Exception {
        ServiceRegistration<String> obstacle = offer("obstacle");
        offer("need");
        ServiceActivator activator = new Activator(0);
        activator.start(context);
        ServiceRegistration<String> another = offer("obstacle");
        obstacle.unregister();

        done.add("the last is gone");
        another.unregister();
        assertNext("the last is gone");
        assertNext("attached to need");

        offer("obstacle");
        mayDetach.countDown();
        activator.stop(context);
        assertNext("detaching");
        assertNext("detached");
        assertNext("stopped");
    }

    /** As when a plug-in and the bundle that uses its service are stopped at the same time. */
    @Test
    void aServiceThatLeavesABundleThatHasStoppedIsNoError() throws Exception {
        AtomicBoolean valid = new AtomicBoolean(true);
        BundleContext itsContext = (BundleContext) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {BundleContext.class}, (proxy, method, arguments) -> {
                    if (!valid.get() && method.getName().endsWith("Service")) {
                        throw new IllegalStateException("Invalid BundleContext.");
                    }
                    return method.invoke(context, arguments);
                });
        Activator activator = new Activator(0);
        activator.start(itsContext);
        ServiceRegistration<String> need = offer("need");
        assertNext("attached to need");

        Thread leaving = run(need::unregister);
        assertNext("detaching");
        valid.set(false);
        mayDetach.countDown();
        leaving.join();
        assertNext("detached");
        offer("need").unregister();
        activator.stop(itsContext);
        assertNext("stopped");
    }

    /** It is tried again and again, and must not leave something behind each time. */
    @Test
    void whatAnAttachRegistersThatFailsIsTakenBack() throws Exception {
        CountDownLatch tries = new CountDownLatch(3);
        NsqdActivator activator = new NsqdActivator("half") {
            @Override
            protected AutoCloseable attach(BundleContext bundleContext, Nsqd nsqd) {
                services().register(String.class, "half", Map.of(WORD, "half"));
                tries.countDown();
                throw new IllegalStateException("no further");
            }
        };
        context.registerService(Nsqd.class, new FakeNsqd(), null);
        activator.start(context);
        assertTrue(tries.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "it is tried again");
        activator.stop(context);
        assertEquals(List.of(), List.copyOf(context.getServiceReferences(String.class, "(word=half)")));
    }

    /** Services that came meanwhile, and are not better, are no reason to fail again at once. */
    @Test
    void whatFailedIsTriedAgainWithAnotherServiceOrAfterATime() throws Exception {
        List<Long> attempts = new CopyOnWriteArrayList<>();
        CountDownLatch mayFail = new CountDownLatch(1);
        Activator activator = new Activator(0) {
            @Override
            protected AutoCloseable attach(BundleContext bundleContext, Object[] services) throws Exception {
                attempts.add(System.nanoTime());
                done.add("attaching");
                mayFail.await();
                throw new IllegalStateException("no further");
            }
        };
        activator.start(context);
        ServiceRegistration<String> need = offer("need");
        assertNext("attaching");
        offer("need");
        offer("need");
        long failed = System.nanoTime();
        mayFail.countDown();
        assertNext("attaching");
        assertTrue(attempts.get(1) - failed >= TimeUnit.MILLISECONDS.toNanos(500), attempts::toString);
        need.unregister();
        assertNext("attaching");
        activator.stop(context);
    }

    /** What it has not taken back itself goes with it. */
    @Test
    void whatWasRegisteredGoesWithTheDaemon() throws Exception {
        CountDownLatch attached = new CountDownLatch(1);
        NsqdActivator activator = new NsqdActivator("careless") {
            @Override
            protected AutoCloseable attach(BundleContext bundleContext, Nsqd nsqd) {
                services().register(String.class, "careless", Map.of(WORD, "careless"));
                attached.countDown();
                return () -> {};
            }
        };
        ServiceRegistration<Nsqd> daemon = context.registerService(Nsqd.class, new FakeNsqd().named("one"), null);
        activator.start(context);
        assertTrue(attached.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertEquals(
                1,
                context.getServiceReferences(String.class, "(&(word=careless)(nsqd.name=one))")
                        .size());
        daemon.unregister();
        assertEquals(
                0, context.getServiceReferences(String.class, "(word=careless)").size());
        activator.stop(context);
    }
}
