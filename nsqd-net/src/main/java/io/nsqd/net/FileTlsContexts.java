package io.nsqd.net;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.TlsVersion;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** TLS contexts from PEM files (O-40, O-41). Any thread. */
final class FileTlsContexts implements TlsContexts {
    @Override
    public Optional<SslContext> server(Options options) throws IOException {
        String certificate = options.string(Option.TLS_CERT);
        String key = options.string(Option.TLS_KEY);
        if (certificate.isEmpty() && key.isEmpty()) {
            return Optional.empty();
        }
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(new File(certificate), new File(key))
                    .protocols(protocols(options));
            clientAuthentication(builder, options);
            return Optional.of(builder.build());
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException("failed to instantiate nsqd - failed to build TLS config - " + rootMessage(e), e);
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    private static void clientAuthentication(SslContextBuilder builder, Options options) {
        String roots = options.string(Option.TLS_ROOT_CA_FILE);
        switch (options.string(Option.TLS_CLIENT_AUTH_POLICY)) {
            case "require" -> builder.clientAuth(ClientAuth.REQUIRE).trustManager(InsecureTrustManagerFactory.INSTANCE);
            case "require-verify" -> {
                builder.clientAuth(ClientAuth.REQUIRE);
                if (!roots.isEmpty()) {
                    builder.trustManager(new File(roots));
                }
            }
            default -> builder.clientAuth(ClientAuth.NONE);
        }
    }

    /** older than TLS 1.2 only where the flag names it. */
    private static List<String> protocols(Options options) {
        TlsVersion least = options.given().contains(Option.TLS_MIN_VERSION)
                ? (TlsVersion) options.value(Option.TLS_MIN_VERSION)
                : TlsVersion.TLS1_2;
        List<String> protocols = new ArrayList<>();
        for (TlsVersion version : TlsVersion.values()) {
            if (version.compareTo(least) >= 0) {
                String name = version.toString().toUpperCase(Locale.ROOT).replace("TLS", "TLSv");
                protocols.add(name.equals("TLSv1.0") ? "TLSv1" : name);
            }
        }
        return protocols;
    }
}
