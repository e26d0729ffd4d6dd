package io.nsqd.bookkeeper;

import io.nsqd.api.Errors;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.bookkeeper.client.api.BKException;
import org.apache.zookeeper.KeeperException;

/** Waits for answers of the cluster, whatever becomes of the thread meanwhile; says in words what went wrong. */
final class Waiting {
    /** No call of the cluster takes so long that is ever answered. */
    private static final long PATIENCE_SECONDS = 60;

    private Waiting() {}

    /**
     * The outcome, once it is there.
     *
     * @param tried what for, for the message
     */
    static <T> T await(CompletableFuture<T> future, String tried) throws IOException {
        return await(future, tried, PATIENCE_SECONDS);
    }

    /** The same, with a patience of so many seconds. */
    static <T> T await(Future<T> future, String tried, long seconds) throws IOException {
        boolean interrupted = false;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        try {
            while (true) {
                try {
                    return future.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw failed(tried, e);
        } catch (TimeoutException e) {
            throw new IOException(tried + ": no answer within " + seconds + " seconds", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A failure in words. */
    static IOException failed(String tried, Throwable failure) {
        Throwable cause = cause(failure);
        String what = tried + ": " + describe(cause);
        return isRefusal(cause) ? new Refused(what, cause) : new IOException(what, cause);
    }

    private static boolean isRefusal(Throwable cause) {
        return cause instanceof BKException e && e.getCode() == BKException.Code.UnauthorizedAccessException
                || ofZooKeeper(cause) != null && Znodes.isRefusal(ofZooKeeper(cause));
    }

    /** What ZooKeeper said, where that is at the bottom of it; else {@code null}. */
    private static KeeperException ofZooKeeper(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof KeeperException e) {
                return e;
            }
        }
        return null;
    }

    /** What went wrong, without what it was wrapped in. */
    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** BookKeeper's code of a failure; that of an unexpected one where it is none of its own. */
    static int code(Throwable failure) {
        return cause(failure) instanceof BKException e ? e.getCode() : BKException.Code.UnexpectedConditionException;
    }

    private static String describe(Throwable cause) {
        KeeperException zooKeeper = ofZooKeeper(cause);
        if (zooKeeper != null) {
            return "ZooKeeper: " + (zooKeeper.getPath() == null ? "" : zooKeeper.getPath() + ": ")
                    + Znodes.words(zooKeeper);
        }
        if (cause instanceof BKException e) {
            return switch (e.getCode()) {
                case BKException.Code.NotEnoughBookiesException -> "too few bookies answer";
                case BKException.Code.LedgerFencedException -> "another node has taken over (the ledger is fenced)";
                case BKException.Code.NoSuchLedgerExistsException,
                        BKException.Code.NoSuchLedgerExistsOnMetadataServerException -> "there is no such ledger";
                case BKException.Code.UnauthorizedAccessException ->
                    "not permitted (passwd, or TLS and the client certificate, in --cluster-config)";
                case BKException.Code.DigestMatchException ->
                    "it was written with another digestType, or another passwd, than --cluster-config has";
                default -> e.getMessage();
            };
        }
        return Errors.describe(cause);
    }
}
