package io.nsqd.tcp;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;

/** A running daemon that a test talks to, wherever it runs; closing it leaves nothing of it. */
public interface TestedDaemon extends AutoCloseable {
    /** The port for TCP clients. */
    int tcpPort();

    /** The port for HTTP clients. */
    int httpPort();

    /** What it has logged so far, by lines, stack traces too. */
    List<String> log();

    /** Waits for a line of the log in which the expression is found. */
    Matcher awaitLog(String expression);

    /** Has it collect all its garbage. */
    void collectGarbage() throws IOException, InterruptedException;

    /** Stops it and waits for it; returns the exit code, 0 where all went well. */
    int stop() throws InterruptedException;

    @Override
    void close();
}
