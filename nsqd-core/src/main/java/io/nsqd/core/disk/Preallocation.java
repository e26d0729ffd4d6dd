package io.nsqd.core.disk;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Room for a file that is there before anything is written to it. Any thread; may wait for the disk. */
public final class Preallocation {
    private static final Logger LOG = LoggerFactory.getLogger(Preallocation.class);

    /** O_RDWR and O_CLOEXEC of Linux. */
    private static final int OPEN_FLAGS = 2 | 0x80000;

    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;

    private static final Optional<NativeFlock> CALLS = calls();

    private Preallocation() {}

    private static Optional<NativeFlock> calls() {
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
            return Optional.empty();
        }
        try {
            return Optional.of(NativeFlock.load());
        } catch (IOException | RuntimeException | LinkageError e) {
            LOG.debug("no room can be asked for, zeros are written instead", e);
            return Optional.empty();
        }
    }

    /**
     * Gives a file its size, and all the room for it, without writing it.
     *
     * @param file exists
     * @param size in bytes
     * @return false where the system cannot do that
     * @throws IOException when there is no room
     */
    public static boolean allocate(Path file, long size) throws IOException {
        if (CALLS.isEmpty()) {
            return false;
        }
        try {
            NativeFlock calls = CALLS.get();
            int descriptor = calls.open(file.toString(), OPEN_FLAGS);
            if (descriptor < 0) {
                return false;
            }
            int error;
            try {
                error = calls.allocate(descriptor, 0, size);
            } finally {
                calls.close(descriptor);
            }
            if (error == ENOSPC || error == EDQUOT) {
                throw new IOException(error == ENOSPC ? "no space left on device" : "disk quota exceeded");
            }
            return error == 0;
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("no room can be asked for, zeros are written instead", e);
            return false;
        }
    }
}
