package io.nsqd.core;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Names;
import io.nsqd.api.NsqdException;
import io.nsqd.core.journal.LongSet;
import io.nsqd.core.journal.Replay;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.Adopter;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.Estate;
import io.nsqd.spi.Metadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Takes over what another daemon has left: its journal as a start would read its own, then what is in its queues. A piece is let go of
 * there only when it is durable here; meanwhile no more than a piece is held.
 */
final class BrokerAdopter implements Adopter {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerAdopter.class);

    /** What is adopted before it is waited for. */
    private static final long PIECE_BYTES = 4 << 20;

    private static final int PIECE_MESSAGES = 10_000;
    private static final int READ_MESSAGES = 1000;

    /** How long a queue may rest before it is asked again. */
    private static final long REST_MILLIS = 200;

    private final Broker broker;

    BrokerAdopter(Broker broker) {
        this.broker = broker;
    }

    @Override
    public Adopted adopt(Estate estate, Progress progress) throws IOException {
        try {
            return new Adoption(estate, progress).run();
        } catch (NsqdException e) {
            throw new IOException("failed to adopt what " + estate.owner() + " has left - " + e.getMessage(), e);
        }
    }

    private record Place(String topic, String channel) {}

    private final class Adoption {
        private final Estate estate;
        private final Progress progress;
        private final Map<Place, MessageBatch> piece = new LinkedHashMap<>();
        private long pieceBytes;
        private long pieceMessages;
        private long messages;
        private long bytes;
        private long left;

        Adoption(Estate estate, Progress progress) {
            this.estate = estate;
            this.progress = progress;
        }

        Adopted run() throws IOException {
            Replay replay = new Replay(broker.clock().epochNanos(), broker.troubles());
            replay.read(estate::replay);
            create(estate.metadata());
            if (!estate.isJournalAdopted()) {
                left += replay.live();
                replay.restore(estate::replay, (topic, channel) -> place(topic, channel)
                        .<Replay.Target>map(place -> (id, timestamp, attempts, delay, position, body) -> {
                            left--;
                            add(place, id, timestamp, attempts, delay, body);
                        })
                        .orElse(null));
                settle();
                estate.journalAdopted();
            }
            Map<String, LongSet> stale = new HashMap<>();
            for (Replay.Left queue : replay.left()) {
                String name = queue.channel().isEmpty() ? queue.topic() : queue.topic() + ":" + queue.channel();
                stale.put(name, queue.stale());
            }
            for (String queue : estate.queues()) {
                adopt(queue, Optional.ofNullable(stale.get(queue)));
            }
            return told();
        }

        /** Its topics and channels are there, paused as they were where this daemon has not had them. */
        private void create(Metadata metadata) {
            for (Metadata.TopicEntry entry : metadata.topics()) {
                if (!Names.isValid(entry.name())) {
                    continue;
                }
                boolean known = broker.existingTopic(entry.name()).isPresent();
                BrokerTopic topic = (BrokerTopic) broker.topic(entry.name());
                if (!known && entry.paused()) {
                    topic.pause();
                }
                for (Metadata.ChannelEntry channel : entry.channels()) {
                    if (Names.isValid(channel.name())
                            && topic.existingChannel(channel.name()).isEmpty()) {
                        BrokerChannel made = (BrokerChannel) topic.channel(channel.name());
                        if (channel.paused()) {
                            made.pause();
                        }
                    }
                }
            }
        }

        private Optional<Place> place(String topic, String channel) {
            if (!Names.isValid(topic) || !channel.isEmpty() && !Names.isValid(channel)) {
                LOG.error(
                        "ADOPT({}): messages of the invalid name {}:{} are left alone", estate.owner(), topic, channel);
                return Optional.empty();
            }
            return Optional.of(new Place(topic, channel));
        }

        private void add(Place place, long id, long timestamp, int attempts, long delay, ByteBuffer body)
                throws IOException {
            byte[] own = new byte[body.remaining()];
            body.duplicate().get(own);
            piece.computeIfAbsent(place, p -> new MessageBatch())
                    .add(id, timestamp, attempts, delay, own, 0, own.length);
            pieceBytes += own.length;
            pieceMessages++;
            if (pieceBytes >= PIECE_BYTES || pieceMessages >= PIECE_MESSAGES) {
                settle();
            }
        }

        /** What was collected is put where it belongs, and is durable there afterwards. */
        private void settle() throws IOException {
            for (Map.Entry<Place, MessageBatch> part : piece.entrySet()) {
                BrokerTopic topic = (BrokerTopic) broker.topic(part.getKey().topic());
                topic.adopt(part.getKey().channel(), part.getValue());
            }
            for (Place place : piece.keySet()) {
                Optional<BrokerTopic> topic =
                        broker.existingTopic(place.topic()).map(BrokerTopic.class::cast);
                if (topic.isPresent()) {
                    topic.get().adopted(place.channel());
                }
            }
            messages += pieceMessages;
            bytes += pieceBytes;
            piece.clear();
            pieceBytes = 0;
            pieceMessages = 0;
            told();
        }

        private Adopted told() throws IOException {
            Adopted now = new Adopted(messages, bytes, Math.max(0, left));
            progress.at(now);
            return now;
        }

        private void adopt(String name, Optional<LongSet> stale) throws IOException {
            int colon = name.indexOf(':');
            Optional<Place> place =
                    colon < 0 ? place(name, "") : place(name.substring(0, colon), name.substring(colon + 1));
            if (place.isEmpty()) {
                return;
            }
            Waker waker = new Waker();
            BackendQueue queue = estate.open(name, waker);
            try {
                left += queue.depth();
                drain(queue, place.get(), stale, waker);
            } finally {
                queue.close();
            }
        }

        private void drain(BackendQueue queue, Place place, Optional<LongSet> stale, Waker waker) throws IOException {
            MessageBatch batch = new MessageBatch();
            int read = 0;
            while (queue.hasUnread() || read > 0) {
                batch.clear();
                int more = queue.hasUnread() ? queue.read(READ_MESSAGES, PIECE_BYTES, batch) : 0;
                for (int i = 0; i < more; i++) {
                    left--;
                    if (stale.isEmpty() || !stale.get().contains(batch.id(i))) {
                        ByteBuffer body = ByteBuffer.wrap(batch.block(i), batch.offset(i), batch.length(i));
                        piece.computeIfAbsent(place, p -> new MessageBatch())
                                .add(
                                        batch.id(i),
                                        batch.timestampNanos(i),
                                        batch.attempts(i),
                                        batch.delayNanos(i),
                                        batch.block(i),
                                        batch.offset(i),
                                        batch.length(i));
                        pieceBytes += body.remaining();
                        pieceMessages++;
                    }
                }
                read += more;
                if (read > 0 && (!queue.hasUnread() || pieceBytes >= PIECE_BYTES || read >= PIECE_MESSAGES)) {
                    settle();
                    queue.forget(read);
                    queue.sync();
                    read = 0;
                } else if (more == 0 && queue.hasUnread()) {
                    waker.rest();
                }
            }
        }
    }

    /** Waits until a queue can be read again. */
    private static final class Waker implements BackendQueueFactory.Listener {
        private final Semaphore readable = new Semaphore(0);
        private volatile String error = "";

        @Override
        public void readable() {
            readable.release();
        }

        @Override
        public void health(String text) {
            error = text;
        }

        void rest() throws IOException {
            try {
                if (!readable.tryAcquire(REST_MILLIS, TimeUnit.MILLISECONDS) && !error.isEmpty()) {
                    throw new IOException(error);
                }
                readable.drainPermits();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(Errors.describe(e), e);
            }
        }
    }
}
