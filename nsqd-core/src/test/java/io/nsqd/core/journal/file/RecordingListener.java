package io.nsqd.core.journal.file;

import io.nsqd.spi.JournalStore;
import io.nsqd.stats.Trouble;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Writes down what it is told. */
class RecordingListener implements JournalStore.Listener {
    final List<String> told = new CopyOnWriteArrayList<>();
    final AtomicInteger rooms = new AtomicInteger();
    volatile String health = "";

    @Override
    public void health(String error) {
        health = error;
        told.add("health " + error);
    }

    @Override
    public void suspect(int from, int to) {
        told.add("suspect " + from + " " + to);
    }

    @Override
    public void room() {
        rooms.incrementAndGet();
    }

    @Override
    public void trouble(Trouble trouble, long more) {
        if (trouble.unit() == Trouble.Unit.EVENTS) {
            told.add(trouble + " " + more);
        }
    }
}
