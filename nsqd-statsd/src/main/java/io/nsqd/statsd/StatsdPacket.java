package io.nsqd.statsd;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Packs lines into packets (D-8). */
final class StatsdPacket {
    /** The size where the option names none. */
    private static final int DEFAULT_SIZE = 4096;

    /** What UDP over IPv4 carries. */
    private static final int LARGEST_SIZE = 65_507;

    private StatsdPacket() {}

    /**
     * Packs whole lines, in their order, into as few packets as possible.
     *
     * @param lines each with its line end
     * @param size the most bytes of a packet; 0 and less mean 4096, and more than UDP carries means just that. A longer line goes alone, whole
     */
    static List<byte[]> pack(List<String> lines, long size) {
        long limit = size > 0 ? Math.min(size, LARGEST_SIZE) : DEFAULT_SIZE;
        List<byte[]> packets = new ArrayList<>();
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        for (String line : lines) {
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            if (packet.size() > 0 && packet.size() + bytes.length > limit) {
                packets.add(packet.toByteArray());
                packet.reset();
            }
            packet.writeBytes(bytes);
        }
        if (packet.size() > 0) {
            packets.add(packet.toByteArray());
        }
        return packets;
    }
}
