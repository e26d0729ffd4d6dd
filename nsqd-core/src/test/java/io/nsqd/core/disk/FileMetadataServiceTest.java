package io.nsqd.core.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.spi.Metadata;
import io.nsqd.spi.Metadata.ChannelEntry;
import io.nsqd.spi.Metadata.TopicEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** nsqd.dat (B-30 to B-32). */
final class FileMetadataServiceTest {
    @TempDir
    private Path directory;

    private Metadata load(String content) throws IOException {
        Files.writeString(directory.resolve("nsqd.dat"), content);
        return new FileMetadataService(directory).load();
    }

    @Test
    @Tag("B-30")
    @Tag("B-31")
    @Tag("S-1")
    void theFileIsCompactPrivateAndLeavesNoOtherBehind() throws IOException {
        FileMetadataService service = new FileMetadataService(directory);
        service.save(new Metadata(List.of(
                new TopicEntry("t", false, List.of(new ChannelEntry("c", true))),
                new TopicEntry("u", true, List.of()))));
        Path file = directory.resolve("nsqd.dat");
        assertEquals(
                "{\"topics\":[{\"name\":\"t\",\"paused\":false,\"channels\":[{\"name\":\"c\",\"paused\":true}]},"
                        + "{\"name\":\"u\",\"paused\":true,\"channels\":null}],\"version\":\"1.3.0\"}",
                Files.readString(file));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        service.save(Metadata.EMPTY);
        assertEquals("{\"topics\":null,\"version\":\"1.3.0\"}", Files.readString(file));
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    @Tag("B-30")
    void theOlderLayoutIsReadToo() throws IOException {
        Metadata metadata = load("{\"topics\":[{\"channels\":[{\"name\":\"c\",\"paused\":true}],\"name\":\"t\","
                + "\"paused\":false},{\"channels\":[],\"name\":\"u\",\"paused\":true}],\"version\":\"1.2.0\"}");
        assertEquals(
                List.of(
                        new TopicEntry("t", false, List.of(new ChannelEntry("c", true))),
                        new TopicEntry("u", true, List.of())),
                metadata.topics());
    }

    @Test
    @Tag("B-30")
    void missingKeysNullsAndUnknownKeysAreFine() throws IOException {
        assertEquals(Metadata.EMPTY, load("{}"));
        assertEquals(Metadata.EMPTY, load("{\"topics\":null,\"other\":[1]}"));
        assertEquals(
                List.of(new TopicEntry("t", false, List.of())),
                load("{\"topics\":[{\"name\":\"t\",\"channels\":null,\"x\":{}}],\"version\":\"99\"}")
                        .topics());
    }

    @Test
    @Tag("B-32")
    void noFileIsAFreshStart() throws IOException {
        assertEquals(Metadata.EMPTY, new FileMetadataService(directory).load());
    }

    @Test
    @Tag("B-32")
    @Tag("O-27")
    void anEmptyOrBrokenFileIsAnErrorThatNamesIt() {
        for (String broken : List.of("", "   ", "{", "{\"topics\":[", "[]", "x", "{\"topics\":nul}")) {
            IOException failure = assertThrows(IOException.class, () -> load(broken), broken);
            assertTrue(
                    failure.getMessage()
                            .startsWith("failed to parse metadata in " + directory.resolve("nsqd.dat") + " - "),
                    failure.getMessage());
        }
    }

    @Test
    @Tag("O-27")
    void aFileThatCannotBeReadIsAnErrorThatNamesIt() throws IOException {
        Files.createDirectory(directory.resolve("nsqd.dat"));
        IOException failure = assertThrows(IOException.class, () -> new FileMetadataService(directory).load());
        assertTrue(
                failure.getMessage().startsWith("failed to read metadata from " + directory.resolve("nsqd.dat")),
                failure.getMessage());
    }
}
