package io.nsqd.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.nsqd.stats.PluginStats;
import java.lang.management.ManagementFactory;
import java.util.List;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.Test;

/** What JMX clients see of bundles and plug-ins. */
final class PluginsBeanTest {
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    @Test
    void eachIsCompositeDataAndThoseInTroubleAreCounted() throws Exception {
        ObjectName name = new ObjectName("io.nsqd:type=Plugins");
        List<PluginStats> plugins = List.of(
                new PluginStats("a", "1.0.0", "active", "plugins/a.jar", ""),
                new PluginStats("b", "2.0.0", "failed", "plugins/b.jar", "cannot be started"));
        AutoCloseable first = PluginsBean.register(() -> plugins, "one");
        AutoCloseable second = PluginsBean.register(List::of, "two");
        try {
            CompositeData[] all = (CompositeData[]) server.getAttribute(name, "Plugins");
            assertEquals("a", all[0].get("name"));
            assertEquals("1.0.0", all[0].get("version"));
            assertEquals("failed", all[1].get("state"));
            assertEquals("plugins/b.jar", all[1].get("file"));
            assertEquals("cannot be started", all[1].get("reason"));
            assertEquals(1, server.getAttribute(name, "TroubledCount"));
            ObjectName other = new ObjectName("io.nsqd:type=Plugins,framework=\"two\"");
            assertEquals(0, server.getAttribute(other, "TroubledCount"));
        } finally {
            second.close();
            first.close();
        }
        assertFalse(server.isRegistered(name));
    }
}
