package io.nsqd.bookkeeper;

import io.nsqd.api.Errors;
import io.nsqd.json.JsonException;
import io.nsqd.json.JsonObject;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.DocumentStore;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.Metadata.ChannelEntry;
import io.nsqd.spi.Metadata.TopicEntry;
import io.nsqd.spi.MetadataService;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.zookeeper.Watcher;

/**
 * Topics and channels in a versioned node of ZooKeeper: a writer that has not seen what is there is refused. The text is that of the Go
 * daemon's file, compressed, as a node takes one megabyte. Documents, such as the policies, are the cluster's: what one daemon says the
 * others are told of.
 */
final class ZnodeMetadataService implements MetadataService, DocumentStore {
    private static final Logger LOG = LoggerFactory.getLogger(ZnodeMetadataService.class);

    /** ZooKeeper refuses more, and does so by breaking off the connection. */
    private static final int MOST_BYTES = 1_000_000;

    /** After how long a watch is set again that could not be; in vain once the session is over, with which the daemon begins anew. */
    private static final long RETRY_MILLIS = 1000;

    private final Znodes znodes;
    private final String path;
    private final String documents;
    private final Executor thread;
    private int version = -1;

    /** Of each document what was read last, or written. */
    private final Map<String, Integer> versions = new ConcurrentHashMap<>();

    /**
     * @param path of the node with the daemon's topics and channels
     * @param documents of the node above the cluster's documents, which is there
     * @param thread on which somebody is told of changes; may block
     */
    ZnodeMetadataService(Znodes znodes, String path, String documents, Executor thread) {
        this.znodes = znodes;
        this.path = path;
        this.documents = documents;
        this.thread = thread;
    }

    // ---- documents

    @Override
    public Optional<byte[]> loadDocument(String name) throws IOException {
        Optional<Znodes.Found> found = znodes.get(documents + "/" + name);
        versions.put(name, found.map(Znodes.Found::version).orElse(-1));
        return found.map(Znodes.Found::data);
    }

    @Override
    public void saveDocument(String name, byte[] content) throws IOException {
        if (content.length > MOST_BYTES) {
            throw new IOException(name + " is too much for ZooKeeper: " + content.length + " bytes of " + MOST_BYTES);
        }
        String node = documents + "/" + name;
        int known = versions.getOrDefault(name, -1);
        if (known >= 0) {
            versions.put(name, znodes.set(node, content, known));
        } else if (znodes.create(node, content)) {
            versions.put(name, 0);
        } else {
            throw new Znodes.Outdated(node, null);
        }
    }

    @Override
    public void watchDocument(String name, Runnable changed) {
        thread.execute(() -> watch(name, changed));
    }

    /** A watch is told once, so each time it is set again, before it is looked for what has happened meanwhile. */
    private void watch(String name, Runnable changed) {
        try {
            Optional<Znodes.Found> found = znodes.get(documents + "/" + name, event -> {
                if (event.getType() != Watcher.Event.EventType.None) {
                    again(name, changed);
                }
            });
            if (found.map(Znodes.Found::version).orElse(-1) > versions.getOrDefault(name, -1)) {
                changed.run();
            }
        } catch (IOException e) {
            LOG.warn("CLUSTER: what others say of the {} is not known for now - {}", name, Errors.describe(e));
            CompletableFuture.delayedExecutor(RETRY_MILLIS, TimeUnit.MILLISECONDS)
                    .execute(() -> again(name, changed));
        }
    }

    private void again(String name, Runnable changed) {
        try {
            thread.execute(() -> watch(name, changed));
        } catch (RejectedExecutionException e) {
            LOG.debug("the daemon leaves the cluster", e);
        }
    }

    // ---- topics and channels

    @Override
    public String location() {
        return "ZooKeeper, " + path;
    }

    @Override
    public Metadata load() throws IOException {
        Optional<Znodes.Found> found = znodes.get(path);
        if (found.isEmpty()) {
            version = -1;
            return Metadata.EMPTY;
        }
        version = found.get().version();
        return read(found.get().data(), path);
    }

    /** Reads what one has saved. */
    static Metadata read(byte[] data, String path) throws IOException {
        byte[] text;
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(data))) {
            text = in.readAllBytes();
        } catch (IOException e) {
            throw new IOException("the metadata in ZooKeeper, " + path + ", are damaged - " + e.getMessage(), e);
        }
        try {
            List<TopicEntry> topics = new ArrayList<>();
            for (JsonObject topic : JsonObject.read(text, "topics").objects("topics", "name", "paused", "channels")) {
                List<ChannelEntry> channels = new ArrayList<>();
                for (JsonObject channel : topic.objects("channels", "name", "paused")) {
                    channels.add(new ChannelEntry(channel.text("name"), channel.flag("paused")));
                }
                topics.add(new TopicEntry(topic.text("name"), topic.flag("paused"), channels));
            }
            return new Metadata(topics);
        } catch (JsonException e) {
            throw new IOException("the metadata in ZooKeeper, " + path + ", are damaged - " + e.getMessage(), e);
        }
    }

    @Override
    public void save(Metadata metadata) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text(metadata).getBytes(StandardCharsets.UTF_8));
        }
        byte[] data = bytes.toByteArray();
        if (data.length > MOST_BYTES) {
            throw new IOException("topics and channels are too many for ZooKeeper: " + data.length
                    + " bytes, compressed, of " + MOST_BYTES);
        }
        if (version >= 0) {
            version = znodes.set(path, data, version);
        } else if (znodes.create(path, data)) {
            version = 0;
        } else {
            throw new Znodes.Outdated(path, null);
        }
    }

    /** Names are of letters, digits and a few signs: none is to be escaped. */
    private static String text(Metadata metadata) {
        return metadata.topics().stream()
                .map(topic -> "{\"name\":\"" + topic.name() + "\",\"paused\":" + topic.paused() + ",\"channels\":"
                        + topic.channels().stream()
                                .map(channel ->
                                        "{\"name\":\"" + channel.name() + "\",\"paused\":" + channel.paused() + "}")
                                .collect(Collectors.joining(",", "[", "]"))
                        + "}")
                .collect(Collectors.joining(",", "{\"topics\":[", "]}"));
    }
}
