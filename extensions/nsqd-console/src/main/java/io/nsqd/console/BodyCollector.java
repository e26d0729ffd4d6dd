package io.nsqd.console;

import io.nsqd.spi.HttpEndpoint.Request;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** Reads a body that is not to be longer than so much. */
final class BodyCollector implements Flow.Subscriber<ByteBuffer> {
    private final long most;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private Flow.Subscription subscription;

    private BodyCollector(long most) {
        this.most = most;
    }

    /** Completed with the body; exceptionally, with a {@link Refusal}, where it is too long. */
    static CompletableFuture<byte[]> read(Request request, long most) {
        BodyCollector collector = new BodyCollector(most);
        request.stream().subscribe(collector);
        return collector.whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscribed) {
        subscription = subscribed;
        subscribed.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuffer piece) {
        if (whole.isDone()) {
            return;
        }
        if (bytes.size() + piece.remaining() > most) {
            subscription.cancel();
            whole.completeExceptionally(new Refusal(413, "BODY_TOO_BIG", "the body has more than " + most + " bytes"));
            return;
        }
        byte[] copy = new byte[piece.remaining()];
        piece.get(copy);
        bytes.writeBytes(copy);
    }

    @Override
    public void onError(Throwable failure) {
        whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        whole.complete(bytes.toByteArray());
    }
}
