package io.nsqd.log;

import java.lang.System.Logger.Level;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Levels of {@code java.util.logging}; by reflection, as a runtime image may do without that module. */
final class PlatformLevels {
    private static final String PACKAGE = "java.util.logging.";

    private static final Map<Level, String> NAMES = Map.of(
            Level.ALL, "ALL",
            Level.TRACE, "FINER",
            Level.DEBUG, "FINE",
            Level.INFO, "INFO",
            Level.WARNING, "WARNING",
            Level.ERROR, "SEVERE",
            Level.OFF, "OFF");

    /** Loggers that were set: {@code java.util.logging} forgets one that nobody holds, and its level with it. */
    private static final Map<String, Object> KEPT = new ConcurrentHashMap<>();

    private PlatformLevels() {}

    static boolean set(String name, Level level) {
        try {
            Class<?> loggers = Class.forName(PACKAGE + "Logger");
            Class<?> levels = Class.forName(PACKAGE + "Level");
            Object parsed = levels.getMethod("parse", String.class).invoke(null, NAMES.get(level));
            Object logger = loggers.getMethod("getLogger", String.class).invoke(null, name);
            KEPT.put(name, logger);
            loggers.getMethod("setLevel", levels).invoke(logger, parsed);
            openHandlers(loggers.getMethod("getLogger", String.class).invoke(null, ""), levels, parsed);
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** A console's handler writes from INFO on, whatever loggers may. */
    private static void openHandlers(Object root, Class<?> levels, Object wanted) throws ReflectiveOperationException {
        Class<?> type = Class.forName(PACKAGE + "Handler");
        Method value = levels.getMethod("intValue");
        Object handlers = root.getClass().getMethod("getHandlers").invoke(root);
        for (int i = 0; i < Array.getLength(handlers); i++) {
            Object handler = Array.get(handlers, i);
            Object least = type.getMethod("getLevel").invoke(handler);
            if ((Integer) value.invoke(least) > (Integer) value.invoke(wanted)) {
                type.getMethod("setLevel", levels).invoke(handler, wanted);
            }
        }
    }
}
