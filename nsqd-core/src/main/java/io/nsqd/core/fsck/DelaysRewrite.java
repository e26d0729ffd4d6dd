package io.nsqd.core.fsck;

import io.nsqd.core.disk.DelaysFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Writes the file with the delays anew: what can be read of it, and more. One thread, once. */
final class DelaysRewrite {
    /** Messages of a queue that are written together. */
    private static final int BLOCK = 1024;

    private final DelaysFile file;
    private final Map<String, Pending> pending = new HashMap<>();
    private long number;

    DelaysRewrite(Path directory) {
        file = new DelaysFile(directory);
    }

    /** Which of the entries of before are still good. */
    @FunctionalInterface
    interface Good {
        boolean is(String topic, String channel, long id);
    }

    private static final class Pending {
        private DelaysFile.Block block = new DelaysFile.Block(BLOCK);
        private int size;
    }

    /** One more; as {@link DelaysFile.Sink#delay}. */
    void add(String topic, String channel, long id, long due, long delay) {
        Pending of = pending.computeIfAbsent(topic + ":" + channel, name -> new Pending());
        of.block.add(id, due, delay);
        number++;
        if (++of.size == BLOCK) {
            file.write(topic, channel, of.block);
            of.block = new DelaysFile.Block(BLOCK);
            of.size = 0;
        }
    }

    /**
     * Takes over what there was, and replaces the file in one step.
     *
     * @return how many messages are held back now
     */
    long run(Good good) throws IOException {
        try {
            file.readAll((topic, channel, id, due, delay) -> {
                if (good.is(topic, channel, id)) {
                    add(topic, channel, id, due, delay);
                }
            });
        } catch (IOException e) {
            // What is in front of the damage was taken over; the original is kept.
        }
        pending.forEach((name, of) -> {
            int colon = name.indexOf(':');
            file.write(name.substring(0, colon), name.substring(colon + 1), of.block);
        });
        file.finish();
        return number;
    }
}
