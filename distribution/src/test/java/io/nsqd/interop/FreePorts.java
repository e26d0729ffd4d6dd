package io.nsqd.interop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports for programs that are to be found at the same place again after a restart. */
public final class FreePorts {
    private FreePorts() {}

    /** A port of 127.0.0.1 that nobody listens on. */
    public static int next() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
