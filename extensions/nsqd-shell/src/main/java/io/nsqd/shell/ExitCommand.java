package io.nsqd.shell;

import java.util.concurrent.Semaphore;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Function;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** {@code exit} of a shell that is the daemon's own; Felix's has none, and others have theirs. */
final class ExitCommand {
    /** The variable that Gogo's shell asks before each line, on the thread that reads. */
    private static final String PROMPT = "prompt";

    private final Bundle framework;

    /** @param framework what is to be stopped */
    ExitCommand(Bundle framework) {
        this.framework = framework;
    }

    /**
     * Stops the framework when the shell asks for its prompt next. By then the command has returned, so that the shell does not
     * complain of one that was interrupted, and no other has been read.
     */
    @Descriptor("ends the shell and stops the daemon")
    public void exit(CommandSession session) {
        Function last = (asking, arguments) -> end();
        session.put(PROMPT, last);
    }

    /** Never returns, for then the shell would read on; the process ends with the framework. */
    private Object end() throws BundleException {
        framework.stop();
        new Semaphore(0).acquireUninterruptibly();
        return "";
    }
}
