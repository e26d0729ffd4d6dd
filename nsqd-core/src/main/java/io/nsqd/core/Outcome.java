package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What becomes of calls to the storage, for those who asked. */
final class Outcome {
    /** How long somebody waits for files to be gone; what takes longer goes on behind the answer. */
    private static final long PATIENCE_SECONDS = 60;

    private Outcome() {}

    /** Why a completed completion failed. */
    static String reason(CompletableFuture<?> failed) {
        return Errors.describe(failed.handle((done, failure) -> failure).join());
    }

    /** Whatever went wrong underneath, users of the broker get an {@link NsqdException}. */
    static NsqdException refusal(Throwable failure) {
        boolean wrapped = failure instanceof CompletionException || failure instanceof ExecutionException;
        Throwable cause = wrapped && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof NsqdException refusal
                ? refusal
                : new NsqdException(Reason.BACKEND, Errors.describe(cause), cause);
    }

    /**
     * Waits until messages are gone; no lock may be held, and the thread be no event loop.
     *
     * @param what is being waited for, for the one who waits in vain
     * @throws NsqdException with {@link Reason#BACKEND} when they are not gone, or not yet
     */
    static void await(String what, CompletableFuture<Void> gone) {
        try {
            gone.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw refusal(e);
        } catch (TimeoutException e) {
            throw new NsqdException(
                    Reason.BACKEND, what + " is not done after " + PATIENCE_SECONDS + " s, and goes on", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NsqdException(Reason.BACKEND, what + " goes on, but waiting for it was interrupted", e);
        }
    }
}
