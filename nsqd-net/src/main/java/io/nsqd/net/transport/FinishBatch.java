package io.nsqd.net.transport;

import io.nsqd.api.Subscription;

/**
 * FINs that come together, to be settled together: that costs the channel one lock instead of many. Whoever adds to it settles before
 * anything that must not be ahead of them, and at the end of what was read at once. Confined to the connection's loop.
 */
public final class FinishBatch {
    private final MessagePump pump;
    private final long[] ids;
    private final Subscription.Refused refused;
    private int count;

    /**
     * An empty batch.
     *
     * @param scratch holds the ids of one batch, and may be shared by all connections of a loop, as each settles before the next is read
     * @param refused told of each that could not be settled
     */
    public FinishBatch(MessagePump pump, long[] scratch, Subscription.Refused refused) {
        this.pump = pump;
        this.ids = scratch;
        this.refused = refused;
    }

    /** Adds the id of a message; the pump has a subscription. */
    public void add(long id) {
        ids[count++] = id;
        if (count == ids.length) {
            settle();
        }
    }

    /** Settles those that were added. */
    public void settle() {
        if (count > 0) {
            int settled = count;
            count = 0;
            pump.subscription().finish(ids, settled, refused);
        }
    }

    /** Forgets those that were added, as the connection is gone. */
    public void forget() {
        count = 0;
    }
}
