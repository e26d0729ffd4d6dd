package io.nsqd.shell;

/**
 * A channel under {@code io.nsqd:type=Channel,topic=<topic>,name=<channel>}; where the daemon has a name, {@code daemon=<name>} is in
 * it, too.
 */
@Described("A channel of nsqd")
public interface ChannelMXBean extends PolicyMXBean {
    @Described("Messages that wait")
    long getDepth();

    @Described("The storage's part of them")
    long getBackendDepth();

    @Described("Messages sent and not answered")
    int getInFlightCount();

    @Described("Messages held back")
    int getDeferredCount();

    @Described("Messages received from the topic since the start")
    long getMessageCount();

    @Described("Messages given back by consumers")
    long getRequeueCount();

    @Described("Messages whose time-out passed")
    long getTimeoutCount();

    @Described("Consumers")
    int getClientCount();

    @Described("Whether deliveries are paused")
    boolean isPaused();

    @Described("Stops deliveries")
    String pause();

    @Described("Resumes them")
    String unpause();

    @Described("Drops all messages")
    String empty();

    @Described("Deletes it with its messages and disconnects its consumers")
    String delete();
}
