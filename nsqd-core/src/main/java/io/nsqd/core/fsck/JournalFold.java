package io.nsqd.core.fsck;

import io.nsqd.api.Durability;
import io.nsqd.api.MessageId;
import io.nsqd.api.Names;
import io.nsqd.core.disk.DiskRecord;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.core.disk.RecordScan;
import io.nsqd.core.fsck.Changes.Folded;
import io.nsqd.core.fsck.Changes.FoldedQueue;
import io.nsqd.core.journal.LongSet;
import io.nsqd.core.journal.Replay;
import io.nsqd.core.journal.file.JournalFiles;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.Metadata.ChannelEntry;
import io.nsqd.spi.Metadata.TopicEntry;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * Moves what the journal has to the files that a Go daemon reads: delays to {@code nsqd.delays}, each live message to the end of its
 * topic's or channel's queue, names to {@code nsqd.dat}; only then the journal goes. A queue gets all of its messages or none; a fold that is
 * killed leaves the journal as it is, and the next one passes over those that a queue has got already. The caller holds the lock of the
 * data path.
 */
final class JournalFold {
    private static final String SPOOL = "nsqd-fsck.spool";
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path directory;
    private final Limits limits;
    private final Repair repair;
    private final KeptFiles kept;

    private final Map<String, Target> targets = new LinkedHashMap<>();
    private final DelaysRewrite delays;
    private DataOutputStream out;
    private long spooled;

    /** @param limits what a record may be */
    JournalFold(Path directory, Limits limits, Repair repair, KeptFiles kept) {
        this.directory = directory;
        this.limits = limits;
        this.repair = repair;
        this.kept = kept;
        delays = new DelaysRewrite(directory);
    }

    /** A queue that gets messages, and where they lie in the spool. */
    private static final class Target {
        private final Replay.Left left;
        private final Report.Queue queue;
        private final LongPredicate live;

        /** Messages of the journal of which the queue has a copy. */
        private final LongSet there = new LongSet();

        /** Messages in the queue's files that the journal tells were finished. */
        private long finished;

        private long[] offsets = new long[16];
        private int[] lengths = new int[16];
        private int size;

        Target(Replay.Left left, Report.Queue queue, LongPredicate live) {
            this.left = left;
            this.queue = queue;
            this.live = live;
        }

        void add(long offset, int length) {
            if (size == offsets.length) {
                offsets = Arrays.copyOf(offsets, size * 2);
                lengths = Arrays.copyOf(lengths, size * 2);
            }
            offsets[size] = offset;
            lengths[size++] = length;
        }
    }

    /** @param report of the data path as it is now */
    Folded run(Report report) throws IOException {
        check(report);
        JournalCheck journal = new JournalCheck(directory);
        JournalState state = journal.run();
        for (Replay.Left left : state.queues()) {
            String name = JournalState.name(left);
            if (!Names.isValid(left.topic()) || !left.channel().isEmpty() && !Names.isValid(left.channel())) {
                throw new IOException("the journal has messages of the invalid name " + name);
            }
            targets.put(
                    name, new Target(left, queue(report, name), journal.replay().liveOf(left)));
        }
        for (Target target : targets.values()) {
            findCopies(target);
        }
        List<FoldedQueue> queues;
        long held;
        try (FileChannel spool = FileChannel.open(
                directory.resolve(SPOOL),
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE))) {
            spool(journal, spool);
            // They count for what is found in the storage: a daemon that comes between must not be early.
            held = delays.run((topic, channel, id) -> {
                // What the journal says of a message is newer.
                Target target = targets.get(channel.isEmpty() ? topic : topic + ":" + channel);
                return target == null || !target.live.test(id);
            });
            queues = append(spool);
        }
        List<String> named = name(report.metadata());
        remove(journal.files());
        return new Folded(queues, named, held, kept.takeNames());
    }

    private static void check(Report report) throws IOException {
        if (!report.isClean()) {
            throw new IOException("there is damage: --fold-journal needs --repair");
        }
        if (report.journal().unknown() > 0) {
            throw new IOException("the journal has frames that cannot be understood, as of a later version");
        }
    }

    /** The queue as it is; one without files where there are none. */
    private static Report.Queue queue(Report report, String name) {
        return report.queues().stream()
                .filter(queue -> queue.name().replace(';', ':').equals(name))
                .findFirst()
                .orElseGet(() -> new Report.Queue(
                        name, true, Report.MetaState.NONE, Optional.empty(), List.of(), -1, 0, List.of(), 0));
    }

    /** Which live messages are in the queue's files, as after a kill of a daemon or of a fold. */
    private void findCopies(Target target) throws IOException {
        byte[] digits = new byte[MessageId.LENGTH];
        ByteBuffer id = ByteBuffer.wrap(digits);
        for (Report.Segment segment : target.queue.segments()) {
            try (FileChannel file = FileChannel.open(segment.file(), StandardOpenOption.READ)) {
                RecordScan.Visitor finder = new RecordScan.Visitor() {
                    @Override
                    public void record(long offset, long bytes, boolean oddId) throws IOException {
                        id.clear();
                        if (!oddId && file.read(id, offset + DiskRecord.LENGTH_BYTES + 8 + 2) == digits.length) {
                            long found = MessageId.parse(digits, 0);
                            if (target.live.test(found)) {
                                target.there.add(found);
                            } else if (target.left.stale().contains(found)) {
                                target.finished++;
                            }
                        }
                    }

                    @Override
                    public void damage(RecordScan.Damage kind, long offset, long end, String text) {
                        // The queue has none.
                    }
                };
                RecordScan.scan(segment.file(), segment.from(), limits.maxLength(), finder, bytes -> {});
            }
        }
    }

    /** Writes all messages that no queue has as records, in the order of the journal. */
    private void spool(JournalCheck journal, FileChannel spool) throws IOException {
        out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(spool), BUFFER_BYTES));
        journal.replay()
                .restore(
                        journal.files()::replay,
                        (topic, channel) -> (id, timestampNanos, attempts, delayNanos, position, body) ->
                                message(topic, channel, id, timestampNanos, attempts, delayNanos, body));
        out.flush();
    }

    private void message(
            String topic, String channel, long id, long timestampNanos, int attempts, long delayNanos, ByteBuffer body)
            throws IOException {
        Target target = targets.get(channel.isEmpty() ? topic : topic + ":" + channel);
        if (delayNanos > 0) {
            long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
            delays.add(topic, channel, id, now + delayNanos, delayNanos);
        }
        if (target.there.contains(id)) {
            return;
        }
        if (body.remaining() > limits.maxMessageBytes()) {
            throw new IOException("a message of " + body.remaining() + " bytes is larger than --max-msg-size");
        }
        byte[] content = new byte[body.remaining()];
        body.get(content);
        byte[] digits = new byte[MessageId.LENGTH];
        MessageId.write(id, digits, 0);
        out.writeInt(DiskRecord.MIN_LENGTH + content.length);
        out.writeLong(timestampNanos);
        out.writeShort(attempts);
        out.write(digits);
        out.write(content);
        int length = DiskRecord.HEADER_BYTES + content.length;
        target.add(spooled, length);
        spooled += length;
    }

    private List<FoldedQueue> append(FileChannel spool) throws IOException {
        List<FoldedQueue> queues = new ArrayList<>();
        for (Target target : targets.values()) {
            if (target.left.live() > 0) {
                // Also where all of them are there: the meta file may be older than they are.
                repair.append(target.queue, writer -> write(target, spool, writer));
                queues.add(new FoldedQueue(
                        JournalState.name(target.left), target.size, target.there.size(), target.finished > 0));
            }
        }
        return queues;
    }

    private static long write(Target target, FileChannel spool, SalvageWriter writer) throws IOException {
        writer.from(spool);
        for (int i = 0; i < target.size; i++) {
            writer.append(target.offsets[i], target.lengths[i]);
        }
        return target.size;
    }

    /** Has the metadata name what got messages. */
    private List<String> name(MetadataFile known) throws IOException {
        TreeSet<String> missing = new TreeSet<>();
        for (Target target : targets.values()) {
            if (target.left.live() > 0) {
                missing.add(target.left.topic());
                missing.add(JournalState.name(target.left));
            }
        }
        missing.removeAll(known.queues());
        if (missing.isEmpty()) {
            return List.of();
        }
        // As long as the journal is there, whoever wrote it is who wrote that.
        FileMetadataService service = new FileMetadataService(
                directory, known.byDaemonWithJournal() ? Durability.WRITTEN : Durability.MEMORY);
        Map<String, List<ChannelEntry>> channels = new TreeMap<>();
        Map<String, Boolean> paused = new TreeMap<>();
        for (TopicEntry topic : service.load().topics()) {
            channels.computeIfAbsent(topic.name(), name -> new ArrayList<>()).addAll(topic.channels());
            paused.merge(topic.name(), topic.paused(), Boolean::logicalOr);
        }
        for (String name : missing) {
            int colon = name.indexOf(':');
            List<ChannelEntry> of =
                    channels.computeIfAbsent(colon < 0 ? name : name.substring(0, colon), topic -> new ArrayList<>());
            if (colon >= 0) {
                of.add(new ChannelEntry(name.substring(colon + 1), false));
            }
        }
        if (Files.exists(directory.resolve(MetadataFile.NAME))) {
            kept.keepCopy(directory.resolve(MetadataFile.NAME));
        }
        List<TopicEntry> entries = new ArrayList<>();
        channels.forEach(
                (name, of) -> entries.add(new TopicEntry(name, paused.getOrDefault(name, false), List.copyOf(of))));
        service.save(new Metadata(entries));
        return List.copyOf(missing);
    }

    /** The first one first: what is left, if it is killed, tells of what became of the messages in it. */
    private void remove(JournalFiles files) throws IOException {
        for (JournalFiles.Segment segment : files.segments()) {
            kept.keep(segment.path());
            KeptFiles.sync(directory);
        }
        for (JournalFiles.Segment segment : files.unused()) {
            Files.delete(segment.path());
        }
        KeptFiles.sync(directory);
    }
}
