package io.nsqd.shell;

import io.nsqd.stats.PluginStats;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.Supplier;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.NotificationBroadcasterSupport;
import javax.management.ObjectName;

/** What the daemon is made of, for JMX. */
final class PluginsBean implements PluginsMXBean {
    private final Supplier<List<PluginStats>> plugins;

    private PluginsBean(Supplier<List<PluginStats>> plugins) {
        this.plugins = plugins;
    }

    /**
     * Registers it with the platform's server; closed to take it away.
     *
     * @param framework tells it from that of another framework in the JVM
     */
    static AutoCloseable register(Supplier<List<PluginStats>> plugins, String framework) throws JMException {
        PluginsBean bean = new PluginsBean(plugins);
        try {
            return register(bean, new ObjectName(NAME));
        } catch (InstanceAlreadyExistsException e) {
            return register(bean, new ObjectName(NAME + ",framework=" + ObjectName.quote(framework)));
        }
    }

    private static AutoCloseable register(PluginsBean bean, ObjectName name) throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        server.registerMBean(
                new DescribedMXBean<>(bean, PluginsMXBean.class, new NotificationBroadcasterSupport()), name);
        return () -> server.unregisterMBean(name);
    }

    @Override
    public List<PluginFigures> getPlugins() {
        return plugins.get().stream().map(PluginFigures::new).toList();
    }

    @Override
    public int getTroubledCount() {
        return (int) plugins.get().stream()
                .filter(plugin -> !plugin.reason().isEmpty())
                .count();
    }
}
