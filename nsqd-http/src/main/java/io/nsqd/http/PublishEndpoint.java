package io.nsqd.http;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Printable;
import io.nsqd.api.Reason;
import io.nsqd.api.Topic;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.math.BigInteger;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** {@code /pub} and {@code /mpub} (H-40 to H-55). Publishes on the connection's loop, which a publish never blocks. */
final class PublishEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(PublishEndpoint.class);
    private static final Response EXITING = Response.error(503, "EXITING");

    /** A policy's bound is reached. */
    private static final Response FULL = Response.error(507, "FULL");

    /** Digits beyond which no number can be in range. */
    private static final int MAX_DIGITS = 19;

    private final Nsqd nsqd;

    PublishEndpoint(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    /** {@code POST /pub}: the body is one message (H-40). */
    RequestBody pub(Exchange exchange) throws HttpException {
        Options options = nsqd.options();
        long maxSize = options.integer(Option.MAX_MSG_SIZE);
        long length = exchange.request().contentLength();
        if (length > maxSize) {
            throw new HttpException(413, "MSG_TOO_BIG");
        }
        return new PubBody(length, maxSize);
    }

    private final class PubBody extends WholeBody {
        PubBody(long announced, long maxSize) {
            super(announced, maxSize, "MSG_TOO_BIG");
        }

        @Override
        public void end(Exchange exchange) throws HttpException {
            if (bytes().size() == 0) {
                throw new HttpException(400, "MSG_EMPTY");
            }
            QueryString query = exchange.query();
            Topic topic = topic(query);
            long delayNanos = defer(query, topic);
            byte[] body = bytes().take();
            MessageBatch batch = exchange.batch();
            batch.add(body, 0, body.length);
            CompletableFuture<Void> published = publish(topic, batch, delayNanos);
            // The body is the broker's from here on: the connection must not hold it as well.
            batch.clear();
            answer(exchange, published, body.length);
        }
    }

    /** {@code POST /mpub}: the body is lines or, if the parameter says so, a binary list of messages (H-50). */
    RequestBody mpub(Exchange exchange) throws HttpException {
        Options options = nsqd.options();
        long maxBody = options.integer(Option.MAX_BODY_SIZE);
        long maxMessage = options.integer(Option.MAX_MSG_SIZE);
        long length = exchange.request().contentLength();
        if (length > maxBody) {
            throw new HttpException(413, "BODY_TOO_BIG");
        }
        QueryString query = exchange.query();
        Topic topic = topic(query);
        MpubBody.Sink sink = (batch, answered) -> answer(answered, publish(topic, batch, 0), batch.bytes());
        return isBinary(query)
                ? new BinaryMpubBody(length, maxBody, maxMessage, sink)
                : new TextMpubBody(length, maxBody, maxMessage, sink);
    }

    private static boolean isBinary(QueryString query) {
        Optional<String> binary = query.value("binary");
        if (binary.isEmpty()) {
            return false;
        }
        return switch (binary.get()) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> {
                LOG.warn("deprecated value '{}' used for /mpub binary param", Printable.of(binary.get()));
                yield true;
            }
        };
    }

    private Topic topic(QueryString query) throws HttpException {
        Optional<String> name = query.value("topic");
        if (name.isEmpty()) {
            throw new HttpException(400, "MISSING_ARG_TOPIC");
        }
        if (!Names.isValid(name.get())) {
            throw new HttpException(400, "INVALID_TOPIC");
        }
        try {
            return nsqd.topic(name.get());
        } catch (NsqdException e) {
            throw new HttpException(EXITING);
        }
    }

    private static void answer(Exchange exchange, CompletableFuture<Void> published, long bytes) {
        exchange.answer(published, bytes, Response.OK, isFull(published) ? FULL : EXITING);
    }

    /** Known at once, as nothing has been begun then. */
    private static boolean isFull(CompletableFuture<Void> published) {
        return published.isCompletedExceptionally()
                && published.handle((done, failure) -> failure).join() instanceof NsqdException refusal
                && refusal.reason() == Reason.FULL;
    }

    private static CompletableFuture<Void> publish(Topic topic, MessageBatch batch, long delayNanos) {
        try {
            return delayNanos > 0 ? topic.publishDeferred(batch, delayNanos) : topic.publish(batch);
        } catch (NsqdException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private long defer(QueryString query, Topic topic) throws HttpException {
        Optional<String> defer = query.value("defer");
        if (defer.isEmpty()) {
            return 0;
        }
        long topics = topic.maxDeferNanos();
        long maxNanos = topics < 0 ? nsqd.options().maxDeferNanos() : topics;
        BigInteger nanos = decimal(defer.get()).multiply(BigInteger.valueOf(1_000_000));
        if (nanos.signum() < 0 || nanos.compareTo(BigInteger.valueOf(maxNanos)) > 0) {
            throw invalidDefer();
        }
        return nanos.longValue();
    }

    /** Digits with an optional sign; without the wrapping arithmetic of the Go daemon (H-42). */
    private static BigInteger decimal(String text) throws HttpException {
        int digits = text.startsWith("+") || text.startsWith("-") ? 1 : 0;
        if (text.length() == digits || text.length() - digits > MAX_DIGITS) {
            throw invalidDefer();
        }
        for (int i = digits; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                throw invalidDefer();
            }
        }
        return new BigInteger(text);
    }

    private static HttpException invalidDefer() {
        return new HttpException(400, "INVALID_DEFER");
    }
}
