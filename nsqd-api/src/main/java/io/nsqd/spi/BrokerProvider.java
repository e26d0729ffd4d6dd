package io.nsqd.spi;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Options;
import java.io.IOException;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** Starts brokers in a plain program; {@link io.nsqd.api.EmbeddedNsqd} finds it with {@link java.util.ServiceLoader}. */
@ProviderType
public interface BrokerProvider {
    /**
     * Starts a broker and makes it known as {@link Nsqd}.
     *
     * @param services where it looks for the storage and the metadata service that the options name
     * @param fatal told, in words, why the broker cannot go on; at most once
     * @return stops it: the messages are with the storage when that returns
     * @throws IOException saying why it cannot start, in the words of the daemon; nothing of it is left then
     */
    AutoCloseable start(Options options, Services services, Consumer<String> fatal) throws IOException;
}
