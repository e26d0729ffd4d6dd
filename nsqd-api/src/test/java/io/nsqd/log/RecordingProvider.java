package io.nsqd.log;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.LocationAwareLogger;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** A provider of SLF4J that keeps what it is told. Loggers whose name begins with {@code aware} are asked to find the caller. */
public final class RecordingProvider implements SLF4JServiceProvider, Supplier<List<String>> {
    private static final List<String> LINES = new CopyOnWriteArrayList<>();

    private final IMarkerFactory markers = new BasicMarkerFactory();

    /** What was written so far. */
    @Override
    public List<String> get() {
        return List.copyOf(LINES);
    }

    /** Whose levels and methods are SLF4J's own. */
    private static class Recorder extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1L;

        @Override
        public boolean isTraceEnabled() {
            return false;
        }

        @Override
        public boolean isDebugEnabled() {
            return false;
        }

        @Override
        public boolean isInfoEnabled() {
            return true;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }

        @Override
        protected String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level, Marker marker, String pattern, Object[] arguments, Throwable cause) {
            keep("plain", level, marker, pattern, arguments, cause);
        }

        final void keep(String how, Level level, Marker marker, String pattern, Object[] arguments, Throwable cause) {
            String shown = arguments == null
                    ? "[]"
                    : Arrays.toString(Arrays.stream(arguments)
                            .map(argument -> argument.getClass().isAnonymousClass() ? "anonymous" : argument)
                            .toArray());
            LINES.add(how + " " + level + " " + marker + " " + pattern + " " + shown + " " + cause);
        }
    }

    private static final class AwareRecorder extends Recorder implements LocationAwareLogger {
        private static final long serialVersionUID = 1L;

        @Override
        public void log(
                Marker marker, String boundary, int level, String pattern, Object[] arguments, Throwable cause) {
            keep("behind " + boundary, Level.intToLevel(level), marker, pattern, arguments, cause);
        }
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return name -> name.startsWith("aware") ? new AwareRecorder() : new Recorder();
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return new NOPMDCAdapter();
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0";
    }

    @Override
    public void initialize() {}
}
