package io.nsqd.core.disk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the meta file of a disk queue says (S-7).
 *
 * @param depth messages, for information only (S-16)
 * @param readFile number of the file to read next
 * @param readPos where to read in it
 * @param writeFile number of the file to write next
 * @param writePos where to write in it
 */
record DiskMeta(long depth, long readFile, long readPos, long writeFile, long writePos) {
    private static final Pattern FORMAT =
            Pattern.compile("(-?\\d{1,18})\\r?\\n(\\d{1,18}),(\\d{1,18})\\r?\\n(\\d{1,18}),(\\d{1,18})\\s*");

    /** A queue that was never written. */
    static final DiskMeta FRESH = new DiskMeta(0, 0, 0, 0, 0);

    /**
     * Reads a meta file.
     *
     * @throws java.nio.file.NoSuchFileException when there is none
     * @throws IOException when it cannot be read or does not have the format
     */
    static DiskMeta read(Path file) throws IOException {
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        Matcher matcher = FORMAT.matcher(text);
        if (!matcher.matches()) {
            throw new IOException("unexpected content of " + file);
        }
        return new DiskMeta(
                Long.parseLong(matcher.group(1)),
                Long.parseLong(matcher.group(2)),
                Long.parseLong(matcher.group(3)),
                Long.parseLong(matcher.group(4)),
                Long.parseLong(matcher.group(5)));
    }

    void write(Path file, boolean durable) throws IOException {
        String text = depth + "\n" + readFile + "," + readPos + "\n" + writeFile + "," + writePos + "\n";
        AtomicFile.replace(file, text.getBytes(StandardCharsets.ISO_8859_1), durable);
    }
}
