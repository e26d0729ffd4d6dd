package io.nsqd.examples.textmetadata;

import io.nsqd.spi.Metadata;
import io.nsqd.spi.Metadata.ChannelEntry;
import io.nsqd.spi.Metadata.TopicEntry;
import io.nsqd.spi.MetadataService;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of lines: {@code topic <name>}, each followed by its {@code channel <name>}s, and {@code end}; what is paused has a
 * third word, {@code paused}. Names have no spaces in them.
 */
final class TextMetadata implements MetadataService {
    private static final String END = "end";

    private final Path file;

    TextMetadata(Path file) {
        this.file = file;
    }

    @Override
    public String location() {
        return file.toString();
    }

    @Override
    public Metadata load() throws IOException {
        if (Files.notExists(file)) {
            return Metadata.EMPTY;
        }
        List<String> lines = Files.readAllLines(file);
        if (lines.isEmpty() || !lines.get(lines.size() - 1).equals(END)) {
            throw new IOException(file + " has no end");
        }
        List<TopicEntry> topics = new ArrayList<>();
        for (String line : lines.subList(0, lines.size() - 1)) {
            String[] words = line.split(" ", -1);
            boolean paused = words.length == 3 && words[2].equals("paused");
            if (words.length == 2 || paused) {
                if (words[0].equals("topic")) {
                    topics.add(new TopicEntry(words[1], paused, List.of()));
                    continue;
                }
                if (words[0].equals("channel") && !topics.isEmpty()) {
                    int last = topics.size() - 1;
                    topics.set(last, with(topics.get(last), new ChannelEntry(words[1], paused)));
                    continue;
                }
            }
            throw new IOException(file + " has a line that says nothing: " + line);
        }
        return new Metadata(topics);
    }

    /** Entries do not change: one with a channel more is another one. */
    private static TopicEntry with(TopicEntry topic, ChannelEntry channel) {
        List<ChannelEntry> channels = new ArrayList<>(topic.channels());
        channels.add(channel);
        return new TopicEntry(topic.name(), topic.paused(), channels);
    }

    @Override
    public void save(Metadata metadata) throws IOException {
        StringBuilder text = new StringBuilder();
        for (TopicEntry topic : metadata.topics()) {
            line(text, "topic ", topic.name(), topic.paused());
            topic.channels().forEach(channel -> line(text, "channel ", channel.name(), channel.paused()));
        }
        replace(text.append(END).append('\n').toString());
    }

    private static void line(StringBuilder text, String kind, String name, boolean paused) {
        text.append(kind).append(name).append(paused ? " paused\n" : "\n");
    }

    /** Wholly or not at all, and durably: a file beside it, on the disk before it takes the old one's place. */
    private void replace(String text) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".tmp");
        try (FileChannel channel = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        // The directory, too, so that a power cut does not take the new name back.
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent())) {
            directory.force(true);
        }
    }
}
