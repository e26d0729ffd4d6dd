package io.nsqd.core.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Durability;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.Metadata.ChannelEntry;
import io.nsqd.spi.Metadata.TopicEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    /** Go's daemon does not write the key: a file without it is not the last one of a daemon with a journal. */
    @Test
    @Tag("B-30")
    void aDaemonThatPromisesMoreSaysSoInTheFile() throws IOException {
        FileMetadataService service = new FileMetadataService(directory, Durability.WRITTEN);
        service.save(Metadata.EMPTY);
        assertEquals(
                "{\"topics\":null,\"version\":\"1.3.0\",\"durability\":\"written\"}",
                Files.readString(directory.resolve("nsqd.dat")));
        assertEquals(Optional.empty(), service.isFromDaemonWithJournal());
        assertEquals(Metadata.EMPTY, service.load());
        assertEquals(Optional.of(true), service.isFromDaemonWithJournal());
        for (String others : List.of("", ",\"durability\":7", ",\"durability\":null", ",\"durability\":{}")) {
            Files.writeString(directory.resolve("nsqd.dat"), "{\"topics\":null,\"version\":\"1.3.0\"" + others + "}");
            assertEquals(Metadata.EMPTY, service.load());
            assertEquals(Optional.of(false), service.isFromDaemonWithJournal());
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
    @Tag("B-30")
    void keysAreReadInWhateverCase() throws IOException {
        assertEquals(
                List.of(new TopicEntry("t", true, List.of(new ChannelEntry("c", true)))),
                load("{\"Topics\":[{\"NAME\":\"t\",\"Paused\":true,\"CHANNELS\":[{\"nAmE\":\"c\",\"PAUSED\":true}]}]}")
                        .topics());
    }

    @Test
    @Tag("B-30")
    void ofEqualKeysTheLastCountsAndNullIsNoValue() throws IOException {
        assertEquals(
                List.of(new TopicEntry("t", true, List.of())),
                load("{\"topics\":[{\"name\":\"x\",\"paused\":true,\"Name\":\"t\",\"paused\":null}]}")
                        .topics());
        assertEquals(Metadata.EMPTY, load("{\"topics\":[{\"name\":\"t\"}],\"topics\":null}"));
    }

    /** The Go daemon does not start with these: what is read by half loses the other half at the next save. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"topics\":\"x\"} | topics is a text and not a list",
                "{\"topics\":{}} | topics is an object and not a list",
                "{\"topics\":[\"t\"]} | topics is a text and not an object",
                "{\"topics\":[[]]} | topics is a list and not an object",
                "{\"topics\":[{\"name\":5}]} | topics.name is a number and not a text",
                "{\"topics\":[{\"name\":\"t\",\"paused\":\"yes\"}]} | topics.paused is a text and not true or false",
                "{\"topics\":[{\"name\":\"t\",\"paused\":1}]} | topics.paused is a number and not true or false",
                "{\"topics\":[{\"name\":\"t\",\"channels\":\"x\"}]} | topics.channels is a text and not a list",
                "{\"topics\":[{\"name\":\"t\",\"channels\":{\"name\":\"c\"}}]} | topics.channels is an object and not a list",
                "{\"topics\":[{\"name\":\"t\",\"channels\":[{\"name\":[]}]}]} | topics.channels.name is a list and not a text",
                "{\"topics\":[{\"name\":\"t\",\"channels\":[{\"name\":\"c\",\"paused\":0}]}]} | topics.channels.paused is a number and not true or false",
                "{\"topics\":[],\"version\":1.3} | version is a number and not a text",
                "{\"topics\":[]} x | invalid character 'x' after top-level value",
                "{\"topics\":[]}{} | invalid character '{' after top-level value",
                "{\"topics\":[{\"name\":\"t\"},]} | invalid character ']' looking for beginning of value",
                "[] | it is a list and not an object",
                "5 | it is a number and not an object",
                "\ufeff{} | invalid character 'ï' looking for beginning of value"
            })
    @Tag("B-30")
    @Tag("B-32")
    @Tag("O-27")
    void whatIsNotAsItShouldBeIsRefusedAndLeftAsItIs(String content, String why) throws IOException {
        IOException failure = assertThrows(IOException.class, () -> load(content), content);
        Path file = directory.resolve("nsqd.dat");
        assertTrue(
                failure.getMessage().startsWith("failed to parse metadata in " + file + " - " + why + " ("),
                failure.getMessage());
        assertEquals(content, Files.readString(file));
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
                failure.getMessage()
                        .matches("failed to read metadata from (.*)/nsqd.dat - open \\1/nsqd.dat: is a directory"),
                failure.getMessage());
    }
}
