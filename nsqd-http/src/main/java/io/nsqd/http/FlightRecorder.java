package io.nsqd.http;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
     * Starts a recording.
     *
     * @param done gets the answer, with the recording or saying what went wrong, on the job's thread
     * @return whether it could start: no other may be under way
     */
    boolean start(int seconds, Consumer<Response> done) {
        return job.start(() -> done.accept(record(seconds)));
    }

    private static Response record(int seconds) throws InterruptedException {
        Path file = null;
        try {
            file = Files.createTempFile("nsqd-", ".jfr");
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
            return Response.of(200, "application/octet-stream", Files.readAllBytes(file))
                    .with("Content-Disposition", "attachment; filename=\"nsqd.jfr\"")
                    .with("X-Content-Type-Options", "nosniff");
        } catch (JMException | IOException e) {
            return Response.plain(500, "there is no recording: " + e.getMessage() + "\n");
        } finally {
            delete(file);
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
