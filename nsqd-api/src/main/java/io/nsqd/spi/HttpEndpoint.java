package io.nsqd.spi;

import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.regex.Pattern;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Serves a path of the HTTP API. A whiteboard: register it as a service with the property {@link #PATH}, and every HTTP
 * transport serves it, from then on until it leaves. Of two on one path the better-ranked serves; nsqd's own paths cannot be
 * taken.
 *
 * <p>Who may use it says the property {@link #ACCESS}: without it {@code GET} and {@code HEAD} are for everybody, as {@code /stats}
 * is, and for other methods a client must be permitted to administer the daemon. It counts where HTTP clients must authenticate
 * ({@link io.nsqd.api.Nsqd#requiresAuthentication}); elsewhere everybody may everything.
 */
@ConsumerType
public interface HttpEndpoint {
    /** The service property with the path, such as {@code /metrics}; what lies below it, {@code /metrics/x}, is served as well. */
    String PATH = "nsqd.http.path";

    /**
     * The service property that says what a client must be permitted to do, whatever the method: {@link #ACCESS_OPEN} and so on. An
     * endpoint with another value is not served, and the log says so.
     */
    String ACCESS = "nsqd.http.access";

    /** Everybody may use it. */
    String ACCESS_OPEN = "open";

    /** Who may publish to the topic that the parameter {@code topic} names. */
    String ACCESS_PUBLISH = "publish";

    /** Who may subscribe to the topic and channel that the parameters {@code topic} and {@code channel} name. */
    String ACCESS_SUBSCRIBE = "subscribe";

    /** Who may administer the daemon, see {@link Authorization#administers}. */
    String ACCESS_ADMINISTER = "administer";

    /**
     * The service property that says how many requests the endpoint answers at once, from 1 to 1024, as a number or its text; 2 without.
     * As many as 64 others wait, each for its turn; who comes then is answered with 503. A request counts from the call of {@link #answer}
     * until the answer is known: what is streamed after that does not.
     */
    String CONCURRENCY = "nsqd.http.concurrency";

    /** The service property that says when {@link #answer} is called: {@link #BODY_WHOLE}, as without it, or {@link #BODY_STREAM}. */
    String BODY = "nsqd.http.body";

    /** When the body has come in full, which has at most {@code max-body-size} bytes. */
    String BODY_WHOLE = "whole";

    /** When the head has come: the body follows as {@link Request#stream}, however long it is. */
    String BODY_STREAM = "stream";

    /**
     * Answers a request. Called on threads that may block, of which there are few: while an endpoint takes its time the same
     * path is soon answered with 503, and other paths are not disturbed.
     *
     * @return the answer
     * @throws Exception when there is none: the client gets 500, the log says why
     */
    Response handle(Request request) throws Exception;

    /**
     * Answers a request as soon as the answer is known, which may be later: no thread waits meanwhile. Called as {@link #handle} is, to
     * which it leaves the request unless it is overridden.
     *
     * @return completed by any thread with the answer; exceptionally when there is none: the client gets 500, the log says why. Where
     *     the client has gone, or the endpoint leaves, nobody waits for it any more
     * @throws Exception when there is no answer
     */
    default CompletionStage<Response> answer(Request request) throws Exception {
        return CompletableFuture.completedFuture(handle(request));
    }

    /**
     * Who asks.
     *
     * @param address the address without its port, empty over a unix socket
     * @param tls whether the connection is encrypted
     * @param commonName that of its certificate, empty without
     * @param authorization who it is, and what it may, as the authenticator says; nothing where it did not have to say
     */
    record Client(String address, boolean tls, String commonName, Optional<Authorization> authorization) {
        /** One of whom nothing is known. */
        static final Client UNKNOWN = new Client("", false, "", Optional.empty());
    }

    /** A request, with its body or with the stream that brings it. Immutable but for the body, which is the endpoint's. */
    final class Request {
        private final String method;
        private final String path;
        private final Map<String, String> parameters;
        private final byte[] body;
        private final Map<String, List<String>> headers;
        private final Client client;
        private final Flow.Publisher<ByteBuffer> stream;

        /**
         * A request without headers, of a client of whom nothing is known.
         *
         * @param method {@code GET} and the like
         * @param path the decoded path
         * @param parameters those of the query; of several of one name the first
         * @param body at most {@code max-body-size} bytes, empty without
         */
        public Request(String method, String path, Map<String, String> parameters, byte[] body) {
            this(method, path, Map.copyOf(parameters), body, Map.of(), Client.UNKNOWN, null);
        }

        private Request(
                String method,
                String path,
                Map<String, String> parameters,
                byte[] body,
                Map<String, List<String>> headers,
                Client client,
                Flow.Publisher<ByteBuffer> stream) {
            this.method = method;
            this.path = path;
            this.parameters = parameters;
            this.body = body;
            this.headers = headers;
            this.client = client;
            this.stream = stream;
        }

        /** The same with these headers; names in any case, the values of one name in their order. */
        public Request with(Map<String, List<String>> moreHeaders) {
            Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            all.putAll(headers);
            moreHeaders.forEach((name, values) -> all.put(name, List.copyOf(values)));
            return new Request(method, path, parameters, body, Collections.unmodifiableMap(all), client, stream);
        }

        /** The same of another client. */
        public Request from(Client other) {
            return new Request(method, path, parameters, body, headers, other, stream);
        }

        /** The same with a body that is yet to come. */
        public Request streaming(Flow.Publisher<ByteBuffer> coming) {
            return new Request(method, path, parameters, new byte[0], headers, client, coming);
        }

        /** Who asks. */
        public Client client() {
            return client;
        }

        /** A header, of several of the name the first; {@code name} in any case. */
        public Optional<String> header(String name) {
            List<String> values = headers.getOrDefault(name, List.of());
            return values.isEmpty() ? Optional.empty() : Optional.of(values.get(0));
        }

        /** All headers, to be looked up in any case. */
        public Map<String, List<String>> headers() {
            return headers;
        }

        /** {@code GET} and the like. */
        public String method() {
            return method;
        }

        /** The decoded path, that of the endpoint or one below it. */
        public String path() {
            return path;
        }

        /** A parameter of the query. */
        public Optional<String> parameter(String name) {
            return Optional.ofNullable(parameters.get(name));
        }

        /** The body, empty without, and where it is {@link #BODY_STREAM streamed}. */
        public byte[] body() {
            return body;
        }

        /**
         * The body, whether it has come or is yet to come, for one subscriber. Of a client no more is read than was {@linkplain
         * Flow.Subscription#request asked for}; where it breaks off, or sends nothing for as long as {@code http-request-timeout} allows,
         * the stream fails. Who cancels it has the rest dropped, as has an answer. Buffers are the subscriber's. It is called on threads that must not block.
         */
        public Flow.Publisher<ByteBuffer> stream() {
            return stream == null ? HttpRequest.BodyPublishers.ofByteArray(body) : stream;
        }
    }

    /** An answer. Immutable. */
    final class Response {
        /** What the server itself says, as it knows how the body goes out. */
        private static final Set<String> RESERVED = Set.of(
                "connection", "content-length", "content-type", "date", "keep-alive", "transfer-encoding", "upgrade");

        private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

        private final int status;
        private final String contentType;
        private final byte[] body;
        private final List<Map.Entry<String, String>> headers;
        private final Flow.Publisher<ByteBuffer> stream;

        /**
         * An answer.
         *
         * @param status 200 to 599
         * @param contentType what the body is
         * @param body not to be changed afterwards
         */
        public Response(int status, String contentType, byte[] body) {
            this(status, contentType, body, List.of(), null);
            if (status < 200 || status > 599) {
                throw new IllegalArgumentException("no status of an answer: " + status);
            }
            if (!isText(contentType)) {
                throw new IllegalArgumentException("no content type: " + contentType);
            }
        }

        private Response(
                int status,
                String contentType,
                byte[] body,
                List<Map.Entry<String, String>> headers,
                Flow.Publisher<ByteBuffer> stream) {
            this.status = status;
            this.contentType = contentType;
            this.body = body;
            this.headers = headers;
            this.stream = stream;
        }

        /**
         * An answer whose body is streamed, as long as it may become: a client that takes it slowly has the source asked for more slowly,
         * and one that is gone has it cancelled. A source that fails ends the connection, so that the client can tell. Buffers must not be
         * changed afterwards. One that never ends should publish something now and then, or a client that has gone is not noticed.
         *
         * <p>What is {@code text/event-stream} ends, too, when the transport leaves: such clients come again by themselves. Other streams
         * are waited for, for as long as other answers are.
         *
         * @param status 200 to 599
         * @param contentType what the body is
         * @param source subscribed to once, and cancelled at once where nobody wants the body
         */
        public static Response stream(int status, String contentType, Flow.Publisher<ByteBuffer> source) {
            Response head = new Response(status, contentType, new byte[0]);
            return new Response(status, contentType, head.body, List.of(), Objects.requireNonNull(source));
        }

        private static boolean isText(String value) {
            return value.chars().allMatch(c -> c >= ' ' && c <= '~');
        }

        /** Plain text in UTF-8. */
        public static Response text(int status, String text) {
            return new Response(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
        }

        /**
         * The same with one more header.
         *
         * @throws IllegalArgumentException when it is none of printable ASCII, or the server's own: how long the body is and how it
         *     goes out
         */
        public Response with(String name, String value) {
            if (!NAME.matcher(name).matches() || RESERVED.contains(name.toLowerCase(Locale.ROOT)) || !isText(value)) {
                throw new IllegalArgumentException("no header of an answer: " + name + ": " + value);
            }
            List<Map.Entry<String, String>> all = new ArrayList<>(headers);
            all.add(Map.entry(name, value));
            return new Response(status, contentType, body, List.copyOf(all), stream);
        }

        /** The status. */
        public int status() {
            return status;
        }

        /** What the body is. */
        public String contentType() {
            return contentType;
        }

        /** The body; empty where it is streamed. */
        public byte[] body() {
            return body;
        }

        /** What the body comes from, where it is streamed. */
        public Optional<Flow.Publisher<ByteBuffer>> stream() {
            return Optional.ofNullable(stream);
        }

        /** Further headers, in the order in which they were added. */
        public List<Map.Entry<String, String>> headers() {
            return headers;
        }
    }
}
