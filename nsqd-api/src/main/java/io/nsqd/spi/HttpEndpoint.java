package io.nsqd.spi;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Serves a path of the HTTP API. A whiteboard: register it as a service with the property {@link #PATH}, and every HTTP
 * transport serves it, from then on until it leaves. Of two on one path the better-ranked serves; nsqd's own paths cannot be
 * taken.
 *
 * <p>{@code GET} is for everybody, as {@code /stats} is; for other methods a client must be permitted to administer the daemon
 * where {@code auth-http-api} is on.
 */
@ConsumerType
public interface HttpEndpoint {
    /** The service property with the path, such as {@code /metrics}; what lies below it, {@code /metrics/x}, is served as well. */
    String PATH = "nsqd.http.path";

    /**
     * Answers a request. Called on threads that may block, of which there are few: while an endpoint takes its time the same
     * path is soon answered with 503, and other paths are not disturbed.
     *
     * @return the answer
     * @throws Exception when there is none: the client gets 500, the log says why
     */
    Response handle(Request request) throws Exception;

    /** A request whose body has come in full. Immutable but for the body, which is the endpoint's. */
    final class Request {
        private final String method;
        private final String path;
        private final Map<String, String> parameters;
        private final byte[] body;

        /**
         * A request.
         *
         * @param method {@code GET} and the like
         * @param path the decoded path
         * @param parameters those of the query; of several of one name the first
         * @param body at most {@code max-body-size} bytes, empty without
         */
        public Request(String method, String path, Map<String, String> parameters, byte[] body) {
            this.method = method;
            this.path = path;
            this.parameters = Map.copyOf(parameters);
            this.body = body;
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

        /** The body, empty without. */
        public byte[] body() {
            return body;
        }
    }

    /** An answer. */
    final class Response {
        private final int status;
        private final String contentType;
        private final byte[] body;

        /**
         * An answer.
         *
         * @param status 200 to 599
         * @param contentType what the body is
         * @param body not to be changed afterwards
         */
        public Response(int status, String contentType, byte[] body) {
            if (status < 200 || status > 599) {
                throw new IllegalArgumentException("no status of an answer: " + status);
            }
            if (contentType.chars().anyMatch(c -> c < ' ' || c > '~')) {
                throw new IllegalArgumentException("no content type: " + contentType);
            }
            this.status = status;
            this.contentType = contentType;
            this.body = body;
        }

        /** Plain text in UTF-8. */
        public static Response text(int status, String text) {
            return new Response(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
        }

        /** The status. */
        public int status() {
            return status;
        }

        /** What the body is. */
        public String contentType() {
            return contentType;
        }

        /** The body. */
        public byte[] body() {
            return body;
        }
    }
}
