package io.nsqd.http;

import io.nsqd.api.Errors;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.ObjectName;

/** What the virtual machine tells of itself, as text (H-73). May block; called by workers. */
final class VmReport {
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    /** The command line, its parts joined by NUL. */
    String commandLine() {
        ProcessHandle.Info process = ProcessHandle.current().info();
        List<String> parts = new java.util.ArrayList<>();
        parts.add(process.command().orElse("java"));
        process.arguments().ifPresent(arguments -> parts.addAll(Arrays.asList(arguments)));
        return String.join("\0", parts);
    }

    /** All threads with their stacks. */
    String threads() {
        StringBuilder text = new StringBuilder();
        // Without the locks that they hold: to find them the virtual machine stands still and looks through the whole
        // heap.
        for (ThreadInfo info : threads.dumpAllThreads(false, false)) {
            text.append('"').append(info.getThreadName()).append("\" id=").append(info.getThreadId());
            text.append(' ').append(info.getThreadState());
            if (info.getLockName() != null) {
                text.append(" on ").append(info.getLockName());
            }
            text.append('\n');
            for (StackTraceElement frame : info.getStackTrace()) {
                text.append("\tat ").append(frame).append('\n');
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** How many threads there are, and which. */
    String threadCounts() {
        StringBuilder text = new StringBuilder();
        text.append("threads: ").append(threads.getThreadCount());
        text.append("\npeak: ").append(threads.getPeakThreadCount());
        text.append("\nstarted: ").append(threads.getTotalStartedThreadCount()).append("\n\n");
        Map<String, Integer> names = new TreeMap<>();
        for (ThreadInfo info : threads.dumpAllThreads(false, false, 0)) {
            names.merge(info.getThreadName(), 1, Integer::sum);
        }
        names.forEach(
                (name, count) -> text.append(count).append(' ').append(name).append('\n'));
        return text.toString();
    }

    /** Who waited for monitors how often and, with contention monitoring, how long. */
    String contention() {
        StringBuilder text = new StringBuilder("blocked\tmillis\tthread\tnow waiting for\n");
        for (ThreadInfo info : threads.dumpAllThreads(false, false, 0)) {
            if (info.getBlockedCount() > 0) {
                text.append(info.getBlockedCount()).append('\t').append(info.getBlockedTime());
                text.append('\t').append(info.getThreadName()).append('\t');
                text.append(info.getThreadState() == Thread.State.BLOCKED ? info.getLockName() : "-")
                        .append('\n');
            }
        }
        return text.toString();
    }

    /**
     * Memory pools and collectors.
     *
     * @param collectFirst whether all garbage is collected before
     * @param withHistogram whether the classes are counted, too: the virtual machine stands still meanwhile
     */
    String heap(boolean collectFirst, boolean withHistogram) {
        if (collectFirst) {
            ManagementFactory.getMemoryMXBean().gc();
        }
        StringBuilder text = new StringBuilder();
        line(text, "heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage());
        line(text, "non-heap", ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage());
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            line(text, pool.getName(), pool.getUsage());
        }
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            text.append(collector.getName()).append(": runs ").append(collector.getCollectionCount());
            text.append(", millis ").append(collector.getCollectionTime()).append('\n');
        }
        return withHistogram ? text.append('\n').append(histogram()).toString() : text.toString();
    }

    /** Writes what lives on the heap to a file, and says which; the one of an earlier dump is written over. Only HotSpot can. */
    String dumpHeap() {
        Path file = Path.of(System.getProperty("java.io.tmpdir"))
                .resolve("nsqd-" + ProcessHandle.current().pid() + ".hprof");
        try {
            Files.deleteIfExists(file);
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
                            "dumpHeap",
                            new Object[] {file.toString(), true},
                            new String[] {String.class.getName(), "boolean"});
            return "dumped " + Files.size(file) + " bytes to " + file + "\n";
        } catch (JMException | IOException e) {
            return "no heap dump: " + Errors.describe(e) + "\n";
        }
    }

    private static void line(StringBuilder text, String name, MemoryUsage usage) {
        text.append(name).append(": used ").append(usage.getUsed());
        text.append(", committed ").append(usage.getCommitted());
        text.append(", max ").append(usage.getMax()).append('\n');
    }

    /** Only HotSpot has one. */
    private static String histogram() {
        try {
            return (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
        } catch (JMException e) {
            return "no class histogram: " + Errors.describe(e) + "\n";
        }
    }
}
