package io.nsqd.examples.textmetadata;

import io.nsqd.spi.MetadataService;
import io.nsqd.spi.contract.MetadataServiceContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The service keeps the contract. */
final class TextMetadataTest extends MetadataServiceContract {
    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("topics.txt");
    }

    @Override
    protected MetadataService open() {
        return new TextMetadata(file());
    }

    @Override
    protected boolean damage() throws IOException {
        Files.writeString(file(), "topic t\nchan");
        return true;
    }
}
