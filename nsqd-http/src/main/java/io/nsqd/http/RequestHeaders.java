package io.nsqd.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;

/**
 * Headers of which the length of the body is told once. A request may tell it several times if it is the same each time, and may
 * leave it empty, which is 0, both as with the Go daemon. Lengths that differ are refused in every version of HTTP: a proxy in
 * front may have taken the other one, and see two requests where there is one.
 */
final class RequestHeaders extends DefaultHttpHeaders {
    /** As it was first told; {@code null} while it was not. */
    private String contentLength;

    /** Makes them. */
    static final class Factory implements HttpHeadersFactory {
        @Override
        public HttpHeaders newHeaders() {
            return new RequestHeaders();
        }

        @Override
        public HttpHeaders newEmptyHeaders() {
            return new RequestHeaders();
        }
    }

    @Override
    public HttpHeaders add(CharSequence name, Object value) {
        if (!HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name)) {
            return super.add(name, value);
        }
        String length = value.toString();
        if (contentLength == null) {
            contentLength = length;
            return length.isEmpty() ? this : super.add(name, value);
        }
        if (!length.equals(contentLength)) {
            throw new IllegalArgumentException("lengths that differ: " + contentLength + " and " + length);
        }
        return this;
    }

    /** Whether a length was told, if only an empty one. */
    boolean tellsLength() {
        return contentLength != null;
    }
}
