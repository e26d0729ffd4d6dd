package io.nsqd.bench;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Plays rounds: connects, measures, and leaves nothing behind. */
final class Rounds {
    /** PUBs that go out at once, and those that may be unanswered. */
    private static final int PIPE_CHUNK = 100;

    private static final int PIPE_CHUNKS = 10;

    /** Bytes that go out at once: of big messages fewer. */
    private static final int PIPE_BYTES = 64 * 1024;

    /** Of the MPUBs that put messages where they wait; not measured. */
    private static final int FILL_BATCH = 500;

    private static final int FILL_BYTES = 1024 * 1024;

    /** What a server gathers by default before it sends it to a consumer. The rest, at the end, may wait for a timer (250 ms). */
    private static final int SERVER_BUFFER_BYTES = 16 * 1024;

    /** From so long before a message is due the sender waits with open eyes, since whoever sleeps wakes late. */
    private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(60);

    private static final TcpConnection.Arrivals UNSEEN = (in, offset) -> {};

    private final Settings settings;
    private final ProgressLine progress;
    private final byte[] body;
    private final String run = Long.toHexString(System.currentTimeMillis()) + "-"
            + ProcessHandle.current().pid();
    private int topics;

    Rounds(Settings settings, ProgressLine progress) {
        this.settings = settings;
        this.progress = progress;
        body = body(settings.bytes());
    }

    /** Letters, in an order that no compression makes much of. */
    private static byte[] body(int bytes) {
        byte[] body = new byte[bytes];
        SplittableRandom random = new SplittableRandom(bytes);
        for (int i = 0; i < bytes; i++) {
            body[i] = (byte) random.nextInt('a', 'z' + 1);
        }
        return body;
    }

    /** One round. */
    Map<Metric, Double> play(Workload workload, Server server) throws BenchException, InterruptedException {
        topics++;
        BenchTopic topic = new BenchTopic(server, run + "-" + topics);
        Map<Metric, Double> measured;
        try {
            int messages = settings.messages(workload);
            measured = switch (workload) {
                case PUB -> publish(server, topic, messages, 1);
                case MPUB -> publish(server, topic, messages, settings.batch());
                case PUB_PIPE -> pipe(server, topic, messages);
                case CONSUME -> consume(server, topic, messages);
                case PUBSUB -> publishAndConsume(server, topic, messages);
                case LATENCY -> latency(server, topic, messages);
            };
        } catch (BenchException e) {
            topic.tryToDelete(e);
            throw e;
        }
        topic.delete();
        return measured;
    }

    private static Map<Metric, Double> rate(long messages, long nanos) {
        return Map.of(Metric.RATE, messages * (double) TimeUnit.SECONDS.toNanos(1) / nanos);
    }

    private static int ceilDiv(int messages, int pieces) {
        return (int) (((long) messages + pieces - 1) / pieces);
    }

    // ---- publishing

    private Map<Metric, Double> publish(Server server, BenchTopic topic, int messages, int batch)
            throws BenchException, InterruptedException {
        int commands = ceilDiv(ceilDiv(messages, settings.connections()), batch);
        long goal = (long) commands * batch * settings.connections();
        try (Crew crew = new Crew(goal, goal)) {
            for (int i = 0; i < settings.connections(); i++) {
                Connection connection = crew.add(server.connect());
                ByteBuffer frame =
                        batch == 1 ? connection.pub(topic.name(), body) : connection.mpub(topic.name(), body, batch);
                crew.job(() -> {
                    for (int sent = 0; sent < commands; sent++) {
                        connection.send(frame);
                        connection.awaitOk(1);
                        crew.advance(batch);
                    }
                });
            }
            crew.run(progress);
            return rate(crew.markDone(), crew.markNanos());
        }
    }

    private Map<Metric, Double> pipe(Server server, BenchTopic topic, int messages)
            throws BenchException, InterruptedException {
        int chunk = Math.max(1, Math.min(PIPE_CHUNK, PIPE_BYTES / body.length));
        int chunks = ceilDiv(ceilDiv(messages, settings.connections()), chunk);
        long goal = (long) chunks * chunk * settings.connections();
        try (Crew crew = new Crew(goal, goal)) {
            for (int i = 0; i < settings.connections(); i++) {
                Connection connection = crew.add(server.connect());
                ByteBuffer frame = repeat(connection.pub(topic.name(), body), chunk);
                crew.job(() -> {
                    int sent = 0;
                    for (int answered = 0; answered < chunks; answered++) {
                        while (sent < chunks && sent - answered < PIPE_CHUNKS) {
                            connection.send(frame);
                            sent++;
                        }
                        connection.awaitOk(chunk);
                        crew.advance(chunk);
                    }
                });
            }
            crew.run(progress);
            return rate(crew.markDone(), crew.markNanos());
        }
    }

    /** A frame, so many times. */
    static ByteBuffer repeat(ByteBuffer frame, int times) {
        ByteBuffer all = ByteBuffer.allocateDirect(frame.capacity() * times);
        for (int i = 0; i < times; i++) {
            all.put(frame.rewind());
        }
        return all;
    }

    // ---- consuming

    private Map<Metric, Double> consume(Server server, BenchTopic topic, int messages)
            throws BenchException, InterruptedException {
        int atOnce = settings.ephemeral() ? Settings.EPHEMERAL_BACKLOG : messages;
        long done = 0;
        long nanos = 0;
        for (int left = messages; left > 0; left -= atOnce) {
            try (Crew crew = new Crew(Math.min(left, atOnce), mark(Math.min(left, atOnce)))) {
                List<TcpConnection> consumers = waiting(crew, server, topic, Math.min(left, atOnce));
                consumers.forEach(consumer -> crew.job(() -> consume(crew, consumer, consumers, new Semaphore(0))));
                crew.run(progress);
                done += crew.markDone();
                nanos += crew.markNanos();
            }
        }
        return rate(done, nanos);
    }

    /** Consumers of so many messages, which wait in the channel. */
    private List<TcpConnection> waiting(Crew crew, Server server, BenchTopic topic, int messages)
            throws BenchException {
        if (settings.ephemeral()) {
            // The channel is there as long as they are.
            List<TcpConnection> consumers = subscribe(crew, server, topic);
            fill(server, topic, messages);
            return consumers;
        }
        // They come afterwards: it may take longer than a server waits for an answer to its heartbeats.
        topic.createChannel();
        fill(server, topic, messages);
        return subscribe(crew, server, topic);
    }

    /** The time is taken before the last buffers, which the server may hold back for a while. */
    private long mark(int messages) {
        long last = (long) settings.connections()
                * (SERVER_BUFFER_BYTES / (body.length + TcpConnection.MESSAGE_OVERHEAD) + 1);
        return Math.max(messages - last, (messages + 1) / 2);
    }

    private List<TcpConnection> subscribe(Crew crew, Server server, BenchTopic topic) throws BenchException {
        List<TcpConnection> consumers = new ArrayList<>();
        for (int i = 0; i < settings.connections(); i++) {
            TcpConnection consumer = crew.add(TcpConnection.consumer(server.address()));
            consumer.subscribe(topic.name(), topic.channel());
            consumers.add(consumer);
        }
        return consumers;
    }

    private void fill(Server server, BenchTopic topic, int messages) throws BenchException {
        int batch = Math.max(1, Math.min(FILL_BATCH, FILL_BYTES / body.length));
        try (TcpConnection connection = TcpConnection.publisher(server.address())) {
            ByteBuffer frame = connection.mpub(topic.name(), body, batch);
            int left = messages;
            for (; left >= batch; left -= batch) {
                connection.send(frame);
                connection.awaitOk(1);
            }
            if (left > 0) {
                connection.send(connection.mpub(topic.name(), body, left));
                connection.awaitOk(1);
            }
        }
    }

    /**
     * What a consumer's thread does. Whoever counts the last message has everybody stop, which nobody else disturbs: each counts only
     * what it has finished. That the server has answered that means that no FIN is on its way when the topic is deleted.
     */
    private static void consume(Crew crew, TcpConnection consumer, List<TcpConnection> all, Semaphore room)
            throws BenchException {
        consumer.ready();
        while (!consumer.isStopped()) {
            int received = consumer.receive(UNSEEN);
            room.release(received);
            if (crew.advance(received)) {
                for (TcpConnection each : all) {
                    each.stop();
                }
            }
        }
    }

    private Map<Metric, Double> publishAndConsume(Server server, BenchTopic topic, int messages)
            throws BenchException, InterruptedException {
        int batch = settings.batch();
        int commands = ceilDiv(ceilDiv(messages, settings.connections()), batch);
        int goal = Math.toIntExact((long) commands * batch * settings.connections());
        Semaphore room = new Semaphore(Math.max(Settings.EPHEMERAL_BACKLOG, batch));
        try (Crew crew = new Crew(goal, mark(goal))) {
            List<TcpConnection> consumers = subscribe(crew, server, topic);
            consumers.forEach(consumer -> crew.job(() -> consume(crew, consumer, consumers, room)));
            for (int i = 0; i < settings.connections(); i++) {
                Connection connection = crew.add(server.connect());
                ByteBuffer frame = connection.mpub(topic.name(), body, batch);
                crew.job(() -> {
                    for (int sent = 0; sent < commands; sent++) {
                        room.acquire(batch);
                        connection.send(frame);
                        connection.awaitOk(1);
                    }
                });
            }
            crew.run(progress);
            return rate(crew.markDone(), crew.markNanos());
        }
    }

    // ---- latency

    /**
     * Open loop: message i is due at the start + i / rate whatever the server does, and its latency counts from then, so that a slow
     * server cannot hide behind a sender that waits for it.
     */
    private Map<Metric, Double> latency(Server server, BenchTopic topic, int messages)
            throws BenchException, InterruptedException {
        long[] latencies = new long[messages];
        int[] count = {0};
        try (Crew crew = new Crew(messages, messages)) {
            TcpConnection consumer = crew.add(TcpConnection.unbufferedConsumer(server.address()));
            consumer.subscribe(topic.name(), topic.channel());
            crew.job(() -> {
                consumer.ready();
                while (!consumer.isStopped()) {
                    int received = consumer.receive((in, offset) -> {
                        // One that came twice does not count twice.
                        if (count[0] < messages) {
                            latencies[count[0]] = System.nanoTime() - in.getLong(offset);
                            count[0]++;
                        }
                    });
                    if (crew.advance(received)) {
                        consumer.stop();
                    }
                }
            });
            Connection publisher = crew.add(server.connect());
            byte[] dated = body(Math.max(Long.BYTES, body.length));
            ByteBuffer frame = publisher.pub(topic.name(), dated);
            int date = frame.capacity() - dated.length;
            crew.job(() -> {
                for (int i = 0; i < messages; i++) {
                    long due = crew.startNanos() + i * TimeUnit.SECONDS.toNanos(1) / settings.rate();
                    awaitNanos(due);
                    publisher.send(frame.putLong(date, due));
                }
            });
            crew.job(() -> publisher.awaitOk(messages));
            crew.run(progress);
        }
        Map<Metric, Double> measured = new EnumMap<>(Metric.class);
        measured.put(Metric.P50, millis(Spread.percentile(latencies, messages, 0.5)));
        measured.put(Metric.P99, millis(Spread.percentile(latencies, messages, 0.99)));
        measured.put(Metric.P999, millis(Spread.percentile(latencies, messages, 0.999)));
        return measured;
    }

    private static void awaitNanos(long due) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            if (left > SPIN_NANOS) {
                LockSupport.parkNanos(left - SPIN_NANOS);
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private static double millis(long nanos) {
        return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
}
