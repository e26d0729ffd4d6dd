package io.nsqd.core.journal.file;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** What those wait for who appended something that is to be durable. Guarded by the journal's lock, and nothing is completed here. */
final class Completions {
    private static final CompletableFuture<Void> KEPT = CompletableFuture.completedFuture(null);

    /** Of what is forced next; {@code null} while nobody waits. */
    private CompletableFuture<Void> pending;

    /** The last failure, until what came after it is waited for. */
    private CompletableFuture<Void> failure;

    private boolean appendedSinceFailure;

    /** Whether there are frames of which nobody has asked yet what becomes of them. */
    private boolean unclaimed;

    /** Whether the last failure has hit such frames. */
    private boolean failureUnclaimed;

    /** There is nothing to wait for. */
    static CompletableFuture<Void> kept() {
        return KEPT;
    }

    /** Something was appended. */
    void appended() {
        unclaimed = true;
        appendedSinceFailure = true;
        if (!failureUnclaimed) {
            failure = null;
        }
    }

    /** Whether somebody waits. */
    boolean isWaitedFor() {
        return pending != null;
    }

    /**
     * What all waits for that was appended so far.
     *
     * @param isUnforced whether something is to be forced next
     * @param forced what is being forced now, or {@code null}
     */
    CompletableFuture<Void> ofAll(boolean isUnforced, CompletableFuture<Void> forced) {
        unclaimed = false;
        failureUnclaimed = false;
        if (failure != null) {
            CompletableFuture<Void> failed = failure;
            failure = appendedSinceFailure ? null : failed;
            return failed;
        }
        if (pending == null && isUnforced) {
            pending = new CompletableFuture<>();
        }
        if (pending != null) {
            return pending;
        }
        return forced == null ? KEPT : forced;
    }

    /** All that is unforced is about to be forced: what is to be completed then. */
    CompletableFuture<Void> take() {
        CompletableFuture<Void> taken = pending == null ? new CompletableFuture<>() : pending;
        pending = null;
        return taken;
    }

    /** Nothing that was appended will ever surely be durable: returns what waited for what was to be forced next. */
    CompletableFuture<Void> fail(IOException cause) {
        CompletableFuture<Void> failed = take();
        failure = CompletableFuture.failedFuture(cause);
        failureUnclaimed = unclaimed;
        appendedSinceFailure = false;
        return failed;
    }
}
