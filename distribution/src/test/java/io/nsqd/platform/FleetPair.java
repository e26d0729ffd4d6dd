package io.nsqd.platform;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.List;

/**
 * A publisher and the only consumer of what it publishes: messages are numbered, and are to arrive in that order, each once. Confined to
 * the fleet's loop but for what is said to be anybody's.
 */
final class FleetPair {
    /** How the publisher publishes, and what the consumer makes of it. */
    enum Style {
        /** A hundred PUBs at once, and a command with another answer behind them. */
        PIPELINED(100, false),
        /** A hundred messages in an MPUB. */
        BATCHED(100, false),
        /** One PUB after the other. */
        SINGLE(1, false),
        /** As above; the consumer touches each message and has it sent once more. */
        REQUEUED(1, true);

        private final int burst;
        private final boolean again;

        Style(int burst, boolean again) {
            this.burst = burst;
            this.again = again;
        }
    }

    /** Where consumers publish to be answered. */
    static final String ASKED = "asked";

    private static final String CHANNEL = "c";

    /** Messages that may be underway: far fewer than are held in memory, as what overflows comes out of order. */
    private static final int WINDOW = 2_000;

    private static final int READY = 250;
    private static final int BODY_BYTES = 100;
    private static final int ID_BYTES = 16;

    /** After how many messages the consumer publishes something itself: the answer tells that what it said before was heard. */
    private static final int ASK_EVERY = 100;

    private final Fleet fleet;
    private final String topic;
    private final Style style;
    private final Publisher publisher;
    private final Consumer consumer;
    private final byte[] padding = new byte[BODY_BYTES - Integer.BYTES];

    private double credit;
    private int sent;

    /** What is answered: that many messages were accepted. */
    private int acknowledged;

    private final BitSet finished = new BitSet();

    /** Finished, and the daemon has answered something that was asked later. */
    private final BitSet settled = new BitSet();

    private volatile int received;
    private int duplicates;
    private int disordered;
    private int resurrected;

    FleetPair(Fleet fleet, String topic, Style style, FleetClient.Wrapping publishing, FleetClient.Wrapping consuming) {
        this.fleet = fleet;
        this.topic = topic;
        this.style = style;
        publisher = new Publisher(publishing);
        consumer = new Consumer(consuming);
    }

    List<ChannelHandler> clients() {
        return List.of(consumer, publisher);
    }

    /** Distinct messages that have arrived. Any thread. */
    int received() {
        return received;
    }

    int duplicates() {
        return duplicates;
    }

    int disordered() {
        return disordered;
    }

    /** Messages that came again though they were settled. */
    int resurrected() {
        return resurrected;
    }

    /** Messages that were acknowledged and have not arrived. */
    int missing() {
        return acknowledged - Math.min(acknowledged, finished.nextClearBit(0));
    }

    /** Whether everything that was published is answered, and has been finished, and that is known to be heard. */
    boolean isDone() {
        return publisher.outstanding == 0
                && acknowledged == sent
                && finished.cardinality() >= sent
                && consumer.answered == consumer.asked;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void arrived() {
        // One thread writes.
        received++;
        fleet.delivered();
    }

    /** Publishes what is due. */
    void tick(double messages) {
        // What could not be published for a while is not made up for: that would be another test.
        credit = Math.min(credit + messages, Math.max(2 * style.burst, 10 * messages));
        while (credit >= style.burst && sent - received + style.burst <= WINDOW && publisher.hasRoom()) {
            credit -= style.burst;
            publisher.publish();
        }
    }

    private final class Publisher extends FleetClient {
        /** Commands that are not answered yet. */
        private int outstanding;

        /** How many messages must have been accepted before each answer that is no OK. */
        private final ArrayDeque<Integer> asked = new ArrayDeque<>();

        Publisher(Wrapping wrapping) {
            super(FleetPair.this.fleet, wrapping);
        }

        @Override
        void served() {
            fleet.ready();
        }

        boolean hasRoom() {
            return outstanding < (style == Style.BATCHED ? 5 : style.burst);
        }

        void publish() {
            ByteBuf out = buffer(style.burst * (BODY_BYTES + 64));
            if (style == Style.BATCHED) {
                line(out, "MPUB " + topic).writeInt(Integer.BYTES + style.burst * (Integer.BYTES + BODY_BYTES));
                out.writeInt(style.burst);
                for (int i = 0; i < style.burst; i++) {
                    body(out);
                }
                outstanding++;
            } else {
                for (int i = 0; i < style.burst; i++) {
                    body(line(out, "PUB " + topic));
                }
                outstanding += style.burst;
                if (style == Style.PIPELINED) {
                    asked.add(sent);
                    identify(out);
                }
            }
            write(out);
            flush();
        }

        private void body(ByteBuf out) {
            out.writeInt(BODY_BYTES).writeInt(sent++).writeBytes(padding);
        }

        /** Its answer is no OK, and so tells whether it is in its place. */
        private void identify(ByteBuf out) {
            String body = "{\"feature_negotiation\":true,\"heartbeat_interval\":10000}";
            text(line(out, "IDENTIFY").writeInt(body.length()), body);
        }

        @Override
        void response(String text) {
            if (text.startsWith("{")) {
                int expected = asked.remove();
                if (acknowledged != expected) {
                    fleet.ended(this, "answer " + expected + " came as answer " + acknowledged);
                }
                return;
            }
            if (!text.equals("OK") || outstanding == 0) {
                fleet.ended(this, "publisher got " + text);
                return;
            }
            outstanding--;
            acknowledged += style == Style.BATCHED ? style.burst : 1;
        }

        @Override
        void error(String text) {
            fleet.ended(this, "publisher got " + text);
        }

        @Override
        void message(ByteBuf message) {
            fleet.ended(this, "publisher got a message");
        }
    }

    private final class Consumer extends FleetClient {
        private boolean subscribed;
        private int asked;
        private int answered;
        private int untilAsked = ASK_EVERY;

        /** Finished since it last asked, and before it did. */
        private BitSet unasked = new BitSet();

        private final ArrayDeque<BitSet> unanswered = new ArrayDeque<>();

        Consumer(Wrapping wrapping) {
            super(FleetPair.this.fleet, wrapping);
        }

        @Override
        void served() {
            write(line(buffer(64), "SUB " + topic + " " + CHANNEL));
        }

        @Override
        void response(String text) {
            if (!text.equals("OK")) {
                fleet.ended(this, "consumer got " + text);
            } else if (!subscribed) {
                subscribed = true;
                write(line(buffer(64), "RDY " + READY));
                fleet.ready();
            } else {
                answered++;
                settled.or(unanswered.remove());
            }
        }

        @Override
        void error(String text) {
            if (fleet.forgives(text)) {
                // It is of those that the next answer would vouch for.
                (unanswered.isEmpty() ? unasked : unanswered.peek()).clear();
            } else {
                fleet.ended(this, "consumer got " + text);
            }
        }

        /** What it has said before is heard once this is answered. */
        private void ask() {
            write(line(buffer(32), "PUB " + ASKED).writeInt(1).writeByte('x'));
            asked++;
            unanswered.add(unasked);
            unasked = new BitSet();
        }

        @Override
        void message(ByteBuf message) {
            message.skipBytes(Long.BYTES);
            int attempts = message.readUnsignedShort();
            String id = message.readCharSequence(ID_BYTES, StandardCharsets.ISO_8859_1)
                    .toString();
            int number = message.readInt();
            if (settled.get(number)) {
                resurrected++;
            }
            if (style.again && attempts == 1) {
                write(line(line(buffer(64), "TOUCH " + id), "REQ " + id + " 0"));
                return;
            }
            if (finished.get(number)) {
                duplicates++;
            } else {
                disordered += number == finished.nextClearBit(0) || style.again ? 0 : 1;
                duplicates += attempts > (style.again ? 2 : 1) ? 1 : 0;
                finished.set(number);
                arrived();
            }
            write(line(buffer(24), "FIN " + id));
            unasked.set(number);
            if (--untilAsked <= 0 && fleet.isAsking()) {
                untilAsked = ASK_EVERY;
                ask();
            }
        }
    }
}
