package io.nsqd.stats;

/**
 * What became of connections when the transport that had them left, counted since the daemon's process began.
 *
 * @param parked left for the next transport
 * @param adopted taken over by one
 * @param closed ended by the daemon, as they could not be left in time, or nobody took them over; those that ended by themselves are
 *     parked, and neither adopted nor closed
 */
public record HandOverStats(long parked, long adopted, long closed) {
    /** Nothing was ever handed over. */
    public static final HandOverStats NONE = new HandOverStats(0, 0, 0);
}
