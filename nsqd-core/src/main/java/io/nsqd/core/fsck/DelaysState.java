package io.nsqd.core.fsck;

import io.nsqd.core.disk.DelaysFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the file with the delays of deferred messages is like.
 *
 * @param exists whether there is one
 * @param bytes of the file
 * @param entries messages that it can be read of
 * @param findings what is to be said about it
 */
record DelaysState(boolean exists, long bytes, long entries, List<Finding> findings) {
    static DelaysState read(Path directory) throws IOException {
        Path file = directory.resolve(DelaysFile.NAME);
        if (!Files.exists(file)) {
            return new DelaysState(false, 0, 0, List.of());
        }
        long[] entries = {0};
        List<Finding> findings = List.of();
        try {
            new DelaysFile(directory).readAll((topic, channel, id, due, delay) -> entries[0]++);
        } catch (IOException e) {
            findings = List.of(Finding.of(
                    Finding.Kind.DELAYS_DAMAGED,
                    DelaysFile.NAME,
                    "messages behind the first " + entries[0] + " of it are not held back any more: "
                            + e.getMessage()));
        }
        return new DelaysState(true, Files.size(file), entries[0], findings);
    }
}
