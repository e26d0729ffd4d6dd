package io.nsqd.net;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import io.nsqd.api.Options;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * TLS contexts from PEM files, read again when the files change. BoringSSL does the work where its library can be loaded,
 * and the JDK elsewhere. Any thread.
 */
final class FileTlsContexts implements TlsContexts {
    /** The framework property that picks a provider, {@code native} or {@code jdk}; without it the best available is taken. */
    static final String PROPERTY = "nsqd.tls";

    private static final Logger LOG = LoggerFactory.getLogger(FileTlsContexts.class);
    private static final String JDK = "jdk";

    private final boolean jdk;
    private final Map<TlsFiles, Loaded> loaded = new HashMap<>();

    /** A context, and the state of the files that it was, or could not be, made from. */
    private record Loaded(SslContext context, List<String> stamps) {}

    /** @param wanted the provider to use where it is available; {@code null} for the best */
    FileTlsContexts(String wanted) {
        jdk = JDK.equals(wanted);
    }

    /** Who does the work; asked only where there is some, for to load the library takes a fair part of a start. */
    private SslProvider provider() {
        // One whose contexts and engines need no release: old ones serve until the last connection of theirs is gone.
        return !jdk && OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    @Override
    public Optional<SslContext> server(Options options) throws IOException {
        TlsFiles files = TlsFiles.of(options);
        return files.isConfigured() ? Optional.of(context(files)) : Optional.empty();
    }

    private synchronized SslContext context(TlsFiles files) throws IOException {
        Loaded known = loaded.get(files);
        List<String> stamps = files.stamps();
        if (known != null && known.stamps().equals(stamps)) {
            return known.context();
        }
        SslContext context;
        try {
            context = files.load(provider());
            LOG.info("NET: TLS by {}", TlsContexts.provider(context));
        } catch (IOException e) {
            if (known == null) {
                throw new IOException("failed to instantiate nsqd - failed to build TLS config - " + e.getMessage(), e);
            }
            // Half of a new pair, perhaps: the old one serves until the files change again.
            LOG.warn("NET: the changed TLS files cannot be used - {}", e.getMessage());
            context = known.context();
        }
        loaded.put(files, new Loaded(context, stamps));
        return context;
    }
}
