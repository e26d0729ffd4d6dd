package io.nsqd.websocket;

import io.nsqd.api.MessageId;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.RequestOrigins;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Settles a message that was sent as an event. */
final class SettleEndpoint implements HttpEndpoint {
    private final RequestOrigins origins;
    private final String verb;
    private final Settling settling;

    /** What is done. */
    @FunctionalInterface
    interface Settling {
        /**
         * @return whether the message was in flight to one of the streams
         * @throws IllegalArgumentException with what is wrong with the request
         */
        boolean settle(Request request, long id);
    }

    SettleEndpoint(RequestOrigins origins, String verb, Settling settling) {
        this.origins = origins;
        this.verb = verb;
        this.settling = settling;
    }

    @Override
    public Response handle(Request request) {
        if (!request.method().equals("POST")) {
            return Answers.error(405, "METHOD_NOT_ALLOWED").with("Allow", "POST");
        }
        if (!origins.isOwn(request)) {
            return Answers.error(403, "FORBIDDEN_ORIGIN");
        }
        return Answers.readableBy(origins.allowed(request), settle(request));
    }

    private Response settle(Request request) {
        Optional<String> text = request.parameter("id");
        if (text.isEmpty()) {
            return Answers.error(400, "MISSING_ARG_ID");
        }
        byte[] bytes = text.get().getBytes(StandardCharsets.UTF_8);
        if (bytes.length != MessageId.LENGTH || !MessageId.isValid(bytes, 0)) {
            return Answers.error(400, "INVALID_ID");
        }
        try {
            boolean settled = settling.settle(request, MessageId.parse(bytes, 0));
            return settled ? Response.text(200, "OK") : Answers.error(404, verb + "_FAILED");
        } catch (IllegalArgumentException e) {
            return Answers.error(400, e.getMessage());
        }
    }
}
