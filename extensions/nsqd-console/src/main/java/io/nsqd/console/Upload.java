package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.spi.HttpEndpoint.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

/** Writes a body to a file, as fast as that goes: what the disk does not take is not read of the client either. */
final class Upload implements Flow.Subscriber<ByteBuffer> {
    private final Path file;
    private final long most;
    private final Executor workers;
    private final CompletableFuture<Path> whole = new CompletableFuture<>();

    private Flow.Subscription subscription;

    /** What has been written so far, one piece after another. */
    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);

    private OutputStream out;
    private long bytes;

    private Upload(Path file, long most, Executor workers) {
        this.file = file;
        this.most = most;
        this.workers = workers;
    }

    /**
     * Completed with the file; exceptionally, with a {@link Refusal}, where there is too much of it or it cannot be written: the file is gone
     * then.
     *
     * @param workers write; they may block
     */
    static CompletableFuture<Path> write(Request request, Path file, long most, Executor workers) {
        Upload upload = new Upload(file, most, workers);
        request.stream().subscribe(upload);
        return upload.whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscribed) {
        subscription = subscribed;
        subscribed.request(1);
    }

    @Override
    public void onNext(ByteBuffer piece) {
        writing = writing.thenRunAsync(() -> write(piece), workers).whenComplete((done, failure) -> {
            if (failure == null) {
                subscription.request(1);
            } else {
                subscription.cancel();
                end(failure);
            }
        });
    }

    private void write(ByteBuffer piece) {
        try {
            if (out == null) {
                out = Files.newOutputStream(file);
            }
            bytes += piece.remaining();
            if (bytes > most) {
                throw new CompletionException(
                        new Refusal(413, "BODY_TOO_BIG", "the jar has more than " + most + " bytes"));
            }
            byte[] copy = new byte[piece.remaining()];
            piece.get(copy);
            out.write(copy);
        } catch (IOException e) {
            throw new CompletionException(new Refusal(
                    503, "NOT_WRITTEN", "the jar could not be kept - " + Errors.describe("write", file, e)));
        }
    }

    @Override
    public void onError(Throwable failure) {
        writing = writing.whenCompleteAsync((done, before) -> end(failure), workers);
    }

    @Override
    public void onComplete() {
        writing = writing.whenCompleteAsync((done, failure) -> end(failure), workers);
    }

    /** @param failure {@code null} where it is whole */
    private void end(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        try {
            if (out != null) {
                out.close();
                out = null;
            }
        } catch (IOException e) {
            cause = cause == null
                    ? new Refusal(
                            503, "NOT_WRITTEN", "the jar could not be kept - " + Errors.describe("write", file, e))
                    : cause;
        }
        if (cause == null) {
            whole.complete(file);
        } else {
            delete(file);
            whole.completeExceptionally(cause);
        }
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // It lies in the framework's cache, and goes with that.
            file.toFile().deleteOnExit();
        }
    }
}
