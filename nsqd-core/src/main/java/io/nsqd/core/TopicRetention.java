package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.core.policy.TopicRules;
import io.nsqd.core.retention.RetainedLog;
import io.nsqd.core.retention.Retention;
import io.nsqd.core.retention.RetentionLimits;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** What a topic retains, as policies say: nothing, and then it costs a look at a field, or what its channels were given. */
final class TopicRetention {
    private static final Logger LOG = LoggerFactory.getLogger(TopicRetention.class);

    private final String topic;
    private final Retention retention;

    /** {@code null} while nothing is retained. */
    private volatile RetainedLog log;

    /** Done when what was retained before is gone: the files of what comes have the same names. */
    private CompletableFuture<Void> forgotten = CompletableFuture.completedFuture(null);

    private boolean ended;

    /** Whether it was said, at the first look at the rules, what an earlier run has left. */
    private boolean said;

    TopicRetention(String topic, Retention retention) {
        this.topic = topic;
        this.retention = retention;
    }

    /** Does as the rules want from now on; {@code null} for none. Waits for the disk where that changes; no lock may be held. */
    synchronized void rules(TopicRules rules) {
        RetentionLimits limits =
                rules == null ? RetentionLimits.NONE : new RetentionLimits(rules.retainNanos(), rules.retainBytes());
        if (ended) {
            return;
        }
        if (limits.isNone() && log == null) {
            sayWhatIsLeft();
            return;
        }
        if (limits.isNone()) {
            LOG.info("TOPIC({}): nothing is retained any more", topic);
            forget();
        } else if (log != null) {
            log.limit(limits);
        } else {
            open(limits);
        }
    }

    /** It may be that a policy got lost, or comes later: nothing is deleted for that. */
    private void sayWhatIsLeft() {
        if (!said) {
            said = true;
            retention
                    .left(topic)
                    .ifPresent(directory -> LOG.info(
                            "TOPIC({}): {} has what was retained, and stays: no policy has more retained, or has it forgotten",
                            topic,
                            directory));
        }
    }

    private void open(RetentionLimits limits) {
        try {
            forgotten.join();
            log = retention.open(topic, limits);
            LOG.info("TOPIC({}): finished messages are retained", topic);
        } catch (IOException e) {
            LOG.error("TOPIC({}): nothing is retained - {}", topic, Errors.describe(e));
        }
    }

    private CompletableFuture<Void> forget() {
        log = null;
        forgotten = retention.forget(topic);
        return forgotten;
    }

    /** The topic is deleted, and what it has retained with it. Never waits. */
    synchronized CompletableFuture<Void> delete() {
        ended = true;
        return forget();
    }

    /** Whether anything is retained. */
    boolean isOn() {
        return log != null;
    }

    /** Takes down what channels were given, or nobody was. Called under the topic's lock. */
    void append(MessageBatch batch) {
        RetainedLog open = log;
        if (open != null) {
            open.append(batch);
        }
    }

    /** The number of the next message that channels are given; 0 where nothing is retained. Called under the topic's lock. */
    long end() {
        RetainedLog open = log;
        return open == null ? 0 : open.end();
    }

    /**
     * What is retained.
     *
     * @throws NsqdException with {@link Reason#NOT_RETAINED}
     */
    RetainedLog required() {
        RetainedLog open = log;
        if (open == null) {
            throw new NsqdException(
                    Reason.NOT_RETAINED,
                    "topic " + topic + " retains nothing: no policy sets retain-time or retain-bytes for it");
        }
        return open;
    }

    /** What is retained; {@code null} for nothing. */
    RetainedLog log() {
        return log;
    }
}
