package io.nsqd.core.disk;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
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

/** The default metadata service, {@code file}: {@code nsqd.dat} in the data path, as the Go daemon writes it (B-30). */
public final class FileMetadataService implements MetadataService {
    /** The value of {@link MetadataService#NAME}. */
    public static final String METADATA = "file";

    private final Path file;
    private final JsonFactory json = new JsonFactory();

    /** @param directory the data path */
    public FileMetadataService(Path directory) {
        file = directory.resolve("nsqd.dat");
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
            return Metadata.EMPTY;
        } catch (IOException e) {
            throw new IOException("failed to read metadata from " + file + " - " + Errors.describe("open", file, e), e);
        }
        try {
            return parse(content);
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
