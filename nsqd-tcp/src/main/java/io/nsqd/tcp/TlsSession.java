package io.nsqd.tcp;

import io.netty.handler.ssl.SslHandler;
import io.nsqd.stats.ClientStats;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLSession;

/** A TLS session under the names that NSQ's tools know (T-17). */
final class TlsSession {
    /** The suites that have a name. */
    private static final Set<String> NAMED = Set.of(
            "TLS_RSA_WITH_RC4_128_SHA",
            "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "TLS_RSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
            "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");

    /** The numbers of the others that Java may negotiate. */
    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            Map.entry("TLS_AES_128_GCM_SHA256", 0x1301),
            Map.entry("TLS_AES_256_GCM_SHA384", 0x1302),
            Map.entry("TLS_CHACHA20_POLY1305_SHA256", 0x1303),
            Map.entry("TLS_RSA_WITH_AES_128_CBC_SHA256", 0x003c),
            Map.entry("TLS_RSA_WITH_AES_256_CBC_SHA256", 0x003d),
            Map.entry("TLS_RSA_WITH_AES_128_GCM_SHA256", 0x009c),
            Map.entry("TLS_RSA_WITH_AES_256_GCM_SHA384", 0x009d),
            Map.entry("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", 0xc023),
            Map.entry("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", 0xc024),
            Map.entry("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", 0xc027),
            Map.entry("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", 0xc028),
            Map.entry("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xc02c),
            Map.entry("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xc030),
            Map.entry("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca8),
            Map.entry("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca9));

    private TlsSession() {}

    static ClientStats.Tls of(SslHandler tls) {
        SSLSession session = tls.engine().getSession();
        String negotiated = tls.applicationProtocol();
        return new ClientStats.Tls(
                suite(session.getCipherSuite()), version(session.getProtocol()), negotiated == null ? "" : negotiated);
    }

    static String suite(String name) {
        // Java has kept an older prefix for the oldest.
        String standard = name.startsWith("SSL_") ? "TLS_" + name.substring("SSL_".length()) : name;
        if (NAMED.contains(standard)) {
            return standard;
        }
        Integer number = NUMBERS.get(standard);
        return "Unknown " + (number == null ? standard : number);
    }

    private static String version(String protocol) {
        return protocol.equals("TLSv1") ? "TLS1.0" : protocol.replace("TLSv", "TLS");
    }
}
