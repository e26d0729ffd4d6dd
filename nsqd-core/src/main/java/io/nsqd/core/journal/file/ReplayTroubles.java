package io.nsqd.core.journal.file;

import io.nsqd.api.Errors;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.JournalStore;
import io.nsqd.stats.Trouble;
import java.io.IOException;
import java.nio.file.Path;

/** What a daemon does about what is not as it was written: says it, counts it, and gives what is damaged a second name. */
final class ReplayTroubles implements JournalReplay.Witness {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayTroubles.class);

    private final SegmentFiles files;
    private final JournalStore.Listener listener;

    ReplayTroubles(SegmentFiles files, JournalStore.Listener listener) {
        this.files = files;
        this.listener = listener;
    }

    @Override
    public void missing(int from, int to) {
        String which = from == to ? "segment " + from + " is" : "segments " + from + " to " + to + " are";
        LOG.error("JOURNAL: {} missing: what was in there is lost", which);
        listener.trouble(Trouble.LOST_FILES, to - from + 1L);
    }

    @Override
    public void unreadable(EarlierSegment segment, IOException why) {
        LOG.error(
                "JOURNAL: {}: what is in there is left out, and the file is kept",
                Errors.describe("read", segment.path(), why));
        listener.trouble(Trouble.DAMAGED_FILES, 1);
    }

    @Override
    public void torn() {
        LOG.info("JOURNAL: an earlier run was stopped while it wrote: dropped what was not complete");
    }

    @Override
    public void damaged(EarlierSegment segment, String what) {
        String kept;
        try {
            kept = "is kept as " + keepAside(segment.path()).getFileName();
        } catch (IOException e) {
            kept = "could not be kept aside: " + Errors.describe(e);
        }
        LOG.error("JOURNAL: {} is damaged and {}: {}", segment.path(), kept, what);
        listener.trouble(Trouble.DAMAGED_FILES, 1);
    }

    /** Keeps what is damaged for people to look at, once. */
    private Path keepAside(Path file) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".bad");
        for (int i = 1; files.exists(aside); i++) {
            if (files.same(file, aside)) {
                return aside;
            }
            // An earlier damage under the same number must not be overwritten.
            aside = file.resolveSibling(file.getFileName() + "." + i + ".bad");
        }
        files.keep(file, aside);
        return aside;
    }
}
