package io.nsqd.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A connection that speaks NSQ's protocol, V2. */
final class TcpConnection extends Connection {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Bytes of size and type, before a frame's data. */
    private static final int HEADER_BYTES = 8;

    /** In a message, before the id: time and attempts. */
    private static final int ID_OFFSET = HEADER_BYTES + 8 + 2;

    private static final int ID_BYTES = 16;

    /** Bytes of a frame with a message, without the body. */
    static final int MESSAGE_OVERHEAD = ID_OFFSET + ID_BYTES;

    /** More than the greatest body that there may be; what says that it is bigger is no frame. */
    private static final int MAX_FRAME_BYTES = 256 * 1024 * 1024;

    private static final int RESPONSE = 0;
    private static final int ERROR = 1;
    private static final int MESSAGE = 2;

    private static final int FIN_BYTES = "FIN ".length() + ID_BYTES + 1;
    private static final int FIN = 'F' << 24 | 'I' << 16 | 'N' << 8 | ' ';
    private static final int FINS_BYTES = 64 * 1024;

    private static final int OK_BYTES = 2;
    private static final short OK = 'O' << 8 | 'K';

    /** Messages that a consumer may have in flight, unless the server allows fewer: what its default allows. */
    private static final int MAX_READY = 2_500;

    private final String version;
    private final int ready;
    private final ByteBuffer fins = ByteBuffer.allocateDirect(FINS_BYTES);
    private boolean closing;

    /** Who looks at the messages that come. */
    interface Arrivals {
        /** A body begins in {@code in} at {@code offset}. */
        void message(ByteBuffer in, int offset);
    }

    private TcpConnection(Address address, String wishes) throws BenchException {
        super(address);
        try {
            byte[] identify =
                    ("{\"client_id\":\"nsqd-bench\",\"user_agent\":\"nsqd-bench\",\"feature_negotiation\":true" + wishes
                                    + "}")
                            .getBytes(StandardCharsets.US_ASCII);
            byte[] command = "  V2IDENTIFY\n".getBytes(StandardCharsets.US_ASCII);
            send(ByteBuffer.allocate(command.length + Integer.BYTES + identify.length)
                    .put(command)
                    .putInt(identify.length)
                    .put(identify));
            JsonNode answer = JSON.readTree(response());
            version = answer.path("version").asText("?");
            ready = Math.min(MAX_READY, answer.path("max_rdy_count").asInt(MAX_READY));
        } catch (JsonProcessingException e) {
            close();
            throw BenchException.server(
                    address, "this is no nsqd, or a very old one: it answers IDENTIFY without JSON");
        } catch (BenchException e) {
            close();
            throw e;
        }
    }

    /** A connection to publish. It has no heartbeats, which would come between the answers. */
    static TcpConnection publisher(Address address) throws BenchException {
        return new TcpConnection(address, ",\"heartbeat_interval\":-1");
    }

    /** A connection to consume; the server sends in buffers, as it likes. */
    static TcpConnection consumer(Address address) throws BenchException {
        return new TcpConnection(address, "");
    }

    /** A connection to consume that is sent each message at once. */
    static TcpConnection unbufferedConsumer(Address address) throws BenchException {
        return new TcpConnection(address, ",\"output_buffer_size\":-1,\"output_buffer_timeout\":-1");
    }

    /** What the server calls its version. */
    String version() {
        return version;
    }

    @Override
    ByteBuffer pub(String topic, byte[] body) {
        byte[] command = ("PUB " + topic + "\n").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(command.length + Integer.BYTES + body.length)
                .put(command)
                .putInt(body.length)
                .put(body);
    }

    @Override
    ByteBuffer mpub(String topic, byte[] body, int count) {
        byte[] command = ("MPUB " + topic + "\n").getBytes(StandardCharsets.US_ASCII);
        int size = Integer.BYTES + count * (Integer.BYTES + body.length);
        ByteBuffer frame = ByteBuffer.allocateDirect(command.length + Integer.BYTES + size)
                .put(command)
                .putInt(size)
                .putInt(count);
        for (int i = 0; i < count; i++) {
            frame.putInt(body.length).put(body);
        }
        return frame;
    }

    @Override
    void awaitOk(int count) throws BenchException {
        for (int i = 0; i < count; i++) {
            int size = awaitFrame();
            ByteBuffer in = in();
            int at = in.position();
            if (size != Integer.BYTES + OK_BYTES
                    || in.getInt(at + Integer.BYTES) != RESPONSE
                    || in.getShort(at + HEADER_BYTES) != OK) {
                throw unexpected(size);
            }
            in.position(at + Integer.BYTES + size);
        }
    }

    /** Waits until a whole frame is there; returns its size as it says it: that of type and data. */
    private int awaitFrame() throws BenchException {
        need(HEADER_BYTES);
        int size = in().getInt(in().position());
        if (size < Integer.BYTES || size > MAX_FRAME_BYTES) {
            throw BenchException.server(address(), "what comes is not NSQ's protocol");
        }
        need(Integer.BYTES + size);
        return size;
    }

    private BenchException unexpected(int size) {
        int type = in().getInt(in().position() + Integer.BYTES);
        String what = "type " + type;
        if (type == RESPONSE || type == ERROR) {
            what = take(size);
        }
        return BenchException.server(address(), "the server answers " + what);
    }

    /** Takes the frame that is there; returns its data. */
    private String take(int size) {
        byte[] data = new byte[size - Integer.BYTES];
        in().position(in().position() + HEADER_BYTES).get(data);
        return new String(data, StandardCharsets.UTF_8);
    }

    private String response() throws BenchException {
        int size = awaitFrame();
        if (in().getInt(in().position() + Integer.BYTES) != RESPONSE) {
            throw unexpected(size);
        }
        return take(size);
    }

    // ---- to consume

    void subscribe(String topic, String channel) throws BenchException {
        send("SUB " + topic + " " + channel + "\n");
        awaitOk(1);
    }

    /** Lets messages come. */
    void ready() throws BenchException {
        send("RDY " + ready + "\n");
    }

    /** Asks for no more messages; {@link #receive} goes on until that is answered. From any thread, as soon as nothing else is to be sent. */
    void stop() throws BenchException {
        send("CLS\n");
    }

    /** Whether {@link #stop} was answered: the server has dealt with every FIN. */
    boolean isStopped() {
        return closing;
    }

    /** Waits for messages and finishes all that are there; returns how many. */
    int receive(Arrivals arrivals) throws BenchException {
        int messages = 0;
        do {
            int size = awaitFrame();
            ByteBuffer in = in();
            int at = in.position();
            if (in.getInt(at + Integer.BYTES) == MESSAGE) {
                arrivals.message(in, at + MESSAGE_OVERHEAD);
                finish(in, at + ID_OFFSET);
                messages++;
                in.position(at + Integer.BYTES + size);
            } else {
                answered(size);
            }
        } while (hasFrame());
        sendFins();
        return messages;
    }

    /** Whether a further frame is there as a whole, or what is none. */
    private boolean hasFrame() {
        ByteBuffer in = in();
        return in.remaining() >= HEADER_BYTES && in.remaining() - Integer.BYTES >= in.getInt(in.position());
    }

    private void answered(int size) throws BenchException {
        if (in().getInt(in().position() + Integer.BYTES) != RESPONSE) {
            throw unexpected(size);
        }
        String response = take(size);
        switch (response) {
            case "CLOSE_WAIT" -> closing = true;
            case "_heartbeat_" -> send("NOP\n");
            default -> throw BenchException.server(address(), "the server answers " + response);
        }
    }

    private void finish(ByteBuffer in, int id) throws BenchException {
        if (fins.remaining() < FIN_BYTES) {
            sendFins();
        }
        fins.putInt(FIN)
                .putLong(in.getLong(id))
                .putLong(in.getLong(id + Long.BYTES))
                .put((byte) '\n');
    }

    private void sendFins() throws BenchException {
        if (fins.position() > 0) {
            fins.flip();
            send(fins);
            fins.clear();
        }
    }
}
