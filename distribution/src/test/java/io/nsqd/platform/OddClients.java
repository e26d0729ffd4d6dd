package io.nsqd.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.tcp.Delivery;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Clients that are in the middle of something whenever a bundle is updated, each on a connection that it keeps: those that have sent a
 * part of what they have to say, one that does not say that it is done, one that does not read. One thread.
 */
final class OddClients implements AutoCloseable {
    /** Where those publish at last who want to know that they were heard. */
    static final String HEARD = "heard";

    /** What a big message is sent in; as many rounds as that does it take. */
    private static final int PIECES = 15;

    private static final int BIG_BYTES = 4 << 20;
    private static final int HELD = 100;

    private static final int SLOW_BYTES = 20_000;

    /** More than fits into the sockets' buffers and what the daemon holds for a connection. */
    private static final int SLOW_MESSAGES = 400;

    private static final int READ_EACH_ROUND = 20;

    private final int port;
    private final String secret;
    private final List<V2Client> clients = new ArrayList<>();
    private final List<Speaker> speakers = new ArrayList<>();
    private final V2Client publisher;
    private final V2Client holder;
    private final V2Client slow;
    private int heldFrom;
    private int slowPublished;
    private int slowRead;

    OddClients(int port, String secret) throws IOException {
        this.port = port;
        this.secret = secret;
        publisher = client(V2Client.connect(port));
        holder = subscribed(client(V2Client.connect(port)), "held", HELD);
        slow = subscribed(client(V2Client.connect(port, 4096)), "slow", 2_000);
        speakers.add(new Speaker("big", true, PIECES, "PUB big", "y".repeat(BIG_BYTES)));
        String[] batch =
                IntStream.range(0, 40).mapToObj(i -> "z".repeat(1 + 997 * i)).toArray(String[]::new);
        speakers.add(new Speaker("batched", true, PIECES, "MPUB batched", V2Client.batch(batch)));
        // A byte a round, nearly: each part of a command is broken off in each place.
        speakers.add(new Speaker("bytes", true, 20, "PUB bytes", "abc"));
        speakers.add(new Speaker("few", true, 30, "MPUB few", V2Client.batch("a", "bc")));
        speakers.add(new Speaker("magic", false, 16, "PUB magic", "abc"));
        hold();
        publishSlow();
    }

    private V2Client client(V2Client client) throws IOException {
        clients.add(client);
        client.send(V2Client.MAGIC);
        expect("OK", client.line("IDENTIFY", "{\"heartbeat_interval\":60000,\"msg_timeout\":600000}"));
        authenticate(client);
        return client;
    }

    private void authenticate(V2Client client) throws IOException {
        if (!secret.isEmpty()) {
            Frame answer = frame(client.line("AUTH", secret));
            assertTrue(answer.data().startsWith("{"), answer::toString);
        }
    }

    private static V2Client subscribed(V2Client client, String topic, int ready) throws IOException {
        expect("OK", client.line("SUB " + topic + " c"));
        return client.line("RDY " + ready);
    }

    private static Frame frame(V2Client client) throws IOException {
        Frame frame = client.frame();
        while (frame.equals(Frame.HEARTBEAT)) {
            client.line("NOP");
            frame = client.frame();
        }
        return frame;
    }

    private static void expect(String answer, V2Client client) throws IOException {
        assertEquals(answer, frame(client).data());
    }

    private static Delivery delivery(V2Client client) throws IOException {
        Delivery delivery = frame(client).delivery();
        assertEquals(1, delivery.attempts(), "sent twice");
        return delivery;
    }

    private void publish(String topic, String body) throws IOException {
        expect("OK", publisher.line("PUB " + topic, body));
    }

    /** Says one command in many pieces, again and again. */
    private final class Speaker {
        private final String topic;
        private final boolean begun;
        private final int pieces;
        private final String body;
        private final String said;
        private V2Client client;
        private final V2Client listener;
        private int piece;

        /** @param begun whether the connection is there before; else each command has one, and the magic is in pieces too */
        Speaker(String topic, boolean begun, int pieces, String line, String body) throws IOException {
            this.topic = topic;
            this.begun = begun;
            this.pieces = pieces;
            this.body = body;
            said = (begun ? "" : V2Client.MAGIC) + V2Client.command(line, body);
            if (begun) {
                client = client(V2Client.connect(port));
            }
            listener = subscribed(client(V2Client.connect(port)), topic, 1_000);
        }

        void speak() throws IOException {
            if (!begun && piece == 0) {
                client = V2Client.connect(port);
                clients.add(client);
            }
            long from = (long) said.length() * piece / pieces;
            piece++;
            client.send(said.substring((int) from, (int) ((long) said.length() * piece / pieces)));
            if (piece == pieces) {
                piece = 0;
                finished();
            }
        }

        private void finished() throws IOException {
            if (!begun && !secret.isEmpty()) {
                assertTrue(frame(client).data().startsWith("E_AUTH_FIRST"));
            } else {
                expect("OK", client);
                StringBuilder heard = new StringBuilder();
                // Of a batch it is the messages alone, without their sizes.
                String expected = topic.equals("batched") || topic.equals("few") ? messages() : body;
                while (heard.length() < expected.length()) {
                    Delivery delivery = delivery(listener);
                    heard.append(delivery.body());
                    listener.line("FIN " + delivery.id());
                }
                assertTrue(expected.contentEquals(heard), topic + " was changed on its way");
            }
            if (!begun) {
                client.close();
                clients.remove(client);
            }
        }

        private String messages() {
            StringBuilder messages = new StringBuilder();
            int at = Integer.BYTES;
            while (at < body.length()) {
                int size = 0;
                for (int i = 0; i < Integer.BYTES; i++) {
                    size = size << 8 | body.charAt(at++);
                }
                messages.append(body, at, at + size);
                at += size;
            }
            return messages.toString();
        }
    }

    private void hold() throws IOException {
        for (int i = 0; i < HELD; i++) {
            publish("held", Integer.toString(heldFrom + i));
        }
    }

    private void publishSlow() throws IOException {
        String padding = "s".repeat(SLOW_BYTES);
        while (slowPublished - slowRead < SLOW_MESSAGES) {
            publish("slow", slowPublished++ + " " + padding);
        }
    }

    /** Before an update: everybody says a little more. */
    void speak() throws IOException {
        for (Speaker speaker : speakers) {
            speaker.speak();
        }
    }

    /** After an update: what was in flight all the time is settled, and others take its place. */
    void settle() throws IOException {
        for (int i = 0; i < HELD; i++) {
            Delivery delivery = delivery(holder);
            assertEquals(Integer.toString(heldFrom + i), delivery.body());
            holder.line("FIN " + delivery.id());
        }
        heldFrom += HELD;
        hold();
        readSlowly(READ_EACH_ROUND);
        publishSlow();
    }

    private void readSlowly(int messages) throws IOException {
        for (int i = 0; i < messages; i++) {
            Delivery delivery = delivery(slow);
            assertEquals(
                    slowRead++,
                    Integer.parseInt(
                            delivery.body().substring(0, delivery.body().indexOf(' '))));
            slow.line("FIN " + delivery.id());
        }
    }

    /** How many there are. */
    int connections() {
        return clients.size();
    }

    /** Everybody says all there is to say, and reads all that is to be read. */
    void finish() throws IOException {
        for (Speaker speaker : speakers) {
            while (speaker.piece > 0) {
                speaker.speak();
            }
        }
        readSlowly(slowPublished - slowRead);
        for (int i = 0; i < HELD; i++) {
            holder.line("FIN " + delivery(holder).id());
        }
        // That this is answered means that all before was heard.
        expect("OK", holder.line("PUB " + HEARD, "x"));
        expect("OK", slow.line("PUB " + HEARD, "x"));
    }

    @Override
    public void close() throws IOException {
        for (V2Client client : clients) {
            client.close();
        }
    }
}
