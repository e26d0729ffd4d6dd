package io.nsqd.console;

import java.util.LinkedHashMap;
import java.util.Map;

/** So many failed logins a minute from one address: secrets are not to be guessed. Any thread. */
final class LoginLimit {
    static final int FAILURES = 10;

    private static final long MINUTE_NANOS = 60_000_000_000L;
    private static final int MOST_ADDRESSES = 1000;

    private final Map<String, Window> windows = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
            return size() > MOST_ADDRESSES;
        }
    };

    /** The failures of a minute. */
    private record Window(long from, int failures) {}

    /** Whether an address may try. */
    synchronized boolean allows(String address, long nanoTime) {
        Window window = windows.get(address);
        return window == null || nanoTime - window.from() > MINUTE_NANOS || window.failures() < FAILURES;
    }

    synchronized void failed(String address, long nanoTime) {
        Window window = windows.get(address);
        boolean over = window == null || nanoTime - window.from() > MINUTE_NANOS;
        windows.put(address, over ? new Window(nanoTime, 1) : new Window(window.from(), window.failures() + 1));
    }
}
