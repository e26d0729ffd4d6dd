package io.nsqd.api;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32;

/** What the host contributes to the defaults: its name, and the node id made of it. */
public final class HostIdentity {
    /** Where Linux keeps the name: no resolver is asked, which could take seconds. */
    private static final Path KERNEL_HOSTNAME = Path.of("/proc/sys/kernel/hostname");

    private HostIdentity() {}

    /** The operating system's host name. */
    public static String hostname() {
        try {
            return Files.readString(KERNEL_HOSTNAME).strip();
        } catch (IOException e) {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException unknown) {
                return "localhost";
            }
        }
    }

    /** The node id that the Go daemon would take on this host: CRC-32 of the MD5 of its name, modulo 1024 (B-42). */
    public static int nodeId() {
        try {
            CRC32 crc = new CRC32();
            crc.update(MessageDigest.getInstance("MD5").digest(hostname().getBytes(StandardCharsets.UTF_8)));
            return (int) (crc.getValue() % 1024);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }
}
