package io.nsqd.core.retention;

import io.nsqd.core.disk.AtomicFile;
import io.nsqd.core.disk.FileCalls;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What a directory of retained files has: of files that nothing more comes to the file {@code index} says it, a line for each, and the
 * others are looked through. It only saves time: without it, or with a wrong one, nothing is lost.
 */
final class RetainedIndex {
    private static final Logger LOG = LoggerFactory.getLogger(RetainedIndex.class);
    private static final String NAME = "index";
    private static final int FIELDS = 5;

    private final FileCalls calls;
    private final Path directory;

    RetainedIndex(FileCalls calls, Path directory) {
        this.calls = calls;
        this.directory = directory;
    }

    /**
     * Finds the files and what is in them, the oldest first. Waits for the disk.
     *
     * @throws IOException when the directory cannot be read
     */
    List<RetainedFile> find() throws IOException {
        Map<Long, RetainedFile> known = read();
        List<RetainedFile> found = new ArrayList<>();
        for (long number : numbers()) {
            try {
                Path path = RetainedFile.path(directory, number);
                RetainedFile file = known.get(number);
                if (file == null || file.bytes() != calls.size(path)) {
                    file = scan(path, number);
                }
                if (file.count() > 0) {
                    found.add(file);
                } else {
                    calls.delete(path);
                }
            } catch (IOException e) {
                LOG.error("NSQ: a file of retained messages cannot be read - {}", e.toString());
            }
        }
        return found;
    }

    private Iterable<Long> numbers() throws IOException {
        TreeSet<Long> numbers = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + RetainedFile.SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                try {
                    long number = Long.parseLong(name.substring(0, name.length() - RetainedFile.SUFFIX.length()));
                    if (RetainedFile.path(directory, number).equals(file)) {
                        numbers.add(number);
                    }
                } catch (NumberFormatException e) {
                    LOG.debug("{} is none of ours", file);
                }
            }
        }
        return numbers;
    }

    /** Looks through a file: what is behind the last intact frame was being written when the daemon ended. */
    private RetainedFile scan(Path path, long number) throws IOException {
        RetainedFile file = RetainedFile.empty(number, 0);
        try (FrameReader reader = new FrameReader(calls, path, Long.MAX_VALUE)) {
            for (RetainedFormat.Header frame = reader.next(); frame != null; frame = reader.next()) {
                if (reader.frame() == null) {
                    return file;
                }
                file = file.with(frame);
            }
        }
        return file;
    }

    private Map<Long, RetainedFile> read() {
        Map<Long, RetainedFile> files = new HashMap<>();
        try {
            for (String line : Files.readAllLines(directory.resolve(NAME), StandardCharsets.US_ASCII)) {
                String[] fields = line.split(" ", -1);
                if (fields.length == FIELDS) {
                    RetainedFile file = new RetainedFile(
                            Long.parseLong(fields[0]),
                            Long.parseLong(fields[1]),
                            Long.parseLong(fields[2]),
                            Long.parseLong(fields[3]),
                            Long.parseLong(fields[4]));
                    files.put(file.number(), file);
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} is new", directory);
        } catch (IOException | NumberFormatException e) {
            LOG.warn("NSQ: {} is of no use, all retained messages are looked through - {}", directory, e.toString());
            files.clear();
        }
        return files;
    }

    /** Takes down what is in files that nothing more comes to. Waits for the disk. */
    void write(List<RetainedFile> files) throws IOException {
        StringBuilder text = new StringBuilder();
        for (RetainedFile file : files) {
            text.append(file.number()).append(' ');
            text.append(file.first()).append(' ');
            text.append(file.count()).append(' ');
            text.append(file.bytes()).append(' ');
            text.append(file.newestNanos()).append('\n');
        }
        AtomicFile.replace(directory.resolve(NAME), text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    void delete() throws IOException {
        calls.delete(directory.resolve(NAME));
    }
}
