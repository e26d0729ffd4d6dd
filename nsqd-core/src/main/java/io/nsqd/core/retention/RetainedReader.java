package io.nsqd.core.retention;

import io.nsqd.api.MessageBatch;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;

/**
 * Reads a topic's retained messages in their order, a frame at a time, whatever is given back meanwhile. Used by one thread, which may
 * wait for the disk.
 */
final class RetainedReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RetainedReader.class);

    private final RetainedLog log;
    private long next;
    private RetainedFile file;
    private FrameReader reader;

    /** Whether a message is wanted. */
    @FunctionalInterface
    interface Filter {
        /** As the message has them. */
        boolean wants(long id, long timestampNanos);
    }

    /** @param number of the first message that is wanted */
    RetainedReader(RetainedLog log, long number) {
        this.log = log;
        next = number;
    }

    /** The number of the next message. */
    long next() {
        return next;
    }

    /**
     * Reads the next frame, or passes over what cannot be read.
     *
     * @param end the number behind the last message that is wanted
     * @param into takes those of the frame that are wanted, their bodies in one array
     * @return false when there is none any more
     * @throws IOException when it cannot be read now
     */
    boolean read(long end, Filter filter, MessageBatch into) throws IOException {
        try {
            return next < end && readNext(end, filter, into);
        } catch (NoSuchFileException e) {
            // Given back meanwhile, or cleared away by somebody else.
            if (log.has(file)) {
                log.vanished(file);
                LOG.error(
                        "{}: {} retained messages are gone with their file, {}",
                        log,
                        file.end() - next,
                        e.getMessage());
            }
            next = Math.max(next, file.end());
            close();
            return true;
        } catch (IOException e) {
            // It may have been in the middle of a frame: the next time that is found anew.
            close();
            throw e;
        }
    }

    private boolean readNext(long end, Filter filter, MessageBatch into) throws IOException {
        if (!open()) {
            return false;
        }
        RetainedFormat.Header frame = reader.next();
        if (frame == null) {
            if (!reader.isAtEnd()) {
                damaged();
            }
            next = Math.max(next, file.end());
            close();
            return true;
        }
        long behind = frame.number() + frame.count();
        if (behind > next) {
            ByteBuffer bytes = reader.frame();
            if (bytes == null) {
                damaged();
            } else {
                take(frame, bytes, end, filter, into);
            }
            next = behind;
        }
        return true;
    }

    private boolean open() throws IOException {
        if (reader == null) {
            file = log.fileOf(next);
            if (file == null) {
                return false;
            }
            if (file.first() > next) {
                LOG.warn(
                        "{}: {} retained messages were given back before they could be read", log, file.first() - next);
                next = file.first();
            }
            reader = new FrameReader(log.calls(), RetainedFile.path(log.directory(), file.number()), file.bytes());
        }
        return true;
    }

    private void damaged() {
        log.damaged();
        LOG.error("{}: retained messages from number {} on are damaged, in file {}", log, next, file.number());
    }

    private void take(RetainedFormat.Header frame, ByteBuffer bytes, long end, Filter filter, MessageBatch into) {
        long number = frame.number();
        while (bytes.hasRemaining() && number < end) {
            long id = bytes.getLong();
            long timestampNanos = bytes.getLong();
            int length = bytes.getInt();
            if (number >= next && filter.wants(id, timestampNanos)) {
                into.add(id, timestampNanos, 0, 0, bytes.array(), bytes.arrayOffset() + bytes.position(), length);
            }
            bytes.position(bytes.position() + length);
            number++;
        }
    }

    @Override
    public void close() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
