package io.nsqd.core.policy;

import io.nsqd.api.Errors;
import io.nsqd.core.disk.AtomicFile;
import io.nsqd.spi.DocumentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Documents as files of the data path, each named {@code nsqd.} and as it is. */
public final class FileDocuments implements DocumentStore {
    private final Path directory;

    /** @param directory the data path */
    public FileDocuments(Path directory) {
        this.directory = directory;
    }

    private Path file(String name) {
        return directory.resolve("nsqd." + name);
    }

    @Override
    public Optional<byte[]> loadDocument(String name) throws IOException {
        Path file = file(name);
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw Errors.failed("read", file, e);
        }
    }

    @Override
    public void saveDocument(String name, byte[] content) throws IOException {
        Path file = file(name);
        try {
            AtomicFile.replace(file, content);
        } catch (IOException e) {
            throw Errors.failed("write", file, e);
        }
    }
}
