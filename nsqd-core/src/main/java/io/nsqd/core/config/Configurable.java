package io.nsqd.core.config;

import io.nsqd.api.Option;
import io.nsqd.api.Options;
import java.util.Map;
import java.util.Optional;

/** What a configuration starts and changes. */
public interface Configurable {
    /** The options in force; nothing before it was started. */
    Optional<Options> options();

    /** Starts it; called when there are no options yet. */
    void start(Options options);

    /** Changes options that may change at run time. */
    void change(Map<Option, Object> changes);

    /** Stops it, however long that takes; nothing where it was not started. */
    void stop();
}
