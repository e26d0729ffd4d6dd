package io.nsqd.net;

import io.netty.handler.ssl.SslContext;
import io.nsqd.api.Options;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TLS contexts from PEM files, read again when the files change. Any thread. */
final class FileTlsContexts implements TlsContexts {
    private static final Logger LOG = LoggerFactory.getLogger(FileTlsContexts.class);

    private final Map<TlsFiles, Loaded> loaded = new HashMap<>();

    /** A context, and the state of the files that it was, or could not be, made from. */
    private record Loaded(SslContext context, List<String> stamps) {}

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
            context = files.load();
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
