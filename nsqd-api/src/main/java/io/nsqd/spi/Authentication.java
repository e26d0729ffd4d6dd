package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A transport's side of authentication: whether clients must authenticate, and who is asked about them. Any thread; asking is
 * cheap, as each publish may.
 */
public final class Authentication implements AutoCloseable {
    /** Clients that may be asked about at the same time; others wait. */
    private static final int AT_ONCE = 4;

    private static final int WAITING = 10_000;
    private static final long IDLE_SECONDS = 10;

    private final BooleanSupplier required;
    private final Supplier<Optional<Authenticator>> authenticator;
    private final Runnable close;

    /** Where it is asked. */
    private final Executor asking;

    private Authentication(
            BooleanSupplier required,
            Supplier<Optional<Authenticator>> authenticator,
            Executor asking,
            Runnable close) {
        this.required = required;
        this.authenticator = authenticator;
        this.asking = asking;
        this.close = close;
    }

    /**
     * With an authenticator that the caller knows, and that is asked on the caller's thread.
     *
     * @param required whether clients must authenticate now, be there an authenticator or not
     * @param authenticator the one to be asked now
     */
    public static Authentication of(BooleanSupplier required, Supplier<Optional<Authenticator>> authenticator) {
        return new Authentication(required, authenticator, Runnable::run, () -> {});
    }

    /**
     * With the best-ranked authenticator that is there, until it is closed. It is asked on threads that are there for this
     * only: one that blocks must not hold up an event loop.
     *
     * @param nsqd says whether clients must authenticate, see {@link Nsqd#requiresAuthentication}
     * @param protocol what the transport speaks, {@link Transport#protocol}
     */
    public static Authentication watch(Services services, Nsqd nsqd, String protocol) {
        BestAuthenticator authenticators = new BestAuthenticator();
        Runnable forget = services.watch(List.of(Authenticator.class), authenticators);
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                AT_ONCE,
                AT_ONCE,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING),
                Authentication::thread);
        threads.allowCoreThreadTimeOut(true);
        return new Authentication(() -> nsqd.requiresAuthentication(protocol), authenticators::best, threads, () -> {
            forget.run();
            threads.shutdown();
        });
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "nsqd-ask");
        thread.setDaemon(true);
        return thread;
    }

    /** Whether clients must authenticate now. */
    public boolean isRequired() {
        return required.getAsBoolean();
    }

    /** Whether there is somebody to ask. */
    public boolean isPossible() {
        return authenticator.get().isPresent();
    }

    /** Asks; whatever goes wrong is a failure of the completion. */
    public CompletableFuture<Authorization> authenticate(Credentials credentials) {
        Optional<Authenticator> asked = authenticator.get();
        if (asked.isEmpty()) {
            return CompletableFuture.failedFuture(new IllegalStateException("there is no authenticator"));
        }
        // One of its own: that we give up is none of the authenticator's business.
        CompletableFuture<Authorization> answer = new CompletableFuture<>();
        try {
            asking.execute(() -> ask(asked.get(), credentials, answer));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new IllegalStateException("the authenticator is busy", e));
        }
        return answer;
    }

    private static void ask(
            Authenticator authenticator, Credentials credentials, CompletableFuture<Authorization> answer) {
        try {
            authenticator.authenticate(credentials).whenComplete((authorization, failure) -> {
                if (failure == null) {
                    answer.complete(authorization);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException | Error e) {
            OutOfMemory.check(e);
            answer.completeExceptionally(e);
        }
    }

    @Override
    public void close() {
        close.run();
    }
}
