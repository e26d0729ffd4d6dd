package io.nsqd.tcp;

import io.nsqd.launcher.Daemon;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Starts processes of the distribution; found as a service. */
public final class DaemonProcess implements DaemonStarter {
    /** Every buffer is watched; what happens to each is not written down, which would take most of the time. */
    private static final String JAVA =
            "-ea -Dio.netty.leakDetection.level=simple -Dio.netty.leakDetection.samplingInterval=1 ";

    @Override
    public TestedDaemon start(Path data, List<String> flags, String java) throws IOException {
        return Daemon.of(data)
                .flags(flags.toArray(String[]::new))
                .environment("NSQD_JAVA_OPTS", JAVA + java)
                .start();
    }
}
