package io.nsqd.http;

import java.nio.charset.StandardCharsets;

/**
 * An answer: immutable, so that the frequent ones are shared constants. {@link ResponseEncoder} adds what depends on the
 * request and the moment (H-2 to H-5).
 */
final class Response {
    /** The length of a body that is as long as it becomes. */
    static final long UNKNOWN = -1;

    private static final byte[] NOTHING = new byte[0];
    private static final String VERSION_1 = "X-Nsq-Content-Type: nsq; version=1.0\r\n";
    private static final String TEXT = "Content-Type: text/plain; charset=utf-8\r\n";
    private static final String JSON = "Content-Type: application/json; charset=utf-8\r\n";

    private static final byte[] NO_HEADERS = NOTHING;
    private static final byte[] EMPTY_HEADERS = ascii(VERSION_1);
    private static final byte[] JSON_HEADERS = ascii(JSON + VERSION_1);
    private static final byte[] TEXT_HEADERS = ascii(TEXT + VERSION_1);
    private static final byte[] PLAIN_HEADERS = ascii(TEXT);

    /** What a publish is answered with. */
    static final Response OK = text("OK");

    /** A success that says nothing: no body and so no content type (H-3). */
    static final Response EMPTY = new Response(200, EMPTY_HEADERS, NOTHING, false);

    private final int status;
    private final byte[] headers;
    private final byte[] body;
    private final long length;
    private final boolean closing;
    private final StreamedAnswer stream;

    private Response(int status, byte[] headers, byte[] body, boolean closing) {
        this(status, headers, body, body.length, closing, null);
    }

    private Response(int status, byte[] headers, byte[] body, long length, boolean closing, StreamedAnswer stream) {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.length = length;
        this.closing = closing;
        this.stream = stream;
    }

    /** A string as the endpoints of the API answer it; an empty one has no content type (H-3). */
    static Response text(String text) {
        return text.isEmpty() ? EMPTY : new Response(200, TEXT_HEADERS, utf8(text), false);
    }

    /** Text or, where the endpoint says so, nothing, without any sign of the API (H-4). */
    static Response plain(int status, String text) {
        return new Response(status, text.isEmpty() ? NO_HEADERS : PLAIN_HEADERS, utf8(text), false);
    }

    /** JSON (H-2). */
    static Response json(int status, byte[] json) {
        return new Response(status, JSON_HEADERS, json, false);
    }

    /** The body that every refusal has (H-6); {@code code} needs no escaping. */
    static Response error(int status, String code) {
        return json(status, ascii("{\"message\":\"" + code + "\"}"));
    }

    /** A refusal below the API, after which the connection is of no more use (H-12). */
    static Response fatal(int status, String text) {
        return plain(status, text).closingConnection();
    }

    /** The same with one more header. */
    Response with(String name, String value) {
        byte[] line = utf8(name + ": " + value + "\r\n");
        byte[] all = new byte[headers.length + line.length];
        System.arraycopy(headers, 0, all, 0, headers.length);
        System.arraycopy(line, 0, all, headers.length, line.length);
        return new Response(status, all, body, length, closing, stream);
    }

    /** Anything, without any sign of the API. */
    static Response of(int status, String contentType, byte[] body) {
        return new Response(status, ascii("Content-Type: " + contentType + "\r\n"), body, false);
    }

    /** The head of an answer whose body, of that many bytes, is sent {@linkplain Exchange#stream in pieces}. */
    static Response ofLength(int status, String contentType, long length) {
        return new Response(status, ascii("Content-Type: " + contentType + "\r\n"), NOTHING, length, false, null);
    }

    /** An answer whose body comes from elsewhere, piece by piece. Of use once. */
    static Response streamed(int status, String contentType, StreamedAnswer stream) {
        return new Response(status, ascii("Content-Type: " + contentType + "\r\n"), NOTHING, UNKNOWN, false, stream);
    }

    /** A page; redirects and the profile index have one. */
    static Response html(int status, String html) {
        return new Response(status, ascii("Content-Type: text/html; charset=utf-8\r\n"), utf8(html), false);
    }

    private Response closingConnection() {
        return new Response(status, headers, body, length, true, stream);
    }

    int status() {
        return status;
    }

    /** Header lines, each with its line end. */
    byte[] headers() {
        return headers;
    }

    byte[] body() {
        return body;
    }

    /** The length of the body that is announced, or {@link #UNKNOWN}. */
    long length() {
        return length;
    }

    /** What the body comes from; {@code null} where it is there. */
    StreamedAnswer stream() {
        return stream;
    }

    /** Whether the connection ends with it. */
    boolean isClosing() {
        return closing;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
