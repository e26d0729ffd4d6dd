package io.nsqd.http;

import io.nsqd.api.Errors;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Takes JFR recordings, one at a time. The recorder is asked by its management interface, so that a virtual machine without one is
 * no reason for the bundle not to start.
 */
final class FlightRecorder {
    private static final String NAME = "jdk.management.jfr:type=FlightRecorder";

    /** Of the configurations that every JDK has, the one that shows more. */
    private static final String CONFIGURATION = "profile";

    private final OneJob job;

    FlightRecorder(OneJob job) {
        this.job = job;
    }

    /**
     * Starts a recording, with which, or with what went wrong, the exchange is answered.
     *
     * @return whether it could start: no other may be under way
     */
    boolean start(int seconds, Exchange exchange) {
        return job.start(() -> record(seconds, exchange));
    }

    private static void record(int seconds, Exchange exchange) throws InterruptedException {
        Path file = null;
        try {
            file = Files.createTempFile("nsqd-", ".jfr");
            record(seconds, file);
            Response head = Response.ofLength(200, "application/octet-stream", Files.size(file))
                    .with("Content-Disposition", "attachment; filename=\"nsqd.jfr\"")
                    .with("X-Content-Type-Options", "nosniff");
            // Not Files.newInputStream: an interrupt would close that.
            try (InputStream recording = new FileInputStream(file.toFile())) {
                exchange.stream(head, recording);
            }
        } catch (JMException | IOException e) {
            exchange.answerLater(Response.plain(500, "there is no recording: " + Errors.describe(e) + "\n"));
        } catch (InterruptedException e) {
            exchange.answerLater(Response.plain(503, "the recording was cut short: HTTP is about to close\n"));
            throw e;
        } finally {
            delete(file);
        }
    }

    private static void record(int seconds, Path file) throws JMException, InterruptedException {
        long id = (Long) invoke("newRecording");
        try {
            invoke("setPredefinedConfiguration", id, CONFIGURATION);
            invoke("startRecording", id);
            try {
                TimeUnit.SECONDS.sleep(seconds);
            } finally {
                // Also when it is cut short: nobody would stop it any more.
                invoke("stopRecording", id);
            }
            invoke("copyTo", id, file.toString());
        } finally {
            invoke("closeRecording", id);
        }
    }

    private static void delete(Path file) {
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // It is in the directory for temporary files, where somebody will.
                file.toFile().deleteOnExit();
            }
        }
    }

    private static Object invoke(String operation, Object... arguments) throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        String[] types = new String[arguments.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = arguments[i] instanceof Long ? "long" : String.class.getName();
        }
        return server.invoke(new ObjectName(NAME), operation, arguments, types);
    }
}
