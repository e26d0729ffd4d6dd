package io.nsqd.tcp;

import io.nsqd.api.Errors;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.Topic;
import io.nsqd.policy.PolicyKey;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.stats.ClientStats;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;

/** A client's PUB, MPUB and DPUB (P-65 to P-69). Confined to the connection's loop, save for {@link #counts}. */
final class Publisher {
    private final Nsqd nsqd;
    private final Limits limits;
    private final LoopState loop;
    private final ClientAuthorization authorization;
    private final PendingAnswers answers;

    private final Map<String, Target> published = new ConcurrentSkipListMap<>();

    /** The command being handled. */
    private Command command = Command.PUB;

    private Target target;
    private long delayNanos;

    /** A topic that the client publishes to, and how much. */
    private static final class Target {
        private final String name;
        private final byte[] nameBytes;
        private Topic topic;
        private volatile long count;

        Target(String name) {
            this.name = name;
            nameBytes = FrameEncoder.ascii(name);
        }

        boolean isFor(CommandLine line, int word) {
            return Arrays.equals(nameBytes, 0, nameBytes.length, line.bytes(), line.start(word), line.end(word));
        }

        @SuppressWarnings("NonAtomicVolatileUpdate")
        void counted(long messages) {
            // One thread writes.
            count += messages;
        }
    }

    Publisher(Nsqd nsqd, Limits limits, LoopState loop, ClientAuthorization authorization, PendingAnswers answers) {
        this.nsqd = nsqd;
        this.limits = limits;
        this.loop = loop;
        this.authorization = authorization;
        this.answers = answers;
    }

    void pub(CommandLine line) throws ProtocolException {
        begin(Command.PUB, "", 1, line);
    }

    void dpub(CommandLine line) throws ProtocolException {
        begin(Command.DPUB, "", 2, line);
        if (!line.isNumber(2)) {
            throw ProtocolException.invalid("DPUB could not parse timeout " + line.text(2));
        }
        long millis = line.number(2);
        delayNanos = millis * 1_000_000;
        long most = nsqd.policies()
                .effective(target.name, Optional.empty())
                .number(PolicyKey.MAX_DEFER_TIMEOUT, limits.maxDeferNanos());
        if (delayNanos < 0 || delayNanos > most) {
            throw ProtocolException.invalid(
                    "DPUB timeout " + Long.toUnsignedString(millis) + " out of range 0-" + most / 1_000_000);
        }
    }

    /** P-67: the code of a bad name stands twice, and the topic is made before the body is looked at. */
    void mpub(CommandLine line) throws ProtocolException {
        begin(Command.MPUB, "E_BAD_TOPIC ", 1, line);
        Target batchTarget = target;
        authorization.whenAllowed(command, Permission.PUBLISH, batchTarget.name, "", () -> resolve(batchTarget));
    }

    private void begin(Command begun, String prefix, int params, CommandLine line) throws ProtocolException {
        command = begun;
        if (line.params() < params) {
            throw ProtocolException.invalid(begun + " insufficient number of parameters");
        }
        target = target(prefix, line);
        delayNanos = 0;
    }

    /** The topic named by the first parameter; the last one is at hand. */
    private Target target(String prefix, CommandLine line) throws ProtocolException {
        if (target != null && target.isFor(line, 1)) {
            return target;
        }
        String name = line.text(1);
        if (!Names.isValid(name)) {
            throw new ProtocolException(
                    "E_BAD_TOPIC", prefix + command + " topic name " + line.quoted(1) + " is not valid");
        }
        Target known = published.get(name);
        return known == null ? new Target(name) : known;
    }

    /** The body of PUB or DPUB. */
    void body(byte[] body) throws ProtocolException {
        authorization.whenAllowed(command, Permission.PUBLISH, target.name, "", () -> publishSingle(body));
    }

    private void publishSingle(byte[] body) throws ProtocolException {
        MessageBatch single = loop.single;
        single.add(body, 0, body.length);
        try {
            publish(single, delayNanos);
        } finally {
            single.clear();
        }
    }

    /** The messages of MPUB. */
    void batch(MessageBatch batch) throws ProtocolException {
        publish(batch, 0);
    }

    private void resolve(Target asked) throws ProtocolException {
        if (asked.topic == null) {
            try {
                asked.topic = nsqd.topic(asked.name);
            } catch (NsqdException e) {
                throw failed(command, e);
            }
        }
    }

    private void publish(MessageBatch batch, long delay) throws ProtocolException {
        Target current = target;
        resolve(current);
        CompletableFuture<Void> result = current.topic.publishDeferred(batch, delay);
        if (isRefused(result, Reason.EXITING)) {
            // The topic at hand was deleted; there may be a new one of that name by now (B-6).
            Topic former = current.topic;
            current.topic = null;
            resolve(current);
            if (current.topic != former) {
                result = current.topic.publishDeferred(batch, delay);
            }
        }
        int size = batch.size();
        if (isRefused(result, Reason.FULL)) {
            // Nothing is wrong with the client, nor with the topic: it may try again.
            answers.error(failed(command, failure(result)).getMessage());
        } else if (result.isDone()) {
            check(command, current, size, result);
            answers.response(FrameEncoder.OK);
        } else {
            pend(current, size, batch.bytes(), result);
        }
    }

    /** Other commands are handled meanwhile. */
    private void pend(Target answered, int size, long bytes, CompletableFuture<Void> result) {
        Command pending = command;
        answers.when(result, bytes, () -> check(pending, answered, size, result), FrameEncoder.OK);
    }

    private void check(Command done, Target answered, int size, CompletableFuture<Void> result)
            throws ProtocolException {
        if (result.isCompletedExceptionally()) {
            answered.topic = null;
            throw failed(done, failure(result));
        }
        answered.counted(size);
        published.putIfAbsent(answered.name, answered);
    }

    private static boolean isRefused(CompletableFuture<Void> result, Reason reason) {
        return result.isCompletedExceptionally() && failure(result) instanceof NsqdException e && e.reason() == reason;
    }

    private static Throwable failure(CompletableFuture<Void> failed) {
        return failed.handle((done, cause) -> cause).join();
    }

    private static ProtocolException failed(Command tried, Throwable failure) {
        return new ProtocolException(
                "E_" + tried + "_FAILED", tried + " failed " + FrameEncoder.bytes(Errors.describe(failure)), failure);
    }

    /** The command being handled, as far as it has effects. */
    String line() {
        return command + " " + target.name + (command == Command.DPUB ? " " + delayNanos / 1_000_000 : "");
    }

    /** Goes on counting where the transport before has ended. */
    void restore(List<ClientStats.PubCount> counts) {
        for (ClientStats.PubCount before : counts) {
            Target known = new Target(before.topic());
            known.counted(before.count());
            published.put(before.topic(), known);
        }
    }

    /** How much was published to which topic (T-16). Any thread. */
    List<ClientStats.PubCount> counts() {
        return published.values().stream()
                .map(p -> new ClientStats.PubCount(p.name, p.count))
                .toList();
    }
}
