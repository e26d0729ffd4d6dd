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
public record DiskMeta(long depth, long readFile, long readPos, long writeFile, long writePos) {
    private static final Pattern FORMAT =
            Pattern.compile("(-?\\d{1,18})\\r?\\n(\\d{1,18}),(\\d{1,18})\\r?\\n(\\d{1,18}),(\\d{1,18})\\s*");

    /** Far more than five numbers of 18 digits take: what is bigger is no meta file and need not be read. */
    private static final int MAX_BYTES = 256;

    /** A queue that was never written. */
    public static final DiskMeta FRESH = new DiskMeta(0, 0, 0, 0, 0);

    /**
     * Reads a meta file.
     *
     * @throws java.nio.file.NoSuchFileException when there is none
     * @throws DamagedFileException when it does not have the format
     * @throws IOException when it cannot be read
     */
    public static DiskMeta read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new DamagedFileException("unexpected content of " + file);
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        Matcher matcher = FORMAT.matcher(text);
        if (!matcher.matches()) {
            throw new DamagedFileException("unexpected content of " + file);
        }
        return new DiskMeta(
                Long.parseLong(matcher.group(1)),
                Long.parseLong(matcher.group(2)),
                Long.parseLong(matcher.group(3)),
                Long.parseLong(matcher.group(4)),
                Long.parseLong(matcher.group(5)));
    }

    /** Whether more was read than was ever written: such a file says nothing (S-21). */
    public boolean isImpossible() {
        return readFile > writeFile || (readFile == writeFile && readPos > writePos);
    }

    /** What the file with these figures has in it. */
    byte[] content() {
        String text = depth + "\n" + readFile + "," + readPos + "\n" + writeFile + "," + writePos + "\n";
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Replaces a meta file, durably. */
    public void write(Path file) throws IOException {
        AtomicFile.replace(file, content());
    }
}
