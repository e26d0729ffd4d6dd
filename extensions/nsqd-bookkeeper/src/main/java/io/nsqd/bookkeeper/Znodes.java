package io.nsqd.bookkeeper;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;

/**
 * Small texts in ZooKeeper, each with a version, so that nobody replaces what he has not seen. Any thread that may wait: a call is answered,
 * or fails, within the session's time-out.
 */
final class Znodes {
    private final ZooKeeper client;
    private final List<ACL> access;

    /** @param access who may do what with the nodes that it makes */
    Znodes(ZooKeeper client, List<ACL> access) {
        this.client = client;
        this.access = access;
    }

    /**
     * What is there.
     *
     * @param data the bytes
     * @param version to be given back to who replaces them
     * @param session whose an ephemeral one is; 0 for others
     */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them, nor changes the bytes.
    record Found(byte[] data, int version, long session) {}

    /** Somebody else was first. */
    static final class Outdated extends IOException {
        private static final long serialVersionUID = 1;

        Outdated(String path, Throwable cause) {
            super(path + " was changed by another node meanwhile", cause);
        }
    }

    @FunctionalInterface
    private interface Call<T> {
        T run() throws KeeperException, InterruptedException;
    }

    private static <T> T call(String tried, String path, Call<T> call) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return call.run();
                } catch (InterruptedException e) {
                    // Another try is as good as the first: writes are conditional.
                    interrupted = true;
                }
            }
        } catch (KeeperException.BadVersionException e) {
            throw new Outdated(path, e);
        } catch (KeeperException e) {
            String what = "ZooKeeper: " + tried + " " + path + ": " + words(e);
            throw isRefusal(e) ? new Refused(what, e) : new IOException(what, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether no other try would change it. */
    static boolean isRefusal(KeeperException e) {
        return switch (e.code()) {
            case NOAUTH, AUTHFAILED, INVALIDACL -> true;
            default -> false;
        };
    }

    static String words(KeeperException e) {
        return switch (e.code()) {
            case CONNECTIONLOSS, OPERATIONTIMEOUT, REQUESTTIMEOUT -> "no connection";
            case SESSIONEXPIRED -> "the session is over";
            case NOAUTH, AUTHFAILED -> "not permitted (zookeeper.auth and the client certificate in --cluster-config)";
            case INVALIDACL -> "it does not know who asks (zookeeper.auth or a client certificate in --cluster-config)";
            default -> e.code().name().toLowerCase(java.util.Locale.ROOT);
        };
    }

    /** What is there, if anything is. */
    Optional<Found> get(String path) throws IOException {
        return get(path, null);
    }

    /** The same; the watcher is told of the next change, also of one by which it comes into being. */
    Optional<Found> get(String path, Watcher watcher) throws IOException {
        return call("read", path, () -> {
            Optional<Found> found = getData(path, watcher);
            // Who looks for what is not there is told when it comes; unless it came in between, and then it is read.
            while (found.isEmpty() && watcher != null && client.exists(path, watcher) != null) {
                found = getData(path, watcher);
            }
            return found;
        });
    }

    private Optional<Found> getData(String path, Watcher watcher) throws KeeperException, InterruptedException {
        Stat stat = new Stat();
        try {
            byte[] data = client.getData(path, watcher, stat);
            return Optional.of(
                    new Found(data == null ? new byte[0] : data, stat.getVersion(), stat.getEphemeralOwner()));
        } catch (KeeperException.NoNodeException e) {
            return Optional.empty();
        }
    }

    /** The names below; none where the node is not there. The watcher is told of the next change. */
    List<String> children(String path, Watcher watcher) throws IOException {
        return call("list", path, () -> {
            try {
                return client.getChildren(path, watcher);
            } catch (KeeperException.NoNodeException e) {
                return List.of();
            }
        });
    }

    /** Makes a node; false where there is one. */
    boolean create(String path, byte[] data) throws IOException {
        return create(path, data, CreateMode.PERSISTENT);
    }

    /** Makes one that goes with the session; false where there is one. */
    boolean createEphemeral(String path, byte[] data) throws IOException {
        return create(path, data, CreateMode.EPHEMERAL);
    }

    private boolean create(String path, byte[] data, CreateMode mode) throws IOException {
        return call("create", path, () -> {
            try {
                client.create(path, data, access, mode);
                return true;
            } catch (KeeperException.NodeExistsException e) {
                return false;
            }
        });
    }

    /** Makes a node and all those above it. */
    void createAll(String path) throws IOException {
        for (int end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
            createMissing(path.substring(0, end));
        }
        createMissing(path);
    }

    /** What somebody else has made may be where this one may make nothing. */
    private void createMissing(String path) throws IOException {
        if (call("look for", path, () -> client.exists(path, false)) == null) {
            create(path, new byte[0]);
        }
    }

    /**
     * Replaces what is there.
     *
     * @param version the one that was read
     * @return the new version
     * @throws Outdated when another one is there by now
     */
    int set(String path, byte[] data, int version) throws IOException {
        return call("write", path, () -> {
            try {
                return client.setData(path, data, version).getVersion();
            } catch (KeeperException.BadVersionException e) {
                // An answer that got lost, of what was written all the same, is ours.
                Stat stat = new Stat();
                byte[] there = client.getData(path, false, stat);
                if (stat.getVersion() == version + 1 && java.util.Arrays.equals(there, data)) {
                    return stat.getVersion();
                }
                throw e;
            }
        });
    }

    /** Deletes a node with all that is below it; what is not there is deleted. */
    void deleteAll(String path) throws IOException {
        for (String child : children(path, null)) {
            deleteAll(path + "/" + child);
        }
        delete(path);
    }

    /** Deletes a node; what is not there is deleted. */
    void delete(String path) throws IOException {
        call("delete", path, () -> {
            try {
                client.delete(path, -1);
            } catch (KeeperException.NoNodeException e) {
                // As it should be.
            }
            return null;
        });
    }
}
