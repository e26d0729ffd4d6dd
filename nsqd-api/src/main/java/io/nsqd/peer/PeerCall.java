package io.nsqd.peer;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** One question with all the requests that redirects lead to, within one time. */
final class PeerCall {
    /** As many as Go makes. */
    private static final int MAX_REQUESTS = 10;

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    /** A timer that is later than this tells of a standstill: what came meanwhile has not been read yet. */
    private static final long STANDSTILL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** How long there is to read it. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final HttpClient client;
    private final Executor workers;
    private final long maxBytes;
    private final CompletableFuture<HttpResponse<byte[]>> answer = new CompletableFuture<>();

    /** The request that is under way; only a cancelled one frees its connection. */
    private volatile CompletableFuture<?> request = CompletableFuture.completedFuture(null);

    PeerCall(HttpClient client, Executor workers, long maxBytes) {
        this.client = client;
        this.workers = workers;
        this.maxBytes = maxBytes;
    }

    /** @param timeoutNanos for the whole; 0 or less is for ever */
    CompletableFuture<HttpResponse<byte[]>> start(PeerUrl url, long timeoutNanos) {
        if (timeoutNanos > 0) {
            endAfter(timeoutNanos, true);
        }
        send(url, 1);
        return answer;
    }

    /** A request's own time-out would let the body stall. */
    private void endAfter(long nanos, boolean grace) {
        long due = System.nanoTime() + nanos;
        CompletableFuture<Void> timer =
                new CompletableFuture<Void>().completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS);
        var unused = timer.thenRun(() -> {
            if (grace && System.nanoTime() - due > STANDSTILL_NANOS) {
                endAfter(GRACE_NANOS, false);
            } else {
                breakOff("timed out");
            }
        });
        var unusedEnd = answer.whenComplete((response, failure) -> timer.cancel(false));
    }

    void breakOff(String why) {
        answer.completeExceptionally(new IOException(why));
        request.cancel(true);
    }

    private void send(PeerUrl url, int number) {
        CompletableFuture<HttpResponse<byte[]>> sent;
        try {
            sent = client.sendAsync(request(url), bodies(maxBytes));
        } catch (IOException | IllegalArgumentException e) {
            // The message of the latter would show the query.
            answer.completeExceptionally(e instanceof IOException ? e : new IOException("not an address of a server"));
            return;
        }
        request = sent;
        if (answer.isDone()) {
            sent.cancel(true);
        }
        var unused = sent.whenCompleteAsync(
                (response, failure) -> {
                    if (failure != null) {
                        answer.completeExceptionally(number == 1 ? failure : redirected(url, failure));
                    } else {
                        answered(url, response, number);
                    }
                },
                workers);
    }

    /** Must not know the client: an idle connection remembers this, and the client ends only once nobody knows it. */
    private static HttpResponse.BodyHandler<byte[]> bodies(long maxBytes) {
        return head -> new LimitedBody(maxBytes);
    }

    private static HttpRequest request(PeerUrl url) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.uri())
                .header("Accept", "application/vnd.nsq; version=1.0")
                .header("Accept-Encoding", "gzip");
        String authorization = url.authorization();
        return authorization.isEmpty()
                ? request.build()
                : request.header("Authorization", authorization).build();
    }

    private void answered(PeerUrl asked, HttpResponse<byte[]> response, int number) {
        Optional<String> location = response.headers().firstValue("Location").filter(where -> !where.isEmpty());
        if (!REDIRECTS.contains(response.statusCode()) || location.isEmpty()) {
            answer.complete(response);
            return;
        }
        if (number == MAX_REQUESTS) {
            answer.completeExceptionally(new IOException("stopped after " + MAX_REQUESTS + " redirects"));
            return;
        }
        try {
            send(asked.redirected(location.get()), number + 1);
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
    }

    /** Nobody knows by himself where a redirect has led. */
    private static IOException redirected(PeerUrl url, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return new IOException(
                "redirected to " + url.shown() + ": "
                        + (cause.getMessage() == null ? "cannot connect" : cause.getMessage()),
                cause);
    }
}
