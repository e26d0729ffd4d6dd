package io.nsqd.json;

import java.io.IOException;

/** A text that is no JSON, or says something of another type than it should; the message says what. */
public final class JsonException extends IOException {
    private static final long serialVersionUID = 1L;

    JsonException(String message) {
        super(message);
    }
}
