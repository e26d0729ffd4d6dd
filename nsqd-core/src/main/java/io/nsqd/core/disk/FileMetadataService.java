package io.nsqd.core.disk;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.nsqd.api.Durability;
import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.json.JsonException;
import io.nsqd.json.JsonObject;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.Metadata.ChannelEntry;
import io.nsqd.spi.Metadata.TopicEntry;
import io.nsqd.spi.MetadataService;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The default metadata service, {@code file}: {@code nsqd.dat} in the data path, as the Go daemon writes it (B-30). A daemon that promises
 * more adds a key, {@value #DURABILITY}, which the Go daemon skips and does not write: so it shows whether one has been here since.
 */
public final class FileMetadataService implements MetadataService {
    /** The value of {@link MetadataService#NAME}. */
    public static final String METADATA = "file";

    private static final String DURABILITY = "durability";

    private final Path file;
    private volatile Durability durability;
    private volatile Optional<Boolean> promised = Optional.empty();
    private final JsonFactory json = new JsonFactory();

    /** @param directory the data path of a daemon that promises no more than the Go daemon */
    public FileMetadataService(Path directory) {
        this(directory, Durability.MEMORY);
    }

    /**
     * @param directory the data path
     * @param durability what the daemon promises
     */
    public FileMetadataService(Path directory, Durability durability) {
        file = directory.resolve("nsqd.dat");
        this.durability = durability;
    }

    /**
     * Whether the file that was loaded last was written by a daemon that keeps a journal; empty where there was none. Any thread.
     */
    public Optional<Boolean> isFromDaemonWithJournal() {
        return promised;
    }

    /** More is promised than the options say; before anything is saved. */
    public void raise(Durability most) {
        durability = most.compareTo(durability) > 0 ? most : durability;
    }

    @Override
    public String location() {
        return file.toString();
    }

    @Override
    public Metadata load() throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            promised = Optional.empty();
            return Metadata.EMPTY;
        } catch (IOException e) {
            throw new IOException("failed to read metadata from " + file + " - " + Errors.describe("open", file, e), e);
        }
        try {
            Metadata metadata = parse(content);
            promised = Optional.of(isFromDaemonWithJournal(content));
            return metadata;
        } catch (JsonException e) {
            throw new IOException(
                    "failed to parse metadata in " + file + " - " + e.getMessage()
                            + " (restore it or move it away: messages on disk come back when their topics and channels are made again)",
                    e);
        }
    }

    /**
     * Reads what the file may contain.
     *
     * @throws JsonException where the Go daemon would not start with it either
     */
    public static Metadata parse(byte[] content) throws JsonException {
        JsonObject root = JsonObject.read(content, "topics", "version");
        // Nobody asks which it is, but a daemon that cannot read it does not start.
        root.text("version");
        List<TopicEntry> topics = new ArrayList<>();
        for (JsonObject topic : root.objects("topics", "name", "paused", "channels")) {
            List<ChannelEntry> channels = new ArrayList<>();
            for (JsonObject channel : topic.objects("channels", "name", "paused")) {
                channels.add(new ChannelEntry(channel.text("name"), channel.flag("paused")));
            }
            topics.add(new TopicEntry(topic.text("name"), topic.flag("paused"), List.copyOf(channels)));
        }
        return new Metadata(List.copyOf(topics));
    }

    /** Whether a daemon that keeps a journal has written that; the text is one that {@link #parse} takes. */
    public static boolean isFromDaemonWithJournal(byte[] content) throws JsonException {
        JsonObject root = JsonObject.read(content, DURABILITY);
        try {
            return !root.text(DURABILITY).isEmpty();
        } catch (JsonException e) {
            // Somebody else's key of that name, which is nothing to us.
            return false;
        }
    }

    @Override
    public void save(Metadata metadata) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try (JsonGenerator out = json.createGenerator(content, JsonEncoding.UTF8)) {
            out.writeStartObject();
            out.writeFieldName("topics");
            // The Go daemon writes null for what has no element.
            if (metadata.topics().isEmpty()) {
                out.writeNull();
            } else {
                out.writeStartArray();
                for (TopicEntry topic : metadata.topics()) {
                    write(topic, out);
                }
                out.writeEndArray();
            }
            out.writeStringField("version", Nsqd.VERSION);
            if (durability != Durability.MEMORY) {
                out.writeStringField(DURABILITY, durability.name().toLowerCase(Locale.ROOT));
            }
            out.writeEndObject();
        }
        try {
            AtomicFile.replace(file, content.toByteArray());
        } catch (IOException e) {
            throw Errors.failed("write", file, e);
        }
    }

    private static void write(TopicEntry topic, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", topic.name());
        out.writeBooleanField("paused", topic.paused());
        out.writeFieldName("channels");
        if (topic.channels().isEmpty()) {
            out.writeNull();
        } else {
            out.writeStartArray();
            for (ChannelEntry channel : topic.channels()) {
                out.writeStartObject();
                out.writeStringField("name", channel.name());
                out.writeBooleanField("paused", channel.paused());
                out.writeEndObject();
            }
            out.writeEndArray();
        }
        out.writeEndObject();
    }
}
