package io.nsqd.shell;

import java.util.List;

/** A topic under {@code io.nsqd:type=Topic,name=<topic>}; where the daemon has a name, {@code daemon=<name>} is in it, too. */
@Described("A topic of nsqd")
public interface TopicMXBean extends PolicyMXBean {
    @Described("Messages that wait in the topic itself")
    long getDepth();

    @Described("The storage's part of them")
    long getBackendDepth();

    @Described("Messages published since the start")
    long getMessageCount();

    @Described("The bytes of their bodies")
    long getMessageBytes();

    @Described("Whether routing to the channels is paused")
    boolean isPaused();

    @Described("The names of its channels")
    List<String> getChannels();

    @Described("Stops routing to the channels")
    String pause();

    @Described("Resumes it")
    String unpause();

    @Described("Drops what waits in the topic itself")
    String empty();

    @Described("Deletes it with its channels and messages")
    String delete();
}
