package io.nsqd.core;

import io.nsqd.stats.MemoryStats;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.Arrays;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/** Memory figures of the virtual machine, with the pauses of the last collections (T-25). Any thread. */
final class MemoryFigures implements NotificationListener, AutoCloseable {
    private static final int PAUSES = 256;

    private final long[] pauseMicros = new long[PAUSES];
    private int pauses;
    private long peakCommitted;

    /** Begins to listen for collections. */
    void start() {
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (collector instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener(this, null, null);
            }
        }
    }

    @Override
    public void close() {
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (collector instanceof NotificationEmitter emitter) {
                try {
                    emitter.removeNotificationListener(this);
                } catch (ListenerNotFoundException e) {
                    // Never added.
                }
            }
        }
    }

    @Override
    public void handleNotification(Notification notification, Object handback) {
        // The composite form, so that no class beyond the standard management API is needed.
        if (notification.getUserData() instanceof CompositeData data
                && data.containsKey("gcInfo")
                && data.get("gcInfo") instanceof CompositeData info
                && info.get("duration") instanceof Long millis) {
            record(millis * 1000);
        }
    }

    private synchronized void record(long micros) {
        pauseMicros[pauses % PAUSES] = micros;
        pauses++;
    }

    synchronized MemoryStats stats() {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        peakCommitted = Math.max(peakCommitted, heap.getCommitted());
        long runs = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            runs += Math.max(0, collector.getCollectionCount());
        }
        long[] sorted = Arrays.copyOf(pauseMicros, Math.min(pauses, PAUSES));
        Arrays.sort(sorted);
        return new MemoryStats(
                0,
                heap.getCommitted() - heap.getUsed(),
                heap.getUsed(),
                peakCommitted - heap.getCommitted(),
                percentile(100, sorted),
                percentile(99, sorted),
                percentile(95, sorted),
                heap.getCommitted(),
                runs);
    }

    private static long percentile(double percent, long[] sorted) {
        if (sorted.length == 0) {
            return 0;
        }
        int index = (int) Math.floor(percent / 100 * sorted.length + 0.5);
        return sorted[Math.min(index, sorted.length - 1)];
    }
}
