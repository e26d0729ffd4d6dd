package io.nsqd.peer;

import io.nsqd.api.Addresses;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a peer is asked, as Go reads it, and in the form that Java's client takes.
 *
 * @param uri where to, without credentials
 * @param userInfo {@code user:password}, percent-encoded as it was given; empty for none
 */
record PeerUrl(URI uri, String userInfo) {
    private static final String HTTP = "http";
    private static final String HTTPS = "https";
    private static final Pattern ABSOLUTE =
            Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*)://([^/?#]*)([^#]*).*", Pattern.DOTALL);
    private static final Pattern HAS_SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*):.*", Pattern.DOTALL);

    /** What may stand in credentials. */
    private static final Pattern USER_INFO = Pattern.compile("[-a-zA-Z0-9._:~!$&'()*+,;=%@]*");

    /** What may stand in a path and a query as it is. */
    private static final String LEGAL = "-._~!$&'()*+,;=:@/?%";

    /**
     * Reads an absolute URL. A host's name may have to be looked up, which blocks.
     *
     * @throws IOException saying what is wrong with it, but not what it is: a query may hold a secret
     */
    static PeerUrl parse(String url) throws IOException {
        Matcher parts = ABSOLUTE.matcher(url);
        if (!parts.matches()) {
            throw new IOException("not an address of a server");
        }
        String scheme = parts.group(1).toLowerCase(Locale.ROOT);
        if (!scheme.equals(HTTP) && !scheme.equals(HTTPS)) {
            throw new IOException("unsupported protocol scheme \"" + scheme + "\"");
        }
        String authority = parts.group(2);
        int at = authority.lastIndexOf('@');
        String userInfo = authority.substring(0, Math.max(0, at));
        if (!USER_INFO.matcher(userInfo).matches()) {
            throw new IOException("invalid user and password");
        }
        String rest = legal(parts.group(3));
        try {
            URI uri =
                    URI.create(scheme + "://" + authority.substring(at + 1) + (rest.startsWith("/") ? "" : "/") + rest);
            return new PeerUrl(resolvable(uri), userInfo);
        } catch (IllegalArgumentException e) {
            // Its message would show the query.
            throw new IOException("not an address of a server");
        }
    }

    /** Percent-encodes what Go sends in that way, too: blanks, umlauts. */
    private static String legal(String text) {
        StringBuilder legal = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || LEGAL.indexOf(c) >= 0)) {
                legal.append(c);
            } else {
                legal.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            }
        }
        return legal.toString();
    }

    /**
     * Java wants a host's name to keep the rules, which one with an underscore does not, nor none at all, which is this host: the
     * address takes its place.
     */
    private static URI resolvable(URI uri) throws IOException {
        if (uri.getHost() != null) {
            return uri;
        }
        String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        int colon = authority.lastIndexOf(':');
        String host = colon < 0 ? authority : authority.substring(0, colon);
        String address = Addresses.ip(InetAddress.getByName(host));
        String port = colon < 0 ? "" : authority.substring(colon);
        String rest = uri.toString().substring(uri.getScheme().length() + "://".length() + authority.length());
        return URI.create(
                uri.getScheme() + "://" + (address.contains(":") ? "[" + address + "]" : address) + port + rest);
    }

    boolean isSecure() {
        return uri.getScheme().equals(HTTPS);
    }

    /** The same page by HTTPS. */
    PeerUrl secure(long port) {
        String rest = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        return new PeerUrl(URI.create(HTTPS + "://" + uri.getHost() + ":" + port + rest), userInfo);
    }

    /**
     * Where a redirect leads. Credentials stay with whoever they were given for.
     *
     * @throws IOException when it leads nowhere
     */
    PeerUrl redirected(String location) throws IOException {
        if (HAS_SCHEME.matcher(location).matches()) {
            return parse(location);
        }
        if (location.startsWith("//")) {
            return parse(uri.getScheme() + ":" + location);
        }
        try {
            String reference = location.replaceFirst("#.*", "");
            return new PeerUrl(uri.resolve(legal(reference)), userInfo);
        } catch (IllegalArgumentException e) {
            throw new IOException("redirected to what is no address");
        }
    }

    /** The credentials as a header has them; empty for none. */
    String authorization() throws IOException {
        if (userInfo.isEmpty()) {
            return "";
        }
        int colon = userInfo.indexOf(':');
        byte[] user = decoded(colon < 0 ? userInfo : userInfo.substring(0, colon));
        byte[] password = decoded(colon < 0 ? "" : userInfo.substring(colon + 1));
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(user);
        both.write(':');
        both.writeBytes(password);
        return "Basic " + Base64.getEncoder().encodeToString(both.toByteArray());
    }

    private static byte[] decoded(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != '%') {
                bytes.write(text.charAt(i));
                continue;
            }
            try {
                bytes.write(Integer.parseUnsignedInt(text, i + 1, i + 3, 16));
            } catch (NumberFormatException | IndexOutOfBoundsException e) {
                throw new IOException("invalid user and password");
            }
            i += 2;
        }
        return bytes.toByteArray();
    }

    /** What may be shown to anybody. */
    String shown() {
        return uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath();
    }
}
