package io.nsqd.core.journal.file;

import java.io.IOException;
import java.nio.file.Path;

/** A segment with frames in it, of this run or an earlier one. */
interface Stored {
    int number();

    Path path();

    /** Bytes of the file; does not change once nothing more is put into it. */
    long size();

    /**
     * Lets go of the file. Nothing may be put into it any more.
     *
     * @param emptied whether its room is to be given back at once, though its memory lives until it is collected
     */
    void release(boolean emptied) throws IOException;

    /** Whether the file stays when nobody needs the segment, as it could not be read in this run. */
    default boolean isKept() {
        return false;
    }
}
