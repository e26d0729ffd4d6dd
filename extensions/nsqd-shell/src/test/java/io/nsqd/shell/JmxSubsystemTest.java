package io.nsqd.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Services;
import io.nsqd.testing.FakeNsqd;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.management.InstanceNotFoundException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.MBeanServerNotification;
import javax.management.Notification;
import javax.management.NotificationListener;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.openmbean.OpenMBeanOperationInfo;
import javax.management.openmbean.OpenType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators' tools see of a daemon, its topics and channels. */
final class JmxSubsystemTest {
    private final FakeNsqd nsqd = new FakeNsqd();
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final List<Notification> heard = new ArrayList<>();
    private final NotificationListener listener = (notification, handback) -> heard.add(notification);
    private AutoCloseable running = () -> {};

    @BeforeEach
    void makeTopics() {
        nsqd.create("orders", "billing", "audit#ephemeral");
    }

    @AfterEach
    void stop() throws Exception {
        running.close();
        assertEquals(Set.of(), names("io.nsqd:*"), "all that was registered goes");
    }

    /** Gives the daemon to the subsystem, and the subsystem's listener to the daemon. */
    private final class TestServices implements Services {
        @Override
        public <T> T get(Class<T> type) {
            return type.cast(nsqd);
        }

        @Override
        public Optional<String> property(String name) {
            return Optional.empty();
        }

        @Override
        public <T> Runnable register(Class<T> type, T service, Map<String, ?> properties) {
            nsqd.tell((NsqdListener) service);
            return () -> nsqd.tell(new NsqdListener() {});
        }

        @Override
        public <T> Runnable watch(List<Class<? extends T>> types, Watcher<T> watcher) {
            throw new UnsupportedOperationException();
        }
    }

    private void start() throws Exception {
        running = new JmxSubsystem().start(new TestServices());
        server.addNotificationListener(new ObjectName(beanName()), listener, null, null);
    }

    private String beanName() {
        return NsqdMXBean.NAME + (nsqd.name().equals(Nsqd.DEFAULT_NAME) ? "" : ",name=" + nsqd.name());
    }

    private Set<String> names(String pattern) throws Exception {
        return server.queryNames(new ObjectName(pattern), null).stream()
                .map(ObjectName::getCanonicalName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void eachTopicAndEachChannelHasABean() throws Exception {
        start();
        assertEquals(Set.of("io.nsqd:name=orders,type=Topic"), names("io.nsqd:type=Topic,*"));
        assertEquals(
                Set.of(
                        "io.nsqd:name=billing,topic=orders,type=Channel",
                        "io.nsqd:name=audit#ephemeral,topic=orders,type=Channel"),
                names("io.nsqd:type=Channel,*"));
        ObjectName orders = new ObjectName("io.nsqd:type=Topic,name=orders");
        ObjectName billing = new ObjectName("io.nsqd:type=Channel,topic=orders,name=billing");
        nsqd.topic("orders").publish(MessageBatch.of(new byte[] {1}));
        assertEquals(1L, server.getAttribute(orders, "MessageCount"));
        assertEquals(1L, server.getAttribute(billing, "Depth"));
        assertEquals("paused channel billing of topic orders", server.invoke(billing, "pause", null, null));
        assertEquals(true, server.getAttribute(billing, "Paused"));
        server.invoke(orders, "delete", null, null);
        assertEquals(Set.of(), names("io.nsqd:type=Topic,*"));
        assertEquals(Set.of(), names("io.nsqd:type=Channel,*"));
        assertThrows(InstanceNotFoundException.class, () -> server.getAttribute(billing, "Depth"));
    }

    @Test
    void beansComeWithWhatTheyShow() throws Exception {
        start();
        nsqd.create("new", "c");
        assertEquals(Set.of("io.nsqd:name=c,topic=new,type=Channel"), names("io.nsqd:type=Channel,topic=new,*"));
        assertThrows(
                RuntimeMBeanException.class,
                () -> server.invoke(
                        new ObjectName(NsqdMXBean.NAME), "deleteTopic", new Object[] {"none"}, new String[] {
                            String.class.getName()
                        }));
    }

    /** As a tool may that is told of each MBean. */
    @Test
    void whoIsToldOfABeanMayWaitForAnotherThread() throws Exception {
        NotificationListener slow = (notification, handback) -> {
            MBeanServerNotification told = (MBeanServerNotification) notification;
            if (told.getMBeanName().toString().equals("io.nsqd:type=Topic,name=orders")
                    && told.getType().equals(MBeanServerNotification.REGISTRATION_NOTIFICATION)) {
                FutureTask<Void> making = new FutureTask<>(() -> nsqd.create("meanwhile", "c"), null);
                new Thread(making, "elsewhere").start();
                try {
                    making.get(20, TimeUnit.SECONDS);
                } catch (InterruptedException | ExecutionException | TimeoutException e) {
                    heard.add(new Notification("hung", "test", 0));
                }
            }
        };
        server.addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, slow, null, null);
        try {
            start();
        } finally {
            server.removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, slow);
        }
        assertEquals(
                List.of(),
                heard.stream().map(Notification::getType).filter("hung"::equals).toList());
        assertEquals(
                Set.of("io.nsqd:name=orders,type=Topic", "io.nsqd:name=meanwhile,type=Topic"),
                names("io.nsqd:type=Topic,*"));
        assertEquals(
                Set.of("io.nsqd:name=c,topic=meanwhile,type=Channel"), names("io.nsqd:type=Channel,topic=meanwhile,*"));
    }

    @Test
    void beansOfANamedDaemonHaveItsName() throws Exception {
        nsqd.named("other");
        start();
        assertEquals(Set.of("io.nsqd:daemon=other,name=orders,type=Topic"), names("io.nsqd:type=Topic,*"));
        nsqd.create("new");
        assertEquals(
                new ObjectName(beanName()), heard.get(0).getSource(), "whoever listens to several can tell them apart");
    }

    @Test
    void thereAreNoMoreBeansThanTheOptionAllows() throws Exception {
        nsqd.with(Option.JMX_TOPICS, 2L);
        start();
        nsqd.create("more", "c");
        assertEquals(2 + 1, names("io.nsqd:*").size());
        // What goes makes room for what comes.
        nsqd.deleteTopic("orders");
        nsqd.create("later");
        assertEquals(Set.of("io.nsqd:name=later,type=Topic"), names("io.nsqd:type=Topic,*"));
    }

    @Test
    void withNoneAllowedThereIsTheDaemonsAlone() throws Exception {
        nsqd.with(Option.JMX_TOPICS, 0L);
        start();
        assertEquals(Set.of("io.nsqd:type=Nsqd"), names("io.nsqd:*"));
    }

    @Test
    void toolsSeeWhatEverythingMeans() throws Exception {
        start();
        for (String name : names("io.nsqd:*")) {
            MBeanInfo info = server.getMBeanInfo(new ObjectName(name));
            assertTrue(info.getDescription().contains(" "), info::getDescription);
            for (MBeanAttributeInfo attribute : info.getAttributes()) {
                assertTrue(
                        attribute.getDescription().length()
                                        > attribute.getName().length()
                                || attribute.getName().equals("ClientCount"),
                        attribute::toString);
                assertInstanceOf(OpenType.class, attribute.getDescriptor().getFieldValue("openType"));
            }
            for (MBeanOperationInfo operation : info.getOperations()) {
                assertInstanceOf(OpenMBeanOperationInfo.class, operation);
                assertEquals(MBeanOperationInfo.ACTION, operation.getImpact());
                assertTrue(operation.getDescription().contains(" "), operation::toString);
                for (var parameter : operation.getSignature()) {
                    assertTrue(Set.of("topic", "channel").contains(parameter.getName()), parameter::toString);
                }
            }
        }
        MBeanOperationInfo create =
                List.of(server.getMBeanInfo(new ObjectName(NsqdMXBean.NAME)).getOperations()).stream()
                        .filter(operation -> operation.getName().equals("createChannel"))
                        .findFirst()
                        .orElseThrow();
        assertEquals("Makes a channel, and its topic where that is missing", create.getDescription());
        assertEquals("topic", create.getSignature()[0].getName());
        assertEquals("channel", create.getSignature()[1].getName());
    }

    @Test
    void whatHappensIsTold() throws Exception {
        start();
        nsqd.create("new", "c");
        nsqd.serve("tcp", 4150);
        nsqd.deleteTopic("new");
        List<String> types = heard.stream().map(Notification::getType).toList();
        assertEquals(
                List.of(
                        "io.nsqd.topic.created",
                        "io.nsqd.channel.created",
                        "io.nsqd.transports",
                        "io.nsqd.channel.deleted",
                        "io.nsqd.topic.deleted"),
                types);
        assertEquals("new:c", heard.get(1).getUserData());
        assertEquals("serving tcp 127.0.0.1:4150", heard.get(2).getMessage());
        List<String> announced =
                List.of(server.getMBeanInfo(new ObjectName(NsqdMXBean.NAME)).getNotifications()).stream()
                        .flatMap(info -> List.of(info.getNotifTypes()).stream())
                        .toList();
        assertTrue(announced.containsAll(types), announced::toString);
    }
}
