package io.nsqd.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Where a transport that leaves puts its connections, for the next owner of its address to adopt them. */
@ProviderType
public interface Parking {
    /**
     * Parks a connection: from now on nothing is read, and what arrives all the same is kept. Called on the channel's loop, between two
     * commands: what was read is settled, and what was answered is on its way. What is left of the pipeline, such as TLS and
     * compression, stays.
     *
     * @param channel the connection
     * @param record what the successor has to know
     * @param undecoded what has arrived and was not handled, the oldest first; it is the parked connection's from now on
     * @param leaving the transport's handlers, which stand together at the end of the pipeline and are removed
     */
    ParkedConnection park(
            Channel channel, ConnectionRecord record, List<ByteBuf> undecoded, List<ChannelHandler> leaving);

    /** Tells that a connection could not be parked, and was closed. */
    void closed();
}
