package io.nsqd.console;

import io.nsqd.api.HostIdentity;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.stats.LatencyStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import java.io.File;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.lang.management.RuntimeMXBean;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The daemon as a whole: how it is, how it is set, what it runs on. */
final class NodeView {
    /** Topics whose latencies are shown: the slowest. */
    private static final int MOST_TOPICS = 50;

    /** What an address may have before the host: a name and a password. */
    private static final Pattern SECRET = Pattern.compile("(?<=//|^|[\\n,\\s])[^/@\\s,]*@");

    /** What may follow: a query, in which a token may be. */
    private static final Pattern QUERY = Pattern.compile("\\?[^\\n,\\s]*");

    private final Nsqd nsqd;
    private final Certificates certificates;
    private final Clock clock;

    NodeView(Nsqd nsqd, Certificates certificates, Clock clock) {
        this.nsqd = nsqd;
        this.certificates = certificates;
        this.clock = clock;
    }

    Map<String, Object> view() {
        Options options = nsqd.options();
        NsqdStats stats = nsqd.stats(new StatsFilter(Optional.empty(), Optional.empty(), false, false));
        return Json.object(
                "info",
                        Json.object(
                                "version", Nsqd.VERSION,
                                "name", nsqd.name(),
                                "hostname", HostIdentity.hostname(),
                                "broadcastAddress", options.string(Option.BROADCAST_ADDRESS),
                                "tcpPort", nsqd.port("tcp"),
                                "httpPort", nsqd.port("http"),
                                "startTime", nsqd.startTime().toEpochMilli(),
                                "durability", options.durability().toString()),
                "health", nsqd.health(),
                "logLevel", options.logLevel().toString(),
                "options", options(options),
                "certificates", certificates.view(clock.instant()),
                "jvm", jvm(),
                "endToEnd", latencies(stats),
                "disk", disk(options),
                "troubles", troubles(),
                "transports", transports());
    }

    private static List<Map<String, Object>> options(Options options) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (Option option : Option.values()) {
            if (option.change() != Option.Change.LAUNCHER) {
                all.add(Json.object(
                        "name",
                        option.flag(),
                        "value",
                        shown(option.format(options.value(option))),
                        "default",
                        option.defaultText(),
                        "given",
                        options.isGiven(option),
                        "changeable",
                        option.change() == Option.Change.RUNTIME,
                        "ours",
                        option.isOurs(),
                        "limits",
                        option.limits(),
                        "help",
                        option.help()));
            }
        }
        return all;
    }

    /** Secrets of addresses are nobody's business. */
    static String shown(String value) {
        return QUERY.matcher(SECRET.matcher(value).replaceAll("***@")).replaceAll("?***");
    }

    private static Map<String, Object> jvm() {
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        MemoryUsage nonHeap = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage();
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return Json.object(
                "version",
                runtime.getVmVersion(),
                "name",
                runtime.getVmName(),
                "uptimeMs",
                runtime.getUptime(),
                "heap",
                Json.object("used", heap.getUsed(), "committed", heap.getCommitted(), "max", heap.getMax()),
                "nonHeap",
                nonHeap.getUsed(),
                "direct",
                direct,
                "pauses",
                ManagementFactory.getGarbageCollectorMXBeans().stream()
                        .map(collector -> Json.object(
                                "name",
                                collector.getName(),
                                "count",
                                collector.getCollectionCount(),
                                "millis",
                                collector.getCollectionTime()))
                        .toList(),
                "threads",
                ManagementFactory.getThreadMXBean().getThreadCount(),
                "processors",
                Runtime.getRuntime().availableProcessors(),
                "cpu",
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static List<Map<String, Object>> latencies(NsqdStats stats) {
        return stats.topics().stream()
                .filter(topic -> !topic.latency().percentiles().isEmpty())
                .sorted(Comparator.comparingDouble(NodeView::slowest).reversed())
                .limit(MOST_TOPICS)
                .map(topic -> {
                    Map<String, Object> view = Json.object("topic", topic.name());
                    view.putAll(StatsView.latency(topic.latency()));
                    return view;
                })
                .toList();
    }

    private static double slowest(TopicStats topic) {
        return topic.latency().percentiles().stream()
                .mapToDouble(LatencyStats.Percentile::nanos)
                .max()
                .orElse(0);
    }

    private static Map<String, Object> disk(Options options) {
        File path = new File(options.string(Option.DATA_PATH)).getAbsoluteFile();
        return Json.object("path", path.toString(), "free", path.getUsableSpace(), "total", path.getTotalSpace());
    }

    private List<Map<String, Object>> troubles() {
        List<Map<String, Object>> all = new ArrayList<>();
        nsqd.troubles().snapshot().forEach((trouble, count) -> {
            if (count != 0) {
                all.add(Json.object("name", trouble.label(), "count", count, "help", trouble.help()));
            }
        });
        return all;
    }

    private List<Map<String, Object>> transports() {
        return nsqd.transports().stream()
                .map(transport -> Json.object(
                        "protocol", transport.protocol(),
                        "address", transport.address(),
                        "port", transport.port(),
                        "implementation", transport.implementation(),
                        "parked", transport.handOver().parked(),
                        "adopted", transport.handOver().adopted(),
                        "closed", transport.handOver().closed()))
                .toList();
    }
}
