package io.nsqd.tcp;

/** The rest of a command. */
@FunctionalInterface
interface Step {
    /** @throws ProtocolException when the command fails */
    void run() throws ProtocolException;
}
