package io.nsqd.bookkeeper;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import org.apache.bookkeeper.conf.AbstractConfiguration;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.tls.SecurityException;
import org.apache.bookkeeper.tls.SecurityHandlerFactory;
import org.apache.commons.configuration2.ex.ConversionException;

/**
 * TLS to bookies, by BookKeeper's keys, in place of BookKeeper's own: that cannot be loaded without Bouncy Castle, of which it uses nothing.
 * BookKeeper makes it, by its name.
 */
final class BookieTls implements SecurityHandlerFactory {
    /** What it stands in for. */
    static final String REPLACED = "org.apache.bookkeeper.tls.TLSContextFactory";

    private static final Logger LOG = LoggerFactory.getLogger(BookieTls.class);

    private ClientConfiguration settings;
    private ByteBufAllocator allocator;
    private SslContext context;
    private long madeAt;

    BookieTls() {}

    @Override
    public String getHandlerName() {
        return "tls";
    }

    @Override
    @SuppressWarnings("rawtypes") // BookKeeper's.
    public synchronized void init(NodeType type, AbstractConfiguration conf, ByteBufAllocator buffers)
            throws SecurityException {
        if (!(conf instanceof ClientConfiguration client)) {
            throw new SecurityException("it is for clients");
        }
        settings = client;
        allocator = buffers;
        context = make();
        madeAt = System.nanoTime();
    }

    private SslContext make() throws SecurityException {
        try {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .sslProvider(provider())
                    .endpointIdentificationAlgorithm(settings.getHostnameVerificationEnabled() ? "HTTPS" : null);
            trust(builder);
            if (settings.getTLSClientAuthentication()) {
                present(builder);
            }
            List<String> protocols = words(settings.getTLSEnabledProtocols());
            if (!protocols.isEmpty()) {
                builder.protocols(protocols);
            }
            List<String> ciphers = words(settings.getTLSEnabledCipherSuites());
            if (!ciphers.isEmpty()) {
                builder.ciphers(ciphers);
            }
            return builder.build();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException | ConversionException e) {
            throw new SecurityException(Errors.describe(e), e);
        }
    }

    /** OpenSSL is asked for by default, and not everywhere. */
    private SslProvider provider() {
        return settings.getTLSProvider().trim().equalsIgnoreCase("OpenSSL") && OpenSsl.isAvailable()
                ? SslProvider.OPENSSL
                : SslProvider.JDK;
    }

    private static List<String> words(String list) {
        return list == null
                ? List.of()
                : Arrays.stream(list.split(","))
                        .map(String::strip)
                        .filter(word -> !word.isEmpty())
                        .toList();
    }

    private void trust(SslContextBuilder builder) throws IOException, GeneralSecurityException {
        String type = settings.getTLSTrustStoreType();
        File file = file("tlsTrustStore", settings.getTLSTrustStore());
        if (isPem(type)) {
            builder.trustManager(file);
        } else {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(load(type, file, password(settings.getTLSTrustStorePasswordPath())));
            builder.trustManager(trust);
        }
    }

    private void present(SslContextBuilder builder) throws IOException, GeneralSecurityException {
        String type = settings.getTLSKeyStoreType();
        File file = file("tlsKeyStore", settings.getTLSKeyStore());
        String password = password(settings.getTLSKeyStorePasswordPath());
        if (isPem(type)) {
            File certificate = file("tlsCertificatePath", settings.getTLSCertificatePath());
            builder.keyManager(certificate, file, password.isEmpty() ? null : password);
        } else {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(load(type, file, password), password.toCharArray());
            builder.keyManager(keys);
        }
    }

    private static boolean isPem(String type) {
        return type.strip().equalsIgnoreCase("PEM");
    }

    private static File file(String key, String path) throws IOException {
        if (path == null || path.isEmpty()) {
            throw new IOException(key + " is not given");
        }
        if (!Files.isReadable(Path.of(path))) {
            throw new IOException(key + ": " + path + " cannot be read");
        }
        return new File(path);
    }

    private static String password(String path) throws IOException {
        return path == null || path.isEmpty()
                ? ""
                : Files.readString(Path.of(path), StandardCharsets.UTF_8).strip();
    }

    private static KeyStore load(String type, File file, String password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(type.strip());
        try (InputStream in = Files.newInputStream(file.toPath())) {
            store.load(in, password.toCharArray());
        } catch (IOException e) {
            throw Errors.failed("read", file, e);
        }
        return store;
    }

    /** Certificates are read again where that is asked for; those that cannot be used replace none. */
    private synchronized SslContext fresh() {
        long seconds = settings.getTLSCertFilesRefreshDurationSeconds();
        if (seconds > 0 && System.nanoTime() - madeAt > TimeUnit.SECONDS.toNanos(seconds)) {
            madeAt = System.nanoTime();
            try {
                context = make();
            } catch (SecurityException e) {
                LOG.warn("BOOKKEEPER: TLS goes on with the certificates that it has - {}", e.getMessage());
            }
        }
        return context;
    }

    @Override
    public SslHandler newTLSHandler() {
        return fresh().newHandler(allocator);
    }

    @Override
    public SslHandler newTLSHandler(String host, int port) {
        return fresh().newHandler(allocator, host, port);
    }
}
