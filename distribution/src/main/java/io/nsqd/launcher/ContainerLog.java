package io.nsqd.launcher;

import io.nsqd.api.LogLevel;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * Writes what is logged with OSGi's log service to the daemon's log, warnings and errors: what Declarative Services and Configuration Admin
 * have to say of plug-ins would go to the standard output otherwise, in a form of their own. The log service is a bundle, and the launcher
 * has none of its types: it looks at them from outside.
 */
final class ContainerLog {
    private static final String READER = "org.osgi.service.log.LogReaderService";
    private static final String LISTENER = "org.osgi.service.log.LogListener";
    private static final String ENTRY = "org.osgi.service.log.LogEntry";

    /** What the log service tells of the framework's events; of those the launcher knows. */
    private static final String EVENTS = "Events.";

    private static final int ERROR = 1;
    private static final int WARNING = 2;

    private final LogOutput log;
    private final Method level;
    private final Method message;
    private final Method exception;
    private final Method bundle;
    private final Method loggerName;

    private ContainerLog(Class<?> entry, LogOutput log) throws ReflectiveOperationException {
        this.log = log;
        level = entry.getMethod("getLevel");
        message = entry.getMethod("getMessage");
        exception = entry.getMethod("getException");
        bundle = entry.getMethod("getBundle");
        loggerName = entry.getMethod("getLoggerName");
    }

    /** Begins to listen, if there is a log service. */
    static void listen(BundleContext context, LogOutput log) {
        ServiceReference<?> reference = context.getServiceReference(READER);
        Object reader = reference == null ? null : context.getService(reference);
        if (reader == null) {
            return;
        }
        try {
            Class<?> service = Arrays.stream(reader.getClass().getInterfaces())
                    .filter(type -> type.getName().equals(READER))
                    .findFirst()
                    .orElseThrow(() -> new ClassNotFoundException(READER));
            ClassLoader loader = service.getClassLoader();
            Class<?> listenerType = Class.forName(LISTENER, false, loader);
            ContainerLog target = new ContainerLog(Class.forName(ENTRY, false, loader), log);
            Object listener = Proxy.newProxyInstance(loader, new Class<?>[] {listenerType}, target::called);
            service.getMethod("addLogListener", listenerType).invoke(reader, listener);
        } catch (ReflectiveOperationException e) {
            log.write(LogLevel.WARN, "PLUGINS: the log service of plug-ins cannot be listened to", e);
        }
    }

    private Object called(Object proxy, Method method, Object[] arguments) throws ReflectiveOperationException {
        return switch (method.getName()) {
            case "logged" -> {
                write(arguments[0]);
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "the log of nsqd";
        };
    }

    private void write(Object entry) throws ReflectiveOperationException {
        int severity = (Integer) level.invoke(entry);
        if (severity > WARNING || String.valueOf(loggerName.invoke(entry)).startsWith(EVENTS)) {
            return;
        }
        Bundle from = (Bundle) bundle.invoke(entry);
        String text = String.valueOf(message.invoke(entry)).lines().findFirst().orElse("");
        log.write(
                severity <= ERROR ? LogLevel.ERROR : LogLevel.WARN,
                "PLUGINS: " + (from == null ? "" : from.getSymbolicName() + ": ") + text,
                (Throwable) exception.invoke(entry));
    }
}
