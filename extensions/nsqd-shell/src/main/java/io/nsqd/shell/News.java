package io.nsqd.shell;

import java.util.concurrent.atomic.AtomicLong;
import javax.management.MBeanNotificationInfo;
import javax.management.Notification;
import javax.management.NotificationBroadcasterSupport;
import javax.management.ObjectName;

/** What the daemon's MBean tells who listens to it. Any thread. */
final class News extends NotificationBroadcasterSupport {
    /** What the types of notifications begin with. */
    static final String TYPE = "io.nsqd.";

    private static final MBeanNotificationInfo[] INFO = {
        info("The health is another one; the message says which", "health"),
        info("A topic was made or deleted; user data is its name", "topic.created", "topic.deleted"),
        info("A channel was made or deleted; user data is topic:channel", "channel.created", "channel.deleted"),
        info("A transport came or went; the message lists those that serve", "transports"),
        info("Options were changed at run time", "options"),
        info("A bundle that uses nsqd started, stopped or was replaced; user data is its symbolic name", "bundle")
    };

    private final AtomicLong sequence = new AtomicLong();

    /** The name of the MBean whose news they are; known once it is registered. */
    private volatile Object source = NsqdMXBean.NAME;

    News() {
        super(INFO);
    }

    private static MBeanNotificationInfo info(String description, String... types) {
        String[] all = new String[types.length];
        for (int i = 0; i < types.length; i++) {
            all[i] = TYPE + types[i];
        }
        return new MBeanNotificationInfo(all, Notification.class.getName(), description);
    }

    /** Says whose news they are: of several daemons each has a name of its own. */
    void from(ObjectName bean) {
        source = bean;
    }

    /**
     * Tells.
     *
     * @param type without what all begin with
     * @param message for people
     * @param subject what it is about, of a type of the platform's
     */
    void tell(String type, String message, Object subject) {
        Notification notification = new Notification(TYPE + type, source, sequence.incrementAndGet(), message);
        notification.setUserData(subject);
        sendNotification(notification);
    }
}
