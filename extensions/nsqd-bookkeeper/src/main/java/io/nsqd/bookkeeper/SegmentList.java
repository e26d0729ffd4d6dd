package io.nsqd.bookkeeper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Which ledgers a log is made of, and how far it is needed, in a versioned node of ZooKeeper: who writes has read what was there, so that
 * an older writer notices that it is one. Used by one thread at a time, which may wait.
 *
 * <pre>
 * nsqd-ledgers 1
 * writer 5f7d…          another one each time that somebody takes the log over
 * cursor 3 1042         nothing before message 1042 of segment 3 is needed; only of queues
 * segment 3 817
 * segment 4 901
 * gone 655              is to be deleted
 * </pre>
 */
final class SegmentList {
    private static final String FIRST_LINE = "nsqd-ledgers 1";
    private static final int TRIES = 10;

    /** The version of a list that is not there yet. */
    private static final int NONE = -1;

    private final Znodes znodes;
    private final String path;
    private final String writer = UUID.randomUUID().toString();
    private final NavigableMap<Integer, Long> ledgers = new TreeMap<>();
    private final List<Long> gone = new ArrayList<>();
    private int version;
    private int cursorSegment;
    private long cursorIndex;

    SegmentList(Znodes znodes, String path) {
        this.znodes = znodes;
        this.path = path;
    }

    /**
     * Reads it and becomes its only writer.
     *
     * @throws IOException when that cannot be, or it is not understood
     */
    void takeOver() throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                readAndSign();
                return;
            } catch (Znodes.Outdated e) {
                // Whoever has it does not know yet.
                if (tries == TRIES) {
                    throw e;
                }
            }
        }
    }

    private void readAndSign() throws IOException {
        ledgers.clear();
        gone.clear();
        Optional<Znodes.Found> found = znodes.get(path);
        if (found.isEmpty()) {
            // Made with the first segment.
            version = NONE;
            return;
        }
        parse(new String(found.get().data(), StandardCharsets.UTF_8));
        version = found.get().version();
        save();
    }

    private void parse(String text) throws IOException {
        if (text.isEmpty()) {
            return;
        }
        List<String> lines = text.lines().toList();
        if (!lines.get(0).equals(FIRST_LINE)) {
            throw new IOException(path + " is of another version: it begins with \"" + lines.get(0) + "\"");
        }
        try {
            for (String line : lines.subList(1, lines.size())) {
                String[] words = line.split(" ", -1);
                switch (words[0]) {
                    case "cursor" -> {
                        cursorSegment = Integer.parseInt(words[1]);
                        cursorIndex = Long.parseLong(words[2]);
                    }
                    case "segment" -> ledgers.put(Integer.parseInt(words[1]), Long.parseLong(words[2]));
                    case "gone" -> gone.add(Long.parseLong(words[1]));
                    default -> {
                        // Who wrote it is nothing to us, nor is what a later version adds.
                    }
                }
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new IOException(path + " is damaged: " + e.getMessage(), e);
        }
    }

    private void save() throws IOException {
        StringBuilder text =
                new StringBuilder(FIRST_LINE).append("\nwriter ").append(writer).append('\n');
        if (cursorSegment != 0) {
            text.append("cursor ")
                    .append(cursorSegment)
                    .append(' ')
                    .append(cursorIndex)
                    .append('\n');
        }
        ledgers.forEach((segment, ledger) -> text.append("segment ")
                .append(segment)
                .append(' ')
                .append(ledger)
                .append('\n'));
        gone.forEach(ledger -> text.append("gone ").append(ledger).append('\n'));
        byte[] data = text.toString().getBytes(StandardCharsets.UTF_8);
        if (version != NONE) {
            version = znodes.set(path, data, version);
        } else if (znodes.create(path, data) || holds(data)) {
            version = 0;
        } else {
            throw new Znodes.Outdated(path, null);
        }
    }

    /** Whether it was written after all, and only the answer got lost. */
    private boolean holds(byte[] data) throws IOException {
        return znodes.get(path).map(found -> Arrays.equals(found.data(), data)).orElse(false);
    }

    /** Whether there is such a list at all. */
    boolean exists() {
        return version != NONE;
    }

    /** Its ledgers by segment. */
    Map<Integer, Long> ledgers() {
        return ledgers;
    }

    /** The segment of the first message that is needed; 0 where that was not noted. */
    int cursorSegment() {
        return cursorSegment;
    }

    /** Which of that segment's messages it is. */
    long cursorIndex() {
        return cursorIndex;
    }

    String path() {
        return path;
    }

    int version() {
        return version;
    }

    /** The ledgers that are to be deleted. */
    List<Long> gone() {
        return List.copyOf(gone);
    }

    /** Adds a segment. */
    void add(int segment, long ledger) throws IOException {
        ledgers.put(segment, ledger);
        save();
    }

    /**
     * Notes how far the log is needed: ledgers of segments before that are to be deleted. Those that have been are forgotten.
     *
     * @param first the first segment that is needed
     * @param others segments behind it that are not needed either
     */
    void trim(int first, List<Integer> others, long index, List<Long> deleted) throws IOException {
        if (!exists()) {
            return;
        }
        Map<Integer, Long> before = ledgers.headMap(first, false);
        gone.addAll(before.values());
        before.clear();
        for (int other : others) {
            Long ledger = ledgers.remove(other);
            if (ledger != null) {
                gone.add(ledger);
            }
        }
        gone.removeAll(deleted);
        if (index >= 0) {
            cursorSegment = first;
            cursorIndex = index;
        }
        save();
    }

    /** Deletes the list itself. */
    void delete() throws IOException {
        znodes.delete(path);
        version = NONE;
    }
}
