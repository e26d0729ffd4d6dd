package io.nsqd.bookkeeper;

import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/**
 * Who owns what, in ZooKeeper. What a node keeps is an <em>estate</em>, {@code <node>.<generation>}: when a peer has begun to take one over,
 * the node begins another.
 *
 * <pre>
 * /nsqd/nodes/&lt;node&gt;                    ephemeral: which estate is its own
 * /nsqd/estates/&lt;node&gt;.&lt;generation&gt;      whether it is being taken over, and by whom
 *              …/adopter               ephemeral: whoever takes it over at this moment
 *              …/journal, …/metadata, …/queues/q.&lt;name&gt;
 * /nsqd/documents/&lt;name&gt;             what all share, such as policies
 * /nsqd/adopted/&lt;node&gt;                 what became of the last one that was taken over
 * </pre>
 */
final class Estates {
    static final String NODES = "/nsqd/nodes";
    static final String ESTATES = "/nsqd/estates";

    /** What all daemons of the cluster share, such as the policies. */
    static final String DOCUMENTS = "/nsqd/documents";

    private static final String ADOPTED = "/nsqd/adopted";
    private static final Logger LOG = LoggerFactory.getLogger(Estates.class);
    private static final String FIRST_LINE = "nsqd-estate 1\n";
    private static final String ADOPTER = "adopter";
    private static final String JOURNAL_ADOPTED = "journal-adopted";

    private final Znodes znodes;

    Estates(Znodes znodes) {
        this.znodes = znodes;
    }

    /** The rest of the line that begins with a word; empty where there is none. */
    static String value(byte[] data, String word) {
        for (String line : new String(data, StandardCharsets.UTF_8).lines().toList()) {
            if (line.startsWith(word + " ")) {
                return line.substring(word.length() + 1);
            }
        }
        return "";
    }

    static String path(String estate) {
        return ESTATES + "/" + estate;
    }

    /** The node whose estate it is, or was. */
    static String node(String estate) {
        return estate.substring(0, estate.lastIndexOf('.'));
    }

    private static int generation(String estate) {
        try {
            return Integer.parseInt(estate.substring(estate.lastIndexOf('.') + 1));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static byte[] data(String more) {
        return (FIRST_LINE + more).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * A node begins: it goes on with what it had, where no peer has begun to take that over; else it begins empty, and says why.
     *
     * @return the estate that is its own
     */
    String claim(String node) throws IOException {
        while (true) {
            int last = 0;
            for (String estate : znodes.children(ESTATES, null)) {
                if (node(estate).equals(node)) {
                    last = Math.max(last, generation(estate));
                }
            }
            String run = "run " + UUID.randomUUID() + "\n";
            if (last > 0) {
                String estate = node + "." + last;
                Optional<Znodes.Found> found = znodes.get(path(estate));
                if (found.isEmpty()) {
                    continue;
                }
                String adopter = value(found.get().data(), ADOPTER);
                if (adopter.isEmpty()) {
                    try {
                        znodes.set(path(estate), data(run), found.get().version());
                        return estate;
                    } catch (Znodes.Outdated e) {
                        LOG.debug("a peer was first", e);
                        continue;
                    }
                }
                LOG.warn("CLUSTER: begins empty: {} takes over what this node had kept", adopter);
            } else {
                last = sayWhatBecame(node);
            }
            String fresh = node + "." + (last + 1);
            if (znodes.create(path(fresh), data(run))) {
                znodes.create(path(fresh) + "/queues", new byte[0]);
                return fresh;
            }
        }
    }

    private int sayWhatBecame(String node) throws IOException {
        Optional<Znodes.Found> adopted = znodes.get(ADOPTED + "/" + node);
        if (adopted.isEmpty()) {
            return 0;
        }
        byte[] data = adopted.get().data();
        LOG.warn("CLUSTER: begins empty: {} has taken over what this node had kept", value(data, "by"));
        String estate = value(data, "estate");
        znodes.delete(ADOPTED + "/" + node);
        return estate.isEmpty() ? 0 : generation(estate);
    }

    /** Whether a node that is there has this estate. */
    boolean isAlive(String estate) throws IOException {
        Optional<Znodes.Found> node = znodes.get(NODES + "/" + node(estate));
        if (node.isEmpty()) {
            return false;
        }
        String own = value(node.get().data(), "estate");
        // It has not said yet which: none, or the last.
        return own.isEmpty() || own.equals(estate);
    }

    /** Begins to take one over; false where somebody else does, or its node is back. Whoever gets it lets go of it again. */
    boolean begin(String estate, String by) throws IOException {
        Optional<Znodes.Found> found = znodes.get(path(estate));
        if (found.isEmpty() || isAlive(estate)) {
            return false;
        }
        if (!createLock(estate, by)) {
            return false;
        }
        try {
            if (isAlive(estate)) {
                letGo(estate);
                return false;
            }
            String more = value(found.get().data(), JOURNAL_ADOPTED);
            znodes.set(
                    path(estate),
                    data(ADOPTER + " " + by + " at " + now() + "\n"
                            + (more.isEmpty() ? "" : JOURNAL_ADOPTED + " " + more + "\n")),
                    found.get().version());
            return true;
        } catch (Znodes.Outdated e) {
            LOG.debug("the node was first", e);
            letGo(estate);
            return false;
        }
    }

    private boolean createLock(String estate, String by) throws IOException {
        try {
            return znodes.createEphemeral(path(estate) + "/" + ADOPTER, by.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            if (znodes.get(path(estate)).isEmpty()) {
                return false;
            }
            throw e;
        }
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    /** Whoever has begun goes on at another time, or somebody else does. */
    void letGo(String estate) throws IOException {
        znodes.delete(path(estate) + "/" + ADOPTER);
    }

    boolean isJournalAdopted(String estate) throws IOException {
        return znodes.get(path(estate))
                .map(found -> !value(found.data(), JOURNAL_ADOPTED).isEmpty())
                .orElse(false);
    }

    void journalAdopted(String estate) throws IOException {
        Znodes.Found found =
                znodes.get(path(estate)).orElseThrow(() -> new IOException("the estate " + estate + " is not there"));
        String text = new String(found.data(), StandardCharsets.UTF_8);
        znodes.set(
                path(estate),
                (text + JOURNAL_ADOPTED + " " + now() + "\n").getBytes(StandardCharsets.UTF_8),
                found.version());
    }

    /** All of it has a new home, and its ledgers are gone. */
    void done(String estate, String by) throws IOException {
        znodes.createAll(ADOPTED);
        String path = ADOPTED + "/" + node(estate);
        byte[] data = ("by " + by + " at " + now() + "\nestate " + estate + "\n").getBytes(StandardCharsets.UTF_8);
        if (!znodes.create(path, data)) {
            znodes.set(path, data, -1);
        }
        znodes.deleteAll(path(estate));
    }
}
