package io.nsqd.launcher.plugin;

import io.nsqd.api.MessageBatch;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.MetadataService;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Dictionary;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/**
 * A plug-in for tests: a storage and a metadata service of the name {@code keeper}, which write the bodies of messages and the
 * names of topics to files in the directory {@code keeper.directory}, one a line.
 *
 * <p>A message takes {@code Message-Millis}, and saving the metadata {@code Metadata-Millis}. What is interrupted, and everything once
 * there is a file {@code refuse}, fails.
 */
public final class Keeper implements BundleActivator, BackendQueueFactory, BackendQueue, MetadataService {
    private Path directory;
    private long messageMillis;
    private long metadataMillis;
    private volatile int depth;

    @Override
    public void start(BundleContext context) {
        directory = Path.of(context.getProperty("keeper.directory"));
        Dictionary<String, String> headers = context.getBundle().getHeaders();
        messageMillis = Long.parseLong(headers.get("Message-Millis"));
        metadataMillis = Long.parseLong(headers.get("Metadata-Millis"));
        context.registerService(
                BackendQueueFactory.class,
                this,
                FrameworkUtil.asDictionary(Map.of(BackendQueueFactory.NAME, "keeper")));
        context.registerService(
                MetadataService.class, this, FrameworkUtil.asDictionary(Map.of(MetadataService.NAME, "keeper")));
    }

    @Override
    public void stop(BundleContext context) {
        // The framework takes the services away.
    }

    @Override
    public BackendQueue open(String name, Listener listener) {
        Keeper queue = new Keeper();
        queue.directory = directory;
        queue.messageMillis = messageMillis;
        return queue;
    }

    private void keep(String file, String line, long millis) throws IOException {
        if (Files.exists(directory.resolve("refuse"))) {
            throw new IOException("the keeper refuses");
        }
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IOException("the keeper was interrupted", e);
        }
        Files.writeString(directory.resolve(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public CompletableFuture<Void> append(MessageBatch batch) {
        try {
            for (int i = 0; i < batch.size(); i++) {
                String body = new String(batch.block(i), batch.offset(i), batch.length(i), StandardCharsets.UTF_8);
                keep("messages", body, messageMillis);
                int more = depth + 1;
                depth = more;
            }
            return CompletableFuture.completedFuture(null);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public int read(int maxMessages, long maxBytes, MessageBatch batch) {
        return 0;
    }

    @Override
    public void forget(int messages) {
        // Nothing is read.
    }

    @Override
    public long depth() {
        return depth;
    }

    @Override
    public boolean hasUnread() {
        return false;
    }

    @Override
    public CompletableFuture<Void> empty() {
        return CompletableFuture.failedFuture(new IOException("the keeper keeps"));
    }

    @Override
    public CompletableFuture<Void> delete() {
        return CompletableFuture.failedFuture(new IOException("the keeper keeps"));
    }

    @Override
    public void sync() {
        // All is written at once.
    }

    @Override
    public void close() {
        // Nothing is open.
    }

    @Override
    public String location() {
        return "the keeper";
    }

    @Override
    public Metadata load() {
        return Metadata.EMPTY;
    }

    @Override
    public void save(Metadata metadata) throws IOException {
        // Not at the start, when there are none.
        for (Metadata.TopicEntry topic : metadata.topics()) {
            keep("topics", topic.name(), metadataMillis);
        }
    }
}
