package io.nsqd.core.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;

/**
 * A data file that is open. Java closes a {@link FileChannel} for good when a thread that uses it is interrupted, and whoever
 * publishes may be; so an interrupt is put off until the file is done with, and a channel that one has closed nevertheless is
 * opened again: all positions are absolute, and nothing is lost of what was written before.
 *
 * <p>One thread may force it while another one writes.
 */
public final class DataFile {
    private final FileCalls calls;
    private final Path path;
    private final long number;
    private final Set<? extends OpenOption> again;
    private volatile FileChannel channel;
    private boolean released;

    /**
     * Opens it.
     *
     * @param number which file of several it is
     * @param options to open it with
     * @param again to open it with once more
     */
    public DataFile(
            FileCalls calls, Path path, long number, Set<? extends OpenOption> options, Set<? extends OpenOption> again)
            throws IOException {
        this.calls = calls;
        this.path = path;
        this.number = number;
        this.again = again;
        channel = calls.open(path, options);
    }

    /** The number that it was given. */
    public long number() {
        return number;
    }

    /** Writes all that remains of a buffer at a position; returns where it ends. */
    public long write(ByteBuffer buffer, long at) throws IOException {
        long start = at - buffer.position();
        // It may take less than there is, without an exception, where the disk is nearly full.
        whileThereIsMore(open -> {
            open.write(buffer, start + buffer.position());
            return buffer.hasRemaining();
        });
        return start + buffer.position();
    }

    /** Reads until a buffer is full or the file ends. */
    public void read(ByteBuffer buffer, long at) throws IOException {
        long start = at - buffer.position();
        whileThereIsMore(open -> open.read(buffer, start + buffer.position()) >= 0 && buffer.hasRemaining());
    }

    /** The size in bytes. */
    public long size() throws IOException {
        long[] size = new long[1];
        whileThereIsMore(open -> {
            size[0] = open.size();
            return false;
        });
        return size[0];
    }

    /** Cuts off what is behind a position. */
    public void truncate(long size) throws IOException {
        whileThereIsMore(open -> {
            open.truncate(size);
            return false;
        });
    }

    /** Makes everything written so far durable. Waits for the disk. */
    public void force() throws IOException {
        whileThereIsMore(open -> {
            open.force(false);
            return false;
        });
    }

    /** Something to do with the file; true when there is more to do. */
    @FunctionalInterface
    private interface Step {
        boolean run(FileChannel open) throws IOException;
    }

    private void whileThereIsMore(Step step) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            boolean more = true;
            while (more) {
                FileChannel open = channel;
                try {
                    more = step.run(open);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    openAgain(open, e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void openAgain(FileChannel closed, ClosedChannelException cause) throws IOException {
        if (released) {
            throw cause;
        }
        if (channel == closed) {
            channel = calls.open(path, again);
        }
    }

    /** Lets go of the file. What was to be kept was forced before. */
    public synchronized void release() {
        released = true;
        try {
            channel.close();
        } catch (IOException e) {
            // There is nothing left to be lost.
        }
    }
}
