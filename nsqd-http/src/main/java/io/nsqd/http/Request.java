package io.nsqd.http;

import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The head of a request, checked as far as HTTP itself goes (H-1, H-10, H-12). Immutable. */
final class Request {
    /** Body length of a chunked request. */
    static final long CHUNKED = -1;

    private static final String HOST_MARKS = "!$%&'()*+,-.:;=[]_~";

    private final String method;
    private final String uri;
    private final String path;
    private final String query;
    private final boolean http10;
    private final boolean keepAlive;
    private final boolean expectsContinue;
    private final long contentLength;
    private final String contentType;
    private final HttpHeaders headers;

    private Request(HttpRequest head, String target) throws HttpException {
        headers = head.headers();
        method = head.method().name();
        uri = head.uri();
        int mark = target.indexOf('?');
        query = mark < 0 ? "" : target.substring(mark + 1);
        path = decodePath(mark < 0 ? target : target.substring(0, mark));
        http10 = head.protocolVersion().minorVersion() == 0;
        keepAlive = HttpUtil.isKeepAlive(head);
        contentLength = HttpUtil.isTransferEncodingChunked(head) ? CHUNKED : HttpUtil.getContentLength(head, 0L);
        expectsContinue = expectsContinue(headers) && !http10 && contentLength != 0;
        String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
        contentType = type == null ? "" : type;
    }

    /**
     * Checks a decoded head.
     *
     * @throws HttpException with an answer that ends the connection
     */
    static Request of(HttpRequest head) throws HttpException {
        // Before the rest, for the decoder takes an unknown encoding for a malformed head.
        List<String> encodings = head.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (encodings.size() > 1 || !encodings.isEmpty() && !encodings.get(0).equalsIgnoreCase("chunked")) {
            throw fatal("501 Not Implemented");
        }
        if (head.decoderResult().isFailure()) {
            boolean tooLong = head.decoderResult().cause() instanceof TooLongFrameException;
            throw fatal(tooLong ? "431 Request Header Fields Too Large" : "400 Bad Request");
        }
        HttpVersion version = head.protocolVersion();
        if (version.majorVersion() != 1) {
            throw fatal("505 HTTP Version Not Supported");
        }
        List<String> hosts = head.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.isEmpty() && version.minorVersion() > 0) {
            throw fatal("400 Bad Request: missing required Host header");
        }
        if (hosts.size() > 1 || !hosts.isEmpty() && !isHost(hosts.get(0)) || !isPrintable(head.uri())) {
            throw fatal("400 Bad Request");
        }
        if (!encodings.isEmpty() && head.headers() instanceof RequestHeaders told && told.tellsLength()) {
            // Which of the two counts is a matter of taste, and others may have another one.
            throw fatal("400 Bad Request");
        }
        return new Request(head, target(head));
    }

    /** The answer to a request whose body could not be made out. */
    static HttpException fatal(String text) {
        return new HttpException(Response.fatal(Integer.parseInt(text.substring(0, 3)), text));
    }

    /** Path and query: of an absolute URI what follows the authority. */
    private static String target(HttpRequest head) throws HttpException {
        String uri = head.uri();
        if (uri.startsWith("/") || uri.equals("*")) {
            return uri;
        }
        // Who wants to be connected to another server names that alone.
        boolean connect = head.method().equals(HttpMethod.CONNECT);
        int authority = connect ? 0 : uri.indexOf("://");
        if (authority <= 0 && !connect) {
            throw fatal("400 Bad Request");
        }
        int start = connect ? 0 : authority + 3;
        while (start < uri.length() && uri.charAt(start) != '/' && uri.charAt(start) != '?') {
            start++;
        }
        return uri.startsWith("/", start) ? uri.substring(start) : "/" + uri.substring(start);
    }

    /** Whether it has only what may be in the name of a host, as Go sees that; it may be empty. */
    private static boolean isHost(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean letterOrDigit = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!letterOrDigit && HOST_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPrintable(String uri) {
        for (int i = 0; i < uri.length(); i++) {
            if (uri.charAt(i) <= ' ' || uri.charAt(i) == 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static String decodePath(String raw) throws HttpException {
        try {
            return QueryString.decode(raw, false);
        } catch (QueryString.MalformedException e) {
            throw fatal("400 Bad Request");
        }
    }

    private static boolean expectsContinue(HttpHeaders headers) throws HttpException {
        String expect = headers.get(HttpHeaderNames.EXPECT);
        if (expect == null || expect.isEmpty()) {
            return false;
        }
        if (!expect.equalsIgnoreCase("100-continue")) {
            throw new HttpException(Response.fatal(417, ""));
        }
        return true;
    }

    /** {@code GET} and the like, as received. */
    String method() {
        return method;
    }

    boolean is(String otherMethod) {
        return method.equals(otherMethod);
    }

    /** The request target as received, for the log. */
    String uri() {
        return isAscii() ? uri : new String(uri.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private boolean isAscii() {
        return uri.chars().allMatch(c -> c < 0x80);
    }

    /** The decoded path (H-20). */
    String path() {
        return path;
    }

    /** What follows the question mark, as received; empty if there is none. */
    String query() {
        return query;
    }

    boolean isHttp10() {
        return http10;
    }

    /** Whether the client wants to go on with this connection. */
    boolean isKeepAlive() {
        return keepAlive;
    }

    /** Whether the client holds its body back until it is asked for (H-10). */
    boolean isExpectingContinue() {
        return expectsContinue;
    }

    /** Whether the client wants to go on with another protocol, named in small letters. */
    boolean isUpgradeTo(String protocol) {
        return method.equals("GET")
                && !http10
                && contentLength == 0
                && headers.containsValue(HttpHeaderNames.UPGRADE, protocol, true)
                && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
    }

    /** Bytes of the body, or {@link #CHUNKED}. */
    long contentLength() {
        return contentLength;
    }

    /** What the client says to show who it is; empty if nothing. */
    String authorization() {
        return headers.get(HttpHeaderNames.AUTHORIZATION, "");
    }

    /** All headers, by their names. */
    Map<String, List<String>> headers() {
        Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (Map.Entry<String, String> header : headers) {
            all.computeIfAbsent(header.getKey(), name -> new ArrayList<>()).add(header.getValue());
        }
        return all;
    }

    /** The type of the body; empty if not given. */
    String contentType() {
        return contentType;
    }
}
