package io.nsqd.spi;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Takes over what other daemons have left. Registered by a daemon, beside {@link io.nsqd.api.Nsqd}, and gone before it stops.
 */
@ProviderType
public interface Adopter {
    /**
     * Takes over an estate: each message that was acknowledged and not finished gets into the topic or channel of the same name, with its
     * id, its timestamp, its attempts and the time when it is due, and into this daemon's own journal. Blocks for as long as that takes;
     * memory is bounded. When it returns, nothing of the estate is needed any more.
     *
     * @param progress told now and then how far it is; its failure ends the adoption
     * @return how far it got: all of it
     * @throws IOException when it cannot go on, as where this daemon stops or its journal is full. It may be called again, with the same
     *     estate, here or elsewhere: a message may be adopted twice then, and is not lost
     */
    Adopted adopt(Estate estate, Progress progress) throws IOException;

    /**
     * How far an adoption is.
     *
     * @param messages that were adopted, each in each of its channels
     * @param bytes of their bodies
     * @param left messages that are known to be left
     */
    record Adopted(long messages, long bytes, long left) {}

    /** Told how far it is. */
    @FunctionalInterface
    interface Progress {
        /** Called between two pieces, on the thread that adopts. */
        void at(Adopted sofar) throws IOException;
    }
}
