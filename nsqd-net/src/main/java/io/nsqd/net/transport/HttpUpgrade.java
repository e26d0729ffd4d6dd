package io.nsqd.net.transport;

import io.netty.channel.Channel;
import io.nsqd.net.ParkedConnection;
import io.nsqd.spi.HttpEndpoint;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Takes over connections whose clients ask HTTP for another protocol, such as WebSocket. A whiteboard: register it as a service with
 * the path as {@link HttpEndpoint#PATH} and, where not everybody may, with {@link HttpEndpoint#ACCESS}; every HTTP transport has its
 * requests for an upgrade of exactly that path decided by it. Other requests of the path are an {@link HttpEndpoint}'s.
 *
 * <p>The connection remains one of the HTTP transport's: where that is updated, {@link ServedConnection#leave} is asked of what {@link
 * #open} has returned, and {@link #adopt} goes on with it. Whoever takes the service back closes what it has open. All methods are called on the connection's
 * loop, and must not block.
 */
@ConsumerType
public interface HttpUpgrade {
    /** A request that is not for it, or not allowed. */
    final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient HttpEndpoint.Response response;

        /** @param response what the client is told */
        public Refused(HttpEndpoint.Response response) {
            super("refused with " + response.status(), null, false, false);
            this.response = response;
        }

        /** What the client is told. */
        public HttpEndpoint.Response response() {
            return response;
        }
    }

    /** What clients ask for with the header {@code Upgrade}, in small letters, as {@code websocket}; other wishes are not heard. Any thread. */
    String protocol();

    /**
     * Decides on a request.
     *
     * @return the headers of the answer 101, {@code Upgrade} among them; {@code Connection} comes by itself
     * @throws Refused where there will be no upgrade; the connection goes on with HTTP
     */
    Map<String, String> accept(HttpEndpoint.Request request) throws Refused;

    /**
     * Begins to serve a client that has its answer: puts handlers at the end of the channel's pipeline. What it has sent since comes next.
     *
     * @throws Exception when it cannot; the connection is closed
     */
    ServedConnection open(Channel channel) throws Exception;

    /**
     * Goes on with a connection that was {@linkplain ServedConnection#leave left}, and {@linkplain ParkedConnection#adopt adopts} it.
     *
     * @return nothing where it is not its own, or it cannot
     * @throws Exception when it cannot; the connection is closed
     */
    Optional<ServedConnection> adopt(ParkedConnection parked) throws Exception;
}
