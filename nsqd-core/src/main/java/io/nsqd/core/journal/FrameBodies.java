package io.nsqd.core.journal;

import io.nsqd.spi.Journal;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads messages out of the journal again, whose bodies nobody holds any more. May block. Used by one thread. */
public final class FrameBodies {
    private final Journal log;
    private long position;
    private ByteBuffer frame;

    FrameBodies(Journal log) {
        this.log = log;
    }

    /** A message that was found. */
    public static final class Found {
        private final long timestampNanos;
        private final byte[] body;

        Found(long timestampNanos, byte[] body) {
            this.timestampNanos = timestampNanos;
            this.body = body;
        }

        /** When it was published, nanoseconds since the epoch. */
        public long timestampNanos() {
            return timestampNanos;
        }

        /** Its body, which is the caller's. */
        public byte[] body() {
            return body;
        }
    }

    /**
     * Reads one.
     *
     * @param at where it lies
     * @throws IOException when it cannot be read now, or is not there
     */
    public Found read(long id, long at) throws IOException {
        if (frame == null || position != at) {
            frame = null;
            frame = log.read(at);
            position = at;
        }
        Finder finder = new Finder(id);
        Records.read(frame, finder);
        if (finder.found == null) {
            throw new IOException("message is not in the frame at " + Long.toHexString(at));
        }
        return finder.found;
    }

    private static final class Finder implements Records.Visitor {
        private final long wanted;
        private Found found;

        Finder(long id) {
            wanted = id;
        }

        @Override
        public void message(int i, long id, long timestamp, int attempts, long due, long delay, ByteBuffer body) {
            if (id == wanted && found == null) {
                byte[] own = new byte[body.remaining()];
                body.get(own);
                found = new Found(timestamp, own);
            }
        }
    }
}
