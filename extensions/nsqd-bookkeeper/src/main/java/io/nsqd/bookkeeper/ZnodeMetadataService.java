package io.nsqd.bookkeeper;

import io.nsqd.json.JsonException;
import io.nsqd.json.JsonObject;
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
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Topics and channels in a versioned node of ZooKeeper: a writer that has not seen what is there is refused. The text is that of the Go
 * daemon's file, compressed, as a node takes one megabyte.
 */
final class ZnodeMetadataService implements MetadataService {
    /** ZooKeeper refuses more, and does so by breaking off the connection. */
    private static final int MOST_BYTES = 1_000_000;

    private final Znodes znodes;
    private final String path;
    private int version = -1;

    ZnodeMetadataService(Znodes znodes, String path) {
        this.znodes = znodes;
        this.path = path;
    }

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
