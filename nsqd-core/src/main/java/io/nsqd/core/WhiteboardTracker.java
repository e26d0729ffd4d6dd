package io.nsqd.core;

import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Transport;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** Turns services that come and go into calls on the {@link Whiteboard}; holds no logic. */
final class WhiteboardTracker extends ServiceTracker<Object, Object> {
    private final Whiteboard whiteboard;

    WhiteboardTracker(BundleContext context, Whiteboard whiteboard) {
        super(context, filter(), null);
        this.whiteboard = whiteboard;
    }

    private static Filter filter() {
        try {
            return FrameworkUtil.createFilter("(|(objectClass=" + Transport.class.getName() + ")(objectClass="
                    + NsqdListener.class.getName() + ")(objectClass=" + ChannelDirectory.class.getName() + "))");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Object addingService(ServiceReference<Object> reference) {
        Object service = super.addingService(reference);
        if (service != null) {
            whiteboard.add(service);
        }
        return service;
    }

    @Override
    public void removedService(ServiceReference<Object> reference, Object service) {
        whiteboard.remove(service);
        super.removedService(reference, service);
    }
}
