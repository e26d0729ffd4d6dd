package io.nsqd.tcp;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Starts the daemons of {@link DaemonCase}s. Each module that has some names its own among its services. */
public interface DaemonStarter {
    /**
     * Starts one on free ports of 127.0.0.1, with assertions, and with Netty watching each of its buffers.
     *
     * @param flags more flags, which come after the usual ones and so override them
     * @param java more options for its JVM, split at blanks
     */
    TestedDaemon start(Path data, List<String> flags, String java) throws IOException;
}
