package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import io.nsqd.api.PeekedMessage.DeadLetter;
import io.nsqd.core.disk.AtomicFile;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where dead letters came from, and why: the last 100,000 of them, in the file {@code nsqd.letters} of the data path, a line each. It is for
 * people: a letter that nothing is said of is a message all the same. Written by the thread of the {@link Undertaker}; read by any.
 */
final class LetterBook {
    /** The file. */
    static final String FILE = "nsqd.letters";

    private static final Logger LOG = LoggerFactory.getLogger(LetterBook.class);
    private static final int KEPT = 100_000;
    private static final int FIELDS = 6;

    private record Key(String topic, long id) {}

    /** What is said of a letter, and whether it has gone for sure. */
    private record Entry(DeadLetter said, boolean gone) {}

    private final Path file;

    /** The oldest first. Guarded by itself. */
    private final Map<Key, Entry> letters = new LinkedHashMap<>();

    private int lines;
    private boolean failing;

    /** @param dataPath where the file is */
    LetterBook(Path dataPath) {
        file = dataPath.resolve(FILE);
    }

    /** Reads what an earlier run has left; a line that cannot be understood is left out. */
    void load() {
        try {
            for (String line :
                    Files.readString(file, StandardCharsets.ISO_8859_1).split("\n", -1)) {
                read(line);
            }
        } catch (NoSuchFileException e) {
            // There has been none.
        } catch (IOException e) {
            LOG.warn("NSQ: where dead letters came from cannot be read - {}", Errors.describe("read", file, e));
        }
    }

    private void read(String line) {
        String[] fields = line.split(" ", -1);
        byte[] id = fields.length == FIELDS ? fields[1].getBytes(StandardCharsets.ISO_8859_1) : new byte[0];
        lines++;
        try {
            if (id.length == MessageId.LENGTH && MessageId.isValid(id, 0)) {
                put(
                        new Key(fields[0], MessageId.parse(id, 0)),
                        new DeadLetter(fields[2], fields[3], fields[4], Integer.parseInt(fields[5])),
                        true);
            }
        } catch (NumberFormatException e) {
            LOG.debug("a line of another kind", e);
        }
    }

    private void put(Key key, DeadLetter said, boolean gone) {
        synchronized (letters) {
            letters.remove(key);
            letters.put(key, new Entry(said, gone));
            if (letters.size() > KEPT) {
                letters.remove(letters.keySet().iterator().next());
            }
        }
    }

    /** What is said of a message of a topic. Any thread. */
    Optional<DeadLetter> find(String topic, long id) {
        synchronized (letters) {
            return Optional.ofNullable(letters.get(new Key(topic, id))).map(Entry::said);
        }
    }

    /** Whether a topic has a letter of that id from elsewhere: ids are unique in the topic that they were made for only. */
    boolean isTaken(String target, long id, String topic, String channel) {
        return find(target, id)
                .filter(other ->
                        !other.topic().equals(topic) || !other.channel().equals(channel))
                .isPresent();
    }

    /** Whether that message has gone there before, from the same channel. */
    boolean hasGone(String target, long id, String topic, String channel) {
        synchronized (letters) {
            Entry entry = letters.get(new Key(target, id));
            return entry != null
                    && entry.gone()
                    && entry.said().topic().equals(topic)
                    && entry.said().channel().equals(channel);
        }
    }

    /** Letters are on their way to a topic; the batch has the ids that they have there. */
    void begin(String target, MessageBatch batch, List<Letter> going, String topic, String channel) {
        for (int i = 0; i < going.size(); i++) {
            Letter letter = going.get(i);
            put(
                    new Key(target, batch.id(i)),
                    new DeadLetter(letter.cause.key(), topic, channel, letter.attempts()),
                    false);
        }
    }

    /** Letters have gone to a topic; the batch has the ids that they have there. */
    void note(String target, MessageBatch batch, List<Letter> gone, String topic, String channel) {
        if (gone.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < gone.size(); i++) {
            Letter letter = gone.get(i);
            DeadLetter said = new DeadLetter(letter.cause.key(), topic, channel, letter.attempts());
            put(new Key(target, batch.id(i)), said, true);
            append(text, target, batch.id(i), said);
        }
        lines += gone.size();
        try {
            if (lines > 2 * KEPT) {
                rewrite();
            } else {
                Files.writeString(
                        file, text, StandardCharsets.ISO_8859_1, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("NSQ: where dead letters came from cannot be kept - {}", Errors.describe("write", file, e));
            }
            failing = true;
        }
    }

    private static void append(StringBuilder text, String target, long id, DeadLetter said) {
        text.append(target)
                .append(' ')
                .append(MessageId.toString(id))
                .append(' ')
                .append(said.reason());
        text.append(' ').append(said.topic()).append(' ').append(said.channel());
        text.append(' ').append(said.attempts()).append('\n');
    }

    private void rewrite() throws IOException {
        StringBuilder text = new StringBuilder();
        synchronized (letters) {
            letters.forEach((key, entry) -> append(text, key.topic(), key.id(), entry.said()));
            lines = letters.size();
        }
        AtomicFile.replace(file, text.toString().getBytes(StandardCharsets.ISO_8859_1));
    }
}
