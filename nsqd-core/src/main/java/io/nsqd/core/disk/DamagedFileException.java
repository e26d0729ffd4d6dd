package io.nsqd.core.disk;

import java.io.IOException;

/**
 * A file was read, and what it says cannot be right. Of the failures of a read only this one is about the file for good: any other
 * (too many open files, no permission, a disk that does not answer) may be gone the next time.
 */
public final class DamagedFileException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong with it */
    public DamagedFileException(String message) {
        super(message);
    }
}
