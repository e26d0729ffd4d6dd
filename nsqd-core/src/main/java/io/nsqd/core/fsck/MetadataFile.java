package io.nsqd.core.fsck;

import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.json.JsonException;
import io.nsqd.spi.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@code nsqd.dat} says, as the daemon reads it (B-30).
 *
 * @param state whether it can be used
 * @param error what is wrong with a broken one, in one line; else empty
 * @param queues the queues that it names, {@code topic} or {@code topic:channel}
 * @param byDaemonWithJournal whether a daemon that keeps a journal was the last that wrote it
 */
record MetadataFile(State state, String error, Set<String> queues, boolean byDaemonWithJournal) {
    /** The name of the file. */
    static final String NAME = "nsqd.dat";

    /** Far more than a million channels take; what is bigger is not read. */
    private static final long MAX_BYTES = 256L * 1024 * 1024;

    /** How the file is. */
    enum State {
        /** It can be used. */
        OK,
        /** There is none. */
        MISSING,
        /** No daemon starts with it. */
        BROKEN;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static MetadataFile read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return new MetadataFile(State.MISSING, "", Set.of(), false);
        }
        if (Files.size(file) > MAX_BYTES) {
            return broken("it has " + Files.size(file) + " bytes");
        }
        Metadata metadata;
        boolean byDaemonWithJournal;
        try {
            byte[] content = Files.readAllBytes(file);
            metadata = FileMetadataService.parse(content);
            byDaemonWithJournal = FileMetadataService.isFromDaemonWithJournal(content);
        } catch (JsonException e) {
            return broken(e.getMessage());
        }
        Set<String> queues = new TreeSet<>();
        for (Metadata.TopicEntry topic : metadata.topics()) {
            queues.add(topic.name());
            topic.channels().forEach(channel -> queues.add(topic.name() + ":" + channel.name()));
        }
        return new MetadataFile(State.OK, "", queues, byDaemonWithJournal);
    }

    private static MetadataFile broken(String error) {
        return new MetadataFile(State.BROKEN, error, Set.of(), false);
    }
}
