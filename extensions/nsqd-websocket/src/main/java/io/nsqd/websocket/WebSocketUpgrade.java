package io.nsqd.websocket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.nsqd.net.ParkedConnection;
import io.nsqd.net.transport.HttpUpgrade;
import io.nsqd.net.transport.ServedConnection;
import io.nsqd.net.transport.V2Protocol;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.RequestOrigins;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Makes WebSockets of connections, and has V2 spoken within their frames. */
final class WebSocketUpgrade implements HttpUpgrade, AutoCloseable {
    /** What a client may ask for by name; it gets the same without. */
    static final String SUBPROTOCOL = "nsq.v2";

    /** The biggest frame. Frames have nothing to do with commands, and big ones may be sent in several. */
    static final int MAX_FRAME_BYTES = 1 << 20;

    private static final String PROTOCOL = "websocket";
    private static final String VERSION = "13";
    private static final String VERSION_HEADER = "Sec-WebSocket-Version";
    private static final int KEY_BYTES = 16;

    /** By RFC 6455. */
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private static final long CLOSE_SECONDS = 5;

    private final V2Protocol v2;
    private final RequestOrigins origins;
    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    WebSocketUpgrade(V2Protocol v2, RequestOrigins origins) {
        this.v2 = v2;
        this.origins = origins;
    }

    @Override
    public String protocol() {
        return PROTOCOL;
    }

    @Override
    public Map<String, String> accept(HttpEndpoint.Request request) throws Refused {
        if (!values(request, VERSION_HEADER).equals(List.of(VERSION))) {
            throw new Refused(HttpEndpoint.Response.text(426, "version 13 of WebSocket is spoken here\n")
                    .with(VERSION_HEADER, VERSION));
        }
        String key = request.header("Sec-WebSocket-Key").orElse("").strip();
        if (!isKey(key)) {
            throw refused(400, "Sec-WebSocket-Key is no 16 bytes in Base64");
        }
        if (!origins.isOwn(request)) {
            throw refused(403, "pages of this origin may not: websocket-origins names those that may");
        }
        if (closed) {
            throw refused(503, "about to stop");
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Upgrade", PROTOCOL);
        headers.put("Sec-WebSocket-Accept", accepted(key));
        if (values(request, "Sec-WebSocket-Protocol").contains(SUBPROTOCOL)) {
            headers.put("Sec-WebSocket-Protocol", SUBPROTOCOL);
        }
        return headers;
    }

    private static Refused refused(int status, String why) {
        return new Refused(HttpEndpoint.Response.text(status, why + "\n"));
    }

    /** The values of a header in small letters, those behind commas, too. */
    private static List<String> values(HttpEndpoint.Request request, String header) {
        return request.headers().getOrDefault(header, List.of()).stream()
                .flatMap(line -> Arrays.stream(line.split(",", -1)))
                .map(value -> value.strip().toLowerCase(Locale.ROOT))
                .toList();
    }

    private static boolean isKey(String key) {
        try {
            return Base64.getDecoder().decode(key).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String accepted(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1")
                    .digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("each Java has SHA-1", e);
        }
    }

    @Override
    public ServedConnection open(Channel channel) throws Exception {
        // What ends its side ends the connection: the frames have a way to say so.
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        WebSocketDecoderConfig limits = WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(MAX_FRAME_BYTES)
                .closeOnProtocolViolation(false)
                .build();
        channel.pipeline()
                .addLast(new WebSocket13FrameDecoder(limits), new WebSocket13FrameEncoder(false), new WebSocketBytes());
        ServedConnection connection = v2.open(channel);
        add(channel);
        return connection;
    }

    @Override
    public Optional<ServedConnection> adopt(ParkedConnection parked) throws Exception {
        // Of one that was parked the frames are unwrapped as before.
        boolean ours = parked.channel().pipeline().get(WebSocketBytes.class) != null;
        Optional<ServedConnection> connection = ours ? v2.adopt(parked) : Optional.empty();
        if (connection.isPresent()) {
            add(parked.channel());
        }
        return connection;
    }

    private void add(Channel channel) {
        if (channels.add(channel)) {
            channel.closeFuture().addListener(gone -> channels.remove(channel));
        }
        // Once more, as close() may have looked for them in between.
        if (closed) {
            leave(channel);
        }
    }

    private static void leave(Channel channel) {
        channel.eventLoop().execute(() -> {
            WebSocketBytes frames = channel.pipeline().get(WebSocketBytes.class);
            if (frames != null) {
                frames.close(channel, WebSocketCloseStatus.SERVICE_RESTART);
            }
        });
    }

    /** Ends all connections, and tells their clients to come again; none is left when this returns. */
    @Override
    public void close() {
        closed = true;
        channels.forEach(WebSocketUpgrade::leave);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        for (Channel channel : channels) {
            if (!channel.closeFuture().awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                channel.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
            }
        }
    }
}
