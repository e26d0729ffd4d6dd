package io.nsqd.net;

import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.ssl.SslCloseCompletionEvent;

/** The several ways in which a peer says that it will send no more. */
public final class InputEnd {
    private InputEnd() {}

    /** Whether a user event of Netty's says so. */
    public static boolean is(Object event) {
        return event == ChannelInputShutdownEvent.INSTANCE
                || event == ChannelInputShutdownReadComplete.INSTANCE
                || event instanceof SslCloseCompletionEvent;
    }
}
