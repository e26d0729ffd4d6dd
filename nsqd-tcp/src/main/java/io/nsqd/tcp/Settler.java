package io.nsqd.tcp;

import io.nsqd.api.MessageId;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Printable;
import io.nsqd.api.Reason;
import io.nsqd.api.Subscription;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.net.transport.FinishBatch;
import io.nsqd.net.transport.MessagePump;

/** A client's FIN, REQ and TOUCH (P-60 to P-63). Confined to the connection's loop. */
final class Settler implements Subscription.Refused {
    private static final Logger LOG = LoggerFactory.getLogger(Settler.class);

    private final String remoteAddress;
    private final Limits limits;
    private final LoopState loop;
    private final PendingAnswers answers;
    private final MessagePump pump;
    private final LogQuota quota;
    private final FinishBatch finished;

    Settler(String remoteAddress, Limits limits, LoopState loop, PendingAnswers answers, MessagePump pump) {
        this.remoteAddress = remoteAddress;
        this.limits = limits;
        this.loop = loop;
        this.answers = answers;
        this.pump = pump;
        finished = new FinishBatch(pump, loop.finished, this);
        quota = new LogQuota(remoteAddress, loop.now());
    }

    /** FINs that come together are settled together, see {@link #settleGathered}. */
    void fin(CommandLine line) throws ProtocolException {
        check(Command.FIN, 1, line);
        byte[] bytes = line.bytes();
        int start = line.start(1);
        if (!MessageId.isValid(bytes, start)) {
            settleGathered();
            refuse(Command.FIN, line.text(1), Reason.NOT_IN_FLIGHT);
            return;
        }
        finished.add(MessageId.parse(bytes, start));
    }

    /** Settles the FINs gathered so far; before whatever they must not be behind. */
    void settleGathered() {
        finished.settle();
    }

    /** The connection is gone: its last FINs with it. */
    void forget() {
        finished.forget();
        quota.tellSuppressed();
    }

    @Override
    public void refused(long id, Reason reason) {
        refuse(Command.FIN, MessageId.toString(id), reason);
    }

    void req(CommandLine line) throws ProtocolException {
        check(Command.REQ, 2, line);
        if (!line.isNumber(2)) {
            throw ProtocolException.invalid("REQ could not parse timeout " + line.text(2));
        }
        long delay = line.number(2) * 1_000_000;
        if (delay < 0 || delay > limits.maxRequeueNanos()) {
            long clamped = delay < 0 ? 0 : limits.maxRequeueNanos();
            if (quota.allows(loop.now())) {
                LOG.info(
                        "PROTOCOL(V2): [{}] REQ timeout {}ns out of range, set to {}ns", remoteAddress, delay, clamped);
            }
            delay = clamped;
        }
        long delayNanos = delay;
        each(Command.REQ, line, (subscription, id) -> subscription.requeue(id, delayNanos));
    }

    void touch(CommandLine line) throws ProtocolException {
        check(Command.TOUCH, 1, line);
        each(Command.TOUCH, line, Subscription::touch);
    }

    /** What is done with a message in flight. */
    private interface Action {
        void on(Subscription subscription, long id);
    }

    private void each(Command command, CommandLine line, Action action) {
        if (!MessageId.isValid(line.bytes(), line.start(1))) {
            refuse(command, line.text(1), Reason.NOT_IN_FLIGHT);
            return;
        }
        try {
            action.on(pump.subscription(), MessageId.parse(line.bytes(), line.start(1)));
        } catch (NsqdException e) {
            refuse(command, line.text(1), e.reason());
        }
    }

    private static void check(Command command, int params, CommandLine line) throws ProtocolException {
        if (line.params() < params) {
            throw ProtocolException.invalid(command + " insufficient number of params");
        }
        if (line.length(1) != MessageId.LENGTH) {
            throw ProtocolException.invalid("invalid message ID");
        }
    }

    /** P-61: the connection goes on. */
    private void refuse(Command command, String id, Reason reason) {
        String why = reason == Reason.NOT_OWNER ? "client does not own message" : "ID not in flight";
        String text = "E_" + command + "_FAILED " + command + " " + id + " failed " + why;
        answers.error(text);
        if (quota.allows(loop.now())) {
            LOG.error("[{}] - {}", remoteAddress, Printable.of(FrameEncoder.readable(text)));
        }
    }
}
