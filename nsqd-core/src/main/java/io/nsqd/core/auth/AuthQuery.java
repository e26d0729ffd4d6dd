package io.nsqd.core.auth;

import io.nsqd.spi.Credentials;
import java.nio.charset.StandardCharsets;

/** The query of a question (P-73): keys in alphabetical order, form-encoded as Go does it. */
final class AuthQuery {
    private static final String HEX = "0123456789ABCDEF";

    private AuthQuery() {}

    static String of(Credentials credentials) {
        return "common_name=" + encoded(credentials.commonName()) + "&remote_ip=" + encoded(credentials.remoteIp())
                + "&secret=" + encoded(credentials.secret()) + "&tls=" + credentials.tls();
    }

    private static String encoded(String text) {
        return encoded(text.getBytes(StandardCharsets.UTF_8));
    }

    /** By bytes, as a secret may be no text; and unlike {@code URLEncoder} a tilde stays and an asterisk does not. */
    private static String encoded(byte[] bytes) {
        StringBuilder text = new StringBuilder(bytes.length + 16);
        for (byte b : bytes) {
            if (b == ' ') {
                text.append('+');
            } else if (isUnreserved(b)) {
                text.append((char) b);
            } else {
                text.append('%').append(HEX.charAt(b >> 4 & 0xf)).append(HEX.charAt(b & 0xf));
            }
        }
        return text.toString();
    }

    private static boolean isUnreserved(byte b) {
        return (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || (b >= '0' && b <= '9')
                || b == '-'
                || b == '_'
                || b == '.'
                || b == '~';
    }
}
