package io.nsqd.faults;

import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Delivery;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/** A client that answers heartbeats and gives up when it is refused. */
final class Session implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofMillis(300);

    /** How many such times to wait for what is said to be there. */
    private static final int MOST_SILENT = 60;

    private final V2Client client;

    Session(int port) throws IOException {
        client = V2Client.connect(port);
        client.send(V2Client.MAGIC);
    }

    /** A consumer that may have so many messages in flight. */
    static Session consumer(int port, String topic, String channel, int ready) throws IOException {
        Session session = new Session(port);
        session.client.line("SUB " + topic + " " + channel);
        session.answer();
        session.client.line("RDY " + ready);
        return session;
    }

    /** Sends a line with a body; whether the answer is OK. */
    boolean send(String line, String body) throws IOException {
        return ask(line, body).equals(Frame.OK.data());
    }

    /** Sends a line with a body; the text of the answer. */
    String ask(String line, String body) throws IOException {
        client.line(line, body);
        return answer().data();
    }

    /** Publishes messages with one command; whether the answer is OK. */
    boolean sendBatch(String topic, String... bodies) throws IOException {
        return send("MPUB " + topic, V2Client.batch(bodies));
    }

    /**
     * Tells of and finishes what waits in a channel, until nothing waits any more; gives up where something waits and does not
     * come.
     */
    static void drain(Daemon daemon, String topic, String channel, Consumer<Delivery> told)
            throws IOException, InterruptedException {
        try (Session session = consumer(daemon.tcpPort(), topic, channel, 20)) {
            int silent = 0;
            while (silent < MOST_SILENT && (silent == 0 || Figures.waiting(daemon, topic, channel) > 0)) {
                if (session.client.hearsWithin(SILENCE)) {
                    silent = 0;
                    Delivery delivery = session.next();
                    told.accept(delivery);
                    session.finish(delivery);
                } else {
                    silent++;
                }
            }
        }
    }

    private Frame answer() throws IOException {
        Frame frame = client.frame();
        while (frame.equals(Frame.HEARTBEAT)) {
            client.line("NOP");
            frame = client.frame();
        }
        return frame;
    }

    /** The next message. */
    Delivery next() throws IOException {
        Frame frame = answer();
        while (frame.type() == Frame.ERROR && frame.data().startsWith("E_FIN_FAILED")) {
            // Of two copies of a message that were in flight at once only one can be finished.
            frame = answer();
        }
        return frame.delivery();
    }

    /** Gives a message back, to come again at once. */
    void giveBack(Delivery delivery) throws IOException {
        giveBack(delivery, 0);
    }

    /** Gives a message back, to come again after a delay in milliseconds. */
    void giveBack(Delivery delivery, int delay) throws IOException {
        client.line("REQ " + delivery.id() + " " + delay);
    }

    void finish(Delivery delivery) throws IOException {
        client.line("FIN " + delivery.id());
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
