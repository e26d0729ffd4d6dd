package io.nsqd.net;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.nsqd.api.Options;
import java.io.IOException;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** TLS as the options configure it. An OSGi service. */
@ProviderType
public interface TlsContexts {
    /**
     * The server's context, to be asked for with each handshake: when the files have changed it is a new one. While changed
     * files cannot be used the one before remains.
     *
     * @return nothing when neither {@code tls-cert} nor {@code tls-key} is set (O-41)
     * @throws IOException when a file cannot be read or does not hold what it should, and none did before
     */
    Optional<SslContext> server(Options options) throws IOException;

    /** Who does a context's work, for administrators: {@code BoringSSL} or {@code the JDK}. */
    static String provider(SslContext context) {
        return context instanceof OpenSslContext ? OpenSsl.versionString() : "the JDK";
    }
}
