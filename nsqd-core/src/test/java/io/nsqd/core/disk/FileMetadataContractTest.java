package io.nsqd.core.disk;

import io.nsqd.spi.MetadataService;
import io.nsqd.spi.contract.MetadataServiceContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** nsqd.dat keeps the contract of all metadata services. */
final class FileMetadataContractTest extends MetadataServiceContract {
    @TempDir
    Path directory;

    @Override
    protected MetadataService open() {
        return new FileMetadataService(directory);
    }

    @Override
    protected boolean damage() throws IOException {
        Files.writeString(directory.resolve("nsqd.dat"), "{\"topics\":[{\"name\":");
        return true;
    }
}
