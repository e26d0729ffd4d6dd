package io.nsqd.core.disk;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * When messages are due that a clean stop moved to the storage, whose format forgets it (B-16): the file {@code nsqd.delays} in the data
 * path, which the Go daemon knows nothing of. It counts for those messages that are found in the storage.
 *
 * <p>After the magic come blocks: topic and channel (each a byte with its length, and its bytes), number (4 bytes), for each message its
 * id, the time of day when it is due and its delay, in nanoseconds (8 each), and the CRC32C of all that (4). Any thread.
 */
public final class DelaysFile {
    private static final Logger LOG = LoggerFactory.getLogger(DelaysFile.class);
    private static final byte[] MAGIC = "NSQDDLY1".getBytes(StandardCharsets.US_ASCII);
    private static final int ENTRY_BYTES = 24;
    private static final int LARGEST_BLOCK = 1 << 20;

    /** The name of the file. */
    public static final String NAME = "nsqd.delays";

    private final Path file;
    private final Path temporary;
    private FileOutputStream writing;
    private DataOutputStream out;
    private IOException failure;

    /** @param directory the data path */
    public DelaysFile(Path directory) {
        file = directory.resolve(NAME);
        temporary = AtomicFile.temporary(file);
    }

    /** Takes what the file says. */
    @FunctionalInterface
    public interface Sink {
        /** A message of a channel, or with an empty channel of a topic; times in nanoseconds, {@code due} since the epoch. */
        void delay(String topic, String channel, long id, long due, long delay);
    }

    /** Reads what a stop has left. What is damaged costs delays, no messages, and is said in the log. */
    public void read(Sink sink) {
        try {
            if (!readAll(sink)) {
                LOG.debug("there are no delays of an earlier run");
            }
        } catch (IOException e) {
            LOG.error("NSQ: {} is damaged, and some messages are not held back any more - {}", file, e.toString());
        }
    }

    /**
     * The same, but says nothing.
     *
     * @return false when there is no such file
     * @throws IOException when it is damaged; what is in front of that was handed out
     */
    public boolean readAll(Sink sink) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            if (!new String(in.readNBytes(MAGIC.length), StandardCharsets.US_ASCII)
                    .equals(new String(MAGIC, StandardCharsets.US_ASCII))) {
                throw new IOException("it does not begin as such a file does");
            }
            while (readBlock(in, sink)) {
                // One after the other.
            }
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (EOFException e) {
            throw new IOException("it ends within a block", e);
        }
    }

    private static boolean readBlock(DataInputStream in, Sink sink) throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        byte[] topic = in.readNBytes(first);
        byte[] channel = in.readNBytes(in.readUnsignedByte());
        int number = in.readInt();
        if (number < 0 || number > LARGEST_BLOCK) {
            throw new IOException(number + " messages in a block");
        }
        byte[] entries = in.readNBytes(number * ENTRY_BYTES);
        if (entries.length < number * ENTRY_BYTES) {
            throw new EOFException("it ends within a block");
        }
        if (in.readInt() != checksum(topic, channel, entries, entries.length)) {
            throw new IOException("the checksum of a block is wrong");
        }
        String topicName = new String(topic, StandardCharsets.US_ASCII);
        String channelName = new String(channel, StandardCharsets.US_ASCII);
        ByteBuffer values = ByteBuffer.wrap(entries);
        for (int i = 0; i < number; i++) {
            sink.delay(topicName, channelName, values.getLong(), values.getLong(), values.getLong());
        }
        return true;
    }

    private static int checksum(byte[] topic, byte[] channel, byte[] entries, int length) {
        CRC32C crc = new CRC32C();
        crc.update(topic);
        crc.update(channel);
        crc.update(entries, 0, length);
        return (int) crc.getValue();
    }

    /** Messages of a queue, and when they are due. */
    public static final class Block {
        private final ByteBuffer entries;

        /** @param most messages that it takes */
        public Block(int most) {
            entries = ByteBuffer.allocate(most * ENTRY_BYTES);
        }

        /** Adds a message; times as in {@link Sink#delay}. */
        public void add(long id, long due, long delay) {
            entries.putLong(id).putLong(due).putLong(delay);
        }
    }

    /** Writes a block; that it could not be written {@link #finish} says. */
    public synchronized void write(String topic, String channel, Block block) {
        if (failure != null || block.entries.position() == 0) {
            return;
        }
        try {
            if (out == null) {
                open();
            }
            byte[] topicName = topic.getBytes(StandardCharsets.US_ASCII);
            byte[] channelName = channel.getBytes(StandardCharsets.US_ASCII);
            byte[] entries = block.entries.array();
            int length = block.entries.position();
            out.writeByte(topicName.length);
            out.write(topicName);
            out.writeByte(channelName.length);
            out.write(channelName);
            out.writeInt(length / ENTRY_BYTES);
            out.write(entries, 0, length);
            out.writeInt(checksum(topicName, channelName, entries, length));
        } catch (IOException e) {
            failure = e;
        }
    }

    private void open() throws IOException {
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, AtomicFile.privateMode(temporary));
        writing = new FileOutputStream(temporary.toFile());
        out = new DataOutputStream(new BufferedOutputStream(writing, 1 << 16));
        out.write(MAGIC);
    }

    /**
     * What was written is what counts from now on; the file of before is gone.
     *
     * @throws IOException when that did not work: delays are forgotten then
     */
    public synchronized void finish() throws IOException {
        try {
            if (failure != null) {
                throw failure;
            }
            if (out == null) {
                Files.deleteIfExists(file);
                return;
            }
            out.flush();
            writing.getFD().sync();
            out.close();
            FileCalls.SYSTEM.rename(temporary, file);
            FileCalls.SYSTEM.forceDirectory(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            abandon();
            throw Errors.failed("write", file, e);
        } finally {
            out = null;
            failure = null;
        }
    }

    private void abandon() throws IOException {
        if (out != null) {
            writing.close();
        }
        Files.deleteIfExists(temporary);
    }
}
