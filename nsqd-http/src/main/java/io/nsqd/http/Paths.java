package io.nsqd.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** What is done to paths that are not quite right (H-25). */
final class Paths {
    private static final String UNESCAPED = "-_.~$&+,/:;=@";

    private Paths() {}

    /** Without empty, {@code .} and {@code ..} segments; a trailing slash stays. */
    static String clean(String path) {
        Deque<String> kept = new ArrayDeque<>();
        for (String segment : path.split("/", -1)) {
            if (segment.equals("..")) {
                kept.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.addLast(segment);
            }
        }
        boolean slash = path.endsWith("/") || path.endsWith("/.") || path.endsWith("/..");
        return "/" + String.join("/", kept) + (slash && !kept.isEmpty() ? "/" : "");
    }

    /** With the trailing slash that it does not have, or without the one that it has. */
    static String toggleSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path + "/";
    }

    /** Percent-encodes a decoded path. */
    static String encode(String path) {
        StringBuilder encoded = new StringBuilder(path.length());
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean letterOrDigit = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            append(encoded, c, letterOrDigit || UNESCAPED.indexOf(c) >= 0);
        }
        return encoded.toString();
    }

    /** A query as received, fit for a header: bytes beyond ASCII are percent-encoded. */
    static String encodeQuery(String raw) {
        StringBuilder encoded = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            append(encoded, raw.charAt(i), raw.charAt(i) < 0x7f);
        }
        return encoded.toString();
    }

    private static void append(StringBuilder encoded, char c, boolean asIs) {
        if (asIs) {
            encoded.append(c);
        } else {
            encoded.append(String.format(Locale.ROOT, "%%%02X", (int) c));
        }
    }

    /** For an attribute or the text of a page. */
    static String escapeHtml(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&#34;")
                .replace("'", "&#39;");
    }
}
