package io.nsqd.metrics;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.lang.management.RuntimeMXBean;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The figures of the virtual machine and the process, under the names that Prometheus's own clients have for them. */
final class JvmMetrics {
    private static final double MILLIS = 1e3;
    private static final double NANOS = 1e9;

    private JvmMetrics() {}

    static void write(PrometheusText text) {
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        text.metric(MetricType.GAUGE, "jvm_info", "The virtual machine.")
                .sample(
                        "jvm_info",
                        PrometheusText.labels(
                                "version",
                                runtime.getVmVersion(),
                                "vendor",
                                runtime.getVmVendor(),
                                "runtime",
                                runtime.getVmName()),
                        1);
        text.metric(MetricType.GAUGE, "process_start_time_seconds", "When the process started, since 1970.")
                .sample("process_start_time_seconds", PrometheusText.NONE, runtime.getStartTime() / MILLIS);
        memory(text);
        collectors(text);
        threads(text);
        process(text);
    }

    private static void memory(PrometheusText text) {
        Map<String, MemoryUsage> areas = Map.of(
                "heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage(),
                "nonheap", ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage());
        text.metric(MetricType.GAUGE, "jvm_memory_used_bytes", "Memory in use.");
        areas.forEach((area, usage) ->
                text.sample("jvm_memory_used_bytes", PrometheusText.labels("area", area), usage.getUsed()));
        text.metric(MetricType.GAUGE, "jvm_memory_committed_bytes", "Memory taken from the system.");
        areas.forEach((area, usage) ->
                text.sample("jvm_memory_committed_bytes", PrometheusText.labels("area", area), usage.getCommitted()));
        text.metric(MetricType.GAUGE, "jvm_memory_max_bytes", "Memory that may be taken, -1 without a limit.");
        areas.forEach((area, usage) ->
                text.sample("jvm_memory_max_bytes", PrometheusText.labels("area", area), usage.getMax()));
        List<BufferPoolMXBean> pools = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);
        text.metric(MetricType.GAUGE, "jvm_buffer_pool_used_bytes", "Memory outside the heap that buffers have.");
        pools.forEach(pool -> text.sample(
                "jvm_buffer_pool_used_bytes", PrometheusText.labels("pool", pool.getName()), pool.getMemoryUsed()));
    }

    private static void collectors(PrometheusText text) {
        List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
        text.metric(MetricType.COUNTER, "jvm_gc_collections_total", "Runs of the garbage collectors.");
        collectors.forEach(collector -> text.sample(
                "jvm_gc_collections_total",
                PrometheusText.labels("gc", collector.getName()),
                collector.getCollectionCount()));
        text.metric(MetricType.COUNTER, "jvm_gc_collection_seconds_total", "The time that they took.");
        collectors.forEach(collector -> text.sample(
                "jvm_gc_collection_seconds_total",
                PrometheusText.labels("gc", collector.getName()),
                collector.getCollectionTime() / MILLIS));
    }

    private static void threads(PrometheusText text) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        text.metric(MetricType.GAUGE, "jvm_threads_current", "Threads.")
                .sample("jvm_threads_current", PrometheusText.NONE, threads.getThreadCount());
        text.metric(MetricType.COUNTER, "jvm_threads_started_total", "Threads started so far.")
                .sample("jvm_threads_started_total", PrometheusText.NONE, threads.getTotalStartedThreadCount());
        text.metric(MetricType.GAUGE, "jvm_classes_currently_loaded", "Classes.")
                .sample(
                        "jvm_classes_currently_loaded",
                        PrometheusText.NONE,
                        ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
    }

    /** What only some machines and virtual machines tell. */
    private static void process(PrometheusText text) {
        attribute("ProcessCpuTime").ifPresent(nanos -> text.metric(
                        MetricType.COUNTER, "process_cpu_seconds_total", "The processor time that the process took.")
                .sample("process_cpu_seconds_total", PrometheusText.NONE, nanos / NANOS));
        attribute("OpenFileDescriptorCount")
                .ifPresent(count -> text.metric(MetricType.GAUGE, "process_open_fds", "Open file descriptors.")
                        .sample("process_open_fds", PrometheusText.NONE, count));
        attribute("MaxFileDescriptorCount").ifPresent(count -> text.metric(
                        MetricType.GAUGE, "process_max_fds", "File descriptors that may be open.")
                .sample("process_max_fds", PrometheusText.NONE, count));
    }

    private static OptionalLong attribute(String name) {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            Object value = server.getAttribute(new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME), name);
            return value instanceof Long number ? OptionalLong.of(number) : OptionalLong.empty();
        } catch (JMException e) {
            return OptionalLong.empty();
        }
    }
}
