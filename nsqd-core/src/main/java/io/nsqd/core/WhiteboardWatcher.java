package io.nsqd.core;

import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.MessageListener;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Services;
import io.nsqd.spi.Transport;
import java.util.List;

/** Turns services that come and go into calls on the {@link Whiteboard}; holds no logic. */
final class WhiteboardWatcher implements Services.Watcher<Object> {
    private static final List<Class<?>> TYPES =
            List.of(Transport.class, NsqdListener.class, MessageListener.class, ChannelDirectory.class);

    private final Whiteboard whiteboard;

    private WhiteboardWatcher(Whiteboard whiteboard) {
        this.whiteboard = whiteboard;
    }

    /** Fills the whiteboard; what is returned ends that. */
    static Runnable watch(Services services, Whiteboard whiteboard) {
        return services.watch(TYPES, new WhiteboardWatcher(whiteboard));
    }

    @Override
    public void arrived(Services.Found<Object> found) {
        whiteboard.add(found.service());
    }

    @Override
    public void left(Services.Found<Object> found) {
        whiteboard.remove(found.service());
    }
}
