package io.nsqd.core;

import io.nsqd.api.MessageBatch;
import io.nsqd.core.disk.DelaysFile;
import io.nsqd.core.journal.DelayTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What becomes of delays over a clean stop: they are noted beside the storage, which forgets them, and found again. */
final class Delays {
    private static final int BLOCK = 4096;

    private final DelaysFile file;
    private final Clock clock;

    Delays(Path dataPath, Clock clock) {
        file = new DelaysFile(dataPath);
        this.clock = clock;
    }

    /** Those that an earlier run has noted, by topic and channel. */
    record Found(String topic, String channel, DelayTable table) {}

    /** Reads what an earlier run has noted. Remaining times are within the delays that were asked for, whatever the clock says. */
    List<Found> read() {
        Map<String, Found> found = new HashMap<>();
        long now = clock.epochNanos();
        file.read((topic, channel, id, due, delay) -> {
            long remaining = Math.max(0, Math.min(due - now, delay));
            if (remaining > 0) {
                found.computeIfAbsent(
                                topic + ":" + channel,
                                name -> new Found(topic, channel, new DelayTable(clock::nanoTime)))
                        .table()
                        .add(id, remaining);
            }
        });
        return new ArrayList<>(found.values());
    }

    /** Messages are on their way to the storage; {@link MessageBatch#delayNanos} is what remains of their delays. */
    void note(String topic, String channel, MessageBatch messages) {
        long now = clock.epochNanos();
        DelaysFile.Block block = new DelaysFile.Block(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            long delay = messages.delayNanos(i);
            if (delay > 0) {
                block.add(messages.id(i), now + delay, delay);
            }
        }
        file.write(topic, channel, block);
    }

    /** Messages are still in the storage, where they have been since an earlier run. */
    void note(String topic, String channel, DelayTable table) {
        long now = clock.epochNanos();
        Blocks blocks = new Blocks(topic, channel);
        table.each((id, delay) -> blocks.add(id, now + delay, delay));
        blocks.end();
    }

    private final class Blocks {
        private final String topic;
        private final String channel;
        private DelaysFile.Block block = new DelaysFile.Block(BLOCK);
        private int size;

        Blocks(String topic, String channel) {
            this.topic = topic;
            this.channel = channel;
        }

        void add(long id, long due, long delay) {
            block.add(id, due, delay);
            size++;
            if (size == BLOCK) {
                end();
                block = new DelaysFile.Block(BLOCK);
                size = 0;
            }
        }

        void end() {
            file.write(topic, channel, block);
        }
    }

    /** All is noted. */
    void finish() throws IOException {
        file.finish();
    }
}
