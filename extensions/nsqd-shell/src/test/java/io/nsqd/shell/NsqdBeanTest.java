package io.nsqd.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.Option;
import io.nsqd.stats.Trouble;
import io.nsqd.testing.FakeNsqd;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Set;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What JMX clients see. */
final class NsqdBeanTest {
    private final FakeNsqd nsqd = new FakeNsqd();
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final ObjectName name = name();
    private AutoCloseable registration;

    @BeforeEach
    void register() throws Exception {
        registration = NsqdBean.register(nsqd, new News());
    }

    @AfterEach
    void unregister() throws Exception {
        registration.close();
    }

    private static ObjectName name() {
        try {
            return new ObjectName("io.nsqd:type=Nsqd");
        } catch (javax.management.MalformedObjectNameException e) {
            throw new IllegalStateException(e);
        }
    }

    private Object get(String attribute) throws Exception {
        return server.getAttribute(name, attribute);
    }

    private Object call(String operation, String... arguments) throws Exception {
        String[] types = new String[arguments.length];
        java.util.Arrays.fill(types, String.class.getName());
        return server.invoke(name, operation, arguments, types);
    }

    @Test
    void figuresAreOfOpenTypes() throws Exception {
        nsqd.serve("tcp", 1);
        nsqd.topic("orders").channel("billing");
        nsqd.topic("orders").publish(MessageBatch.of(new byte[] {1, 2, 3}));
        nsqd.topic("events").publish(MessageBatch.of(new byte[] {4}));
        assertEquals("1.3.0", get("Version"));
        assertEquals("OK", get("Health"));
        assertEquals(Instant.ofEpochSecond(1_700_000_000), ((Date) get("StartTime")).toInstant());
        assertEquals("tcp 127.0.0.1:1", ((String[]) get("Transports"))[0]);
        CompositeData handOver = ((CompositeData[]) get("HandOvers"))[0];
        assertEquals("tcp", handOver.get("protocol"));
        assertEquals("127.0.0.1:1", handOver.get("address"));
        assertEquals(5L, handOver.get("parked"));
        assertEquals(3L, handOver.get("adopted"));
        assertEquals(2L, handOver.get("closed"));
        assertEquals(2, get("TopicCount"));
        assertEquals(1, get("ChannelCount"));
        assertEquals(2L, get("MessageCount"));
        assertEquals(4L, get("MessageBytes"));
        assertEquals(2L, get("Depth"));
        assertEquals(0L, get("InFlightCount"));
        assertEquals(0L, get("DeferredCount"));
        assertEquals(0, get("ClientCount"));
        nsqd.troubles().count(Trouble.COPIES_DROPPED);
        assertEquals(
                1L,
                ((TabularData) get("Troubles"))
                        .get(new Object[] {"copies_dropped"})
                        .get("value"));
        CompositeData orders = ((CompositeData[]) get("Topics"))[1];
        assertEquals("orders", orders.get("name"));
        assertEquals(1L, orders.get("messageCount"));
        CompositeData billing = ((CompositeData[]) orders.get("channels"))[0];
        assertEquals("billing", billing.get("name"));
        assertEquals(1L, billing.get("depth"));
        assertEquals(false, billing.get("paused"));
    }

    @Test
    void itGoesWithTheDaemon() throws Exception {
        assertTrue(server.isRegistered(name));
        registration.close();
        assertFalse(server.isRegistered(name));
        registration = NsqdBean.register(nsqd, new News());
    }

    @Test
    void aSecondDaemonHasItsDataPathInTheName() throws Exception {
        FakeNsqd other = new FakeNsqd();
        other.with(Map.of(Option.DATA_PATH, "/data/other, or \"so\""));
        other.topic("there");
        ObjectName otherName =
                new ObjectName("io.nsqd:type=Nsqd,dataPath=" + ObjectName.quote("/data/other, or \"so\""));
        try (AutoCloseable second = NsqdBean.register(other, new News())) {
            assertNotNull(second);
            assertEquals(1, server.getAttribute(otherName, "TopicCount"));
            assertEquals(0, get("TopicCount"));
        }
        assertFalse(server.isRegistered(otherName));
        assertTrue(server.isRegistered(name));
    }

    @Test
    void aNamedDaemonHasItsNameInThatOfTheBean() throws Exception {
        ObjectName otherName = new ObjectName("io.nsqd:type=Nsqd,name=other");
        try (AutoCloseable second = NsqdBean.register(new FakeNsqd().named("other"), new News())) {
            assertNotNull(second);
            assertEquals(0, server.getAttribute(otherName, "TopicCount"));
        }
        assertFalse(server.isRegistered(otherName));
    }

    /** Each takes its own away, whichever goes first. */
    @Test
    void theFirstOfTwoMayGoFirst() throws Exception {
        FakeNsqd other = new FakeNsqd();
        AutoCloseable second = NsqdBean.register(other, new News());
        ObjectName all = new ObjectName("io.nsqd:type=Nsqd,*");
        assertEquals(2, server.queryNames(all, null).size());
        registration.close();
        assertEquals(1, server.queryNames(all, null).size());
        assertFalse(server.isRegistered(name));
        registration = NsqdBean.register(nsqd, new News());
        assertTrue(server.isRegistered(name));
        second.close();
        assertEquals(Set.of(name), server.queryNames(all, null));
    }

    @Test
    void operationsSayWhatTheyDid() throws Exception {
        assertEquals("created topic orders", call("createTopic", "orders"));
        assertEquals("created channel billing in topic orders", call("createChannel", "orders", "billing"));
        assertEquals("paused topic orders", call("pauseTopic", "orders"));
        assertEquals("unpaused topic orders", call("unpauseTopic", "orders"));
        assertEquals("paused channel billing of topic orders", call("pauseChannel", "orders", "billing"));
        assertEquals("unpaused channel billing of topic orders", call("unpauseChannel", "orders", "billing"));
        assertEquals(
                "emptied topic orders: 0 messages dropped; what its channels have stays", call("emptyTopic", "orders"));
        assertEquals(
                "emptied channel billing of topic orders: 0 messages dropped",
                call("emptyChannel", "orders", "billing"));
        assertEquals(
                "deleted channel billing of topic orders: 0 messages and 0 consumers are gone",
                call("deleteChannel", "orders", "billing"));
        assertEquals("deleted topic orders: 0 channels and 0 messages are gone", call("deleteTopic", "orders"));
        assertEquals("metadata persisted", call("persistMetadata"));
    }

    /** A client has none of our classes. */
    @Test
    void refusalsAreOfThePlatformsTypes() throws Exception {
        RuntimeMBeanException failure = assertThrows(RuntimeMBeanException.class, () -> call("deleteTopic", "orders"));
        assertEquals(IllegalArgumentException.class, failure.getCause().getClass());
        assertEquals("there is no topic orders", failure.getCause().getMessage());
    }
}
