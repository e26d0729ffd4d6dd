package io.nsqd.core.retention;

import io.nsqd.api.MessageBatch;
import java.io.IOException;

/** A channel that is rewound. Called on the thread of {@link Retention}, and must not wait. */
public interface Rewound {
    /** Whether it is gone, or has been emptied since: then the rewind ends. */
    boolean isOver();

    /** How many messages that it had before are still to leave the storage. */
    long awaited();

    /** Ids of messages that are not to come again, as far as they are known. */
    long[] excluded();

    /** Whether so little waits that more may come. */
    boolean hasRoom();

    /** Nothing more comes, and what was noted for it is of no use any more. Called once, unless another rewind has taken its place. */
    void ended();

    /**
     * Takes messages that are to be delivered once more.
     *
     * @throws IOException when it cannot now: none was taken then
     */
    void put(MessageBatch batch) throws IOException;
}
