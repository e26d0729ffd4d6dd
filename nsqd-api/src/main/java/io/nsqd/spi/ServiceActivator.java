package io.nsqd.spi;

import io.nsqd.api.Errors;
import io.nsqd.log.LoggerFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Base of an activator whose bundle has something to run while certain services are there: arrival is start, departure is
 * stop. Of each service the best-ranked is used, and a better newcomer does not disturb what runs.
 *
 * <p>Both happen on a thread of the bundle's own, one at a time, which is never interrupted: it may be about to write a file. A
 * departure waits until the bundle has detached, but as a rule not for ever: one that hangs must not hang the framework.
 *
 * <p>What cannot attach is tried again when one of the services is another one, and by itself after half a second, a second, two, up to
 * ten: the cause may be gone, such as a port that somebody else had for a while. Each reason is logged once.
 */
public abstract class ServiceActivator implements BundleActivator {
    static final long DETACH_SECONDS = 30;
    private static final long FIRST_RETRY_MILLIS = 500;
    private static final long LAST_RETRY_MILLIS = 10_000;

    /** How the reason of one that could not attach begins, instead of one that only waits. */
    static final String FAILED = "could not attach, and will try again - ";

    private static final Pattern COMPARISON = Pattern.compile("\\(([^()&|!=]+)=([^()]*)\\)");

    private final String name;
    private final List<Need> needs = new ArrayList<>();

    /** What it lets go first. */
    private final List<Tracker> obstacles = new ArrayList<>();

    private ScheduledThreadPoolExecutor thread;
    private BundleContext context;

    /** Whether it did not detach in time once: it is not waited for again. */
    private volatile boolean hung;

    /** Set while attached; confined to the bundle's thread. */
    private AutoCloseable attached;

    /** The services that it was attached with, in the order of the needs; confined to the bundle's thread. */
    private Object[] attachedTo = new Object[0];

    /** Whether the bundle stops; confined to the bundle's thread. */
    private boolean stopping;

    /** Why it could not attach the last time, empty if it did; confined to the bundle's thread. */
    private String trouble = "";

    /** After which it is tried again; confined to the bundle's thread. */
    private long retryMillis = FIRST_RETRY_MILLIS;

    /** Why it is not attached, in words; empty when it is. Written by the bundle's thread, read by whoever asks. */
    private volatile String reason = "";

    /** Takes back that it can be asked for that. */
    private Runnable silence = () -> {};

    /** The next time that it is tried by itself; confined to the bundle's thread. */
    private Future<?> retry;

    /** The services that it could not attach to the last time; confined to the bundle's thread. */
    private Object[] failedWith = new Object[0];

    /** @param name the name of the bundle's thread is {@code nsqd-} and this */
    protected ServiceActivator(String name) {
        this.name = name;
    }

    /** Called once per start, first: for what the bundle offers in any case, until {@link #stopped()}. */
    protected void starting(BundleContext bundleContext) throws Exception {
        // Most bundles have nothing beside what they attach.
    }

    /** The services that must be there, as filters in the framework's syntax. Called once per start. */
    protected abstract List<String> needs(BundleContext bundleContext) throws Exception;

    /**
     * Services, as filters, that keep it from attaching for as long as one of them is there; to what is attached they do
     * nothing. Called once per start.
     */
    protected List<String> obstacles(BundleContext bundleContext) throws Exception {
        return List.of();
    }

    /**
     * Starts what the bundle runs. Called on its thread.
     *
     * @param services those of {@link #needs}, in that order
     * @return closed, on the same thread, when one of the services leaves or the bundle stops
     * @throws Exception when it cannot start
     */
    protected abstract AutoCloseable attach(BundleContext bundleContext, Object[] services) throws Exception;

    /**
     * Whether a failure to attach ends the daemon: for what nobody would want it to run without. By default it does not. Only
     * the first attempts count: a bundle that has been attached since the framework was started, though it may have been updated
     * or brought back since, fails without consequences for others.
     */
    protected boolean failureIsFatal() {
        return false;
    }

    /**
     * Ends the daemon where {@link #failureIsFatal()} says so. Called on the bundle's thread, once for each reason.
     *
     * @param services those that it could not attach to
     * @param what why, in words for one line
     */
    protected abstract void fail(Object[] services, String what, Throwable failure);

    /** Told, on the bundle's thread, that it has tried to attach; whether that went well or not. */
    protected void tried() {
        // Hardly anybody wants to know.
    }

    /** Told, on the bundle's thread, that it has detached and may attach again. */
    protected void detached() {
        // As above.
    }

    /**
     * How long a departure, and the stop of the bundle, waits for it to detach, in seconds; what takes longer is logged and left to
     * itself. 0 stands for as long as it takes: for what must not be broken off.
     */
    protected long detachSeconds() {
        return DETACH_SECONDS;
    }

    /** Called when the bundle stops, after it has detached or its time for that was over. */
    protected void stopped() throws Exception {
        // As above.
    }

    @Override
    public final void start(BundleContext bundleContext) throws Exception {
        context = bundleContext;
        stopping = false;
        hung = false;
        trouble = "";
        retryMillis = FIRST_RETRY_MILLIS;
        retry = null;
        failedWith = new Object[0];
        thread = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nsqd-" + name));
        thread.setRemoveOnCancelPolicy(true);
        starting(bundleContext);
        for (String filter : obstacles(bundleContext)) {
            obstacles.add(new Tracker(bundleContext, filter));
        }
        for (String filter : needs(bundleContext)) {
            needs.add(new Need(bundleContext, filter));
        }
        silence = InstalledBundles.offer(bundleContext, () -> reason);
        obstacles.forEach(ServiceTracker::open);
        needs.forEach(ServiceTracker::open);
        thread.execute(this::settle);
    }

    /**
     * The services that match one filter. What is there is noted here and not asked of the tracker, which counts a
     * newcomer only some time after {@code addingService}: the bundle's thread would often be too early to see it.
     */
    private class Tracker extends ServiceTracker<Object, Object> {
        private final Map<ServiceReference<Object>, Object> there = new ConcurrentHashMap<>();

        /** The filter for people. */
        final String words;

        Tracker(BundleContext bundleContext, String filter) throws InvalidSyntaxException {
            super(bundleContext, bundleContext.createFilter(filter), null);
            words = words(filter);
        }

        boolean hasNone() {
            return there.isEmpty();
        }

        /** The best-ranked, or {@code null}. */
        Object best() {
            return there.entrySet().stream()
                    .max(Map.Entry.comparingByKey())
                    .map(Map.Entry::getValue)
                    .orElse(null);
        }

        @Override
        public Object addingService(ServiceReference<Object> reference) {
            Object service = References.get(context, reference);
            if (service != null) {
                there.put(reference, service);
                execute(() -> settle());
            }
            return service;
        }

        @Override
        public void removedService(ServiceReference<Object> reference, Object service) {
            there.remove(reference);
            left(service);
            References.unget(context, reference);
        }

        void left(Object service) {
            execute(() -> settle());
        }
    }

    /** Services without one of which it cannot be: what leaves is waited with until nothing uses it. */
    private final class Need extends Tracker {
        Need(BundleContext bundleContext, String filter) throws InvalidSyntaxException {
            super(bundleContext, filter);
        }

        @Override
        void left(Object service) {
            await(() -> settleWithout(service));
        }
    }

    /** A filter for people: the type, and the properties that are asked for; not those that must not be there. */
    private static String words(String filter) {
        String asked = filter.replaceAll("\\(\\|\\(!\\([^)]*\\)\\)\\([^)]*\\)\\)|\\(!\\([^)]*\\)\\)", "");
        return COMPARISON
                .matcher(asked)
                .results()
                .map(found -> found.group(1).equals("objectClass") ? found.group(2) : found.group())
                .collect(Collectors.joining(" "));
    }

    private void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            // The bundle has stopped.
        }
    }

    @Override
    public final void stop(BundleContext bundleContext) throws Exception {
        // One that hangs does it when it comes back.
        await(() -> {
            stopping = true;
            cancelRetry();
            detach();
        });
        silence.run();
        silence = () -> {};
        needs.forEach(ServiceTracker::close);
        needs.clear();
        obstacles.forEach(ServiceTracker::close);
        obstacles.clear();
        thread.shutdown();
        stopped();
    }

    private void settleWithout(Object leaving) {
        if (Arrays.asList(attachedTo).contains(leaving)) {
            detach();
        }
        settle();
    }

    /** Attaches if that is due: the single place where it happens. */
    private void settle() {
        if (attached != null || stopping) {
            cancelRetry();
            return;
        }
        Object[] services = needs.stream().map(Need::best).toArray();
        if (Arrays.asList(services).contains(null) || !obstacles.stream().allMatch(Tracker::hasNone)) {
            cancelRetry();
            reason = "it waits for " + missing();
            return;
        }
        if (retry != null && Arrays.equals(services, failedWith)) {
            // Of several that came at once the first was told of all; what failed with these has its time.
            return;
        }
        cancelRetry();
        reason = "it is just attaching";
        try {
            attachedTo = services;
            attached = attach(context, services);
        } catch (Exception | Error e) {
            attachedTo = new Object[0];
            failed(services, e);
            tried();
            return;
        }
        attached();
        tried();
    }

    private void tryAgain() {
        retry = null;
        // Where its failure has ended the daemon it is not to begin once more.
        if (context.getBundle(Constants.SYSTEM_BUNDLE_ID).getState() != Bundle.STOPPING) {
            settle();
        }
    }

    private String missing() {
        String services =
                needs.stream().filter(Tracker::hasNone).map(need -> need.words).collect(Collectors.joining(", "));
        return services.isEmpty()
                ? obstacles.stream()
                        .filter(obstacle -> !obstacle.hasNone())
                        .map(obstacle -> obstacle.words + ", which comes first")
                        .collect(Collectors.joining(", "))
                : "the service " + services;
    }

    private void cancelRetry() {
        if (retry != null) {
            retry.cancel(false);
            retry = null;
        }
    }

    private void attached() {
        AttachedOnce.note(context);
        if (!trouble.isEmpty()) {
            LoggerFactory.getLogger(getClass()).info("{}: attached after all; it had failed - {}", name, trouble);
        }
        trouble = "";
        reason = "";
        retryMillis = FIRST_RETRY_MILLIS;
    }

    private void failed(Object[] services, Throwable failure) {
        String why = Errors.describe(failure);
        boolean news = !why.equals(trouble);
        trouble = why;
        reason = FAILED + why;
        failedWith = services;
        retry = thread.schedule(this::tryAgain, retryMillis, TimeUnit.MILLISECONDS);
        retryMillis = Math.min(LAST_RETRY_MILLIS, 2 * retryMillis);
        if (!news) {
            return;
        }
        if (failureIsFatal() && !AttachedOnce.isNoted(context)) {
            fail(services, why, failure);
        } else {
            log(reason, failure);
        }
    }

    private void detach() {
        if (attached == null) {
            return;
        }
        AutoCloseable closing = attached;
        attached = null;
        attachedTo = new Object[0];
        reason = "it is just detaching";
        try {
            closing.close();
        } catch (Exception | Error e) {
            log("could not detach cleanly", e);
        }
        if (!stopping) {
            detached();
        }
    }

    /**
     * Waits, whoever is in a hurry: that the thread which stops the bundle is interrupted is no reason to leave while something is
     * still being written.
     */
    private void await(Runnable task) {
        Future<?> done = thread.submit(task);
        if (hung) {
            return;
        }
        long patience = detachSeconds() == 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(detachSeconds());
        long begun = System.nanoTime();
        boolean interrupted = false;
        boolean waiting = true;
        while (waiting) {
            try {
                done.get(patience - (System.nanoTime() - begun), TimeUnit.NANOSECONDS);
                waiting = false;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (TimeoutException e) {
                hung = true;
                waiting = false;
                log("did not detach within " + detachSeconds() + " seconds, and is left alone", null);
            } catch (ExecutionException e) {
                waiting = false;
                log("could not detach cleanly - " + Errors.describe(e), e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Hands words to the standalone launcher; false where there is none, as in a foreign container.
     *
     * @param role what it is to do with them: {@code fatal} to end the daemon with them
     */
    protected static boolean tellLauncher(BundleContext bundleContext, String role, String words) {
        try {
            for (ServiceReference<?> reference : bundleContext.getServiceReferences(
                    Consumer.class, "(" + InstalledBundles.ROLE + "=" + role + ")")) {
                @SuppressWarnings("unchecked")
                Consumer<String> launcher = (Consumer<String>) bundleContext.getService(reference);
                if (launcher != null) {
                    launcher.accept(words);
                    return true;
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(role, e);
        } catch (IllegalStateException e) {
            LoggerFactory.getLogger(ServiceActivator.class).debug("the bundle has stopped", e);
        }
        return false;
    }

    final void log(String what, Throwable failure) {
        LoggerFactory.getLogger(getClass()).error("{}: {}", name, what, failure);
    }
}
