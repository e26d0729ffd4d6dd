package io.nsqd.core.disk;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
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
    private final ObjectMapper json = new ObjectMapper();

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
            throw new IOException("failed to read metadata from " + file + " - " + e.getMessage(), e);
        }
        try {
            JsonNode root = json.readTree(content);
            if (content.length == 0 || root.isMissingNode()) {
                throw unusable("unexpected end of JSON input", null);
            }
            if (!root.isObject() && !root.isNull()) {
                throw unusable("not an object", null);
            }
            return new Metadata(topics(root.path("topics")));
        } catch (JsonProcessingException e) {
            throw unusable(e.getOriginalMessage(), e);
        }
    }

    private IOException unusable(String why, IOException cause) {
        return new IOException(
                "failed to parse metadata in " + file + " - " + why
                        + " (restore it or move it away: messages on disk come back when their topics and channels are made again)",
                cause);
    }

    private static List<TopicEntry> topics(JsonNode nodes) {
        List<TopicEntry> topics = new ArrayList<>();
        for (JsonNode node : nodes) {
            List<ChannelEntry> channels = new ArrayList<>();
            for (JsonNode channel : node.path("channels")) {
                channels.add(new ChannelEntry(
                        channel.path("name").asText(), channel.path("paused").asBoolean()));
            }
            topics.add(new TopicEntry(
                    node.path("name").asText(), node.path("paused").asBoolean(), List.copyOf(channels)));
        }
        return List.copyOf(topics);
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
