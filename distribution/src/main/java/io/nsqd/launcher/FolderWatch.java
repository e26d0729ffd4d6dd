package io.nsqd.launcher;

import io.nsqd.api.Errors;
import io.nsqd.api.LogLevel;
import io.nsqd.launcher.WatchedFolder.Stamp;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * Says when folders are to be looked at. An event of the operating system only wakes whoever waits, and what there is is found by a look,
 * so that it does not matter which events come, how many, and whether some are lost. What is promised:
 *
 * <ul>
 *   <li>Where the operating system tells of changes, a look follows at once, and another when what has changed has had the time to settle.
 *       Otherwise the folder is left alone for ten seconds at a time.
 *   <li>Where it is known not to, a look is taken twice a second: there is no watch service, or none for this folder; the folder is not
 *       there, cannot be read, or is a symbolic link, or a jar in it is one; it is on a file system that others can change without this
 *       machine; or a look has found what no event had told of, and none did afterwards. What has gone wrong is tried again.
 *   <li>Where nobody can know, as where a folder is renamed and another takes its place, it is noticed within those ten seconds.
 * </ul>
 *
 * <p>One thread looks and waits, and touches files; that is the one that closes it. Events come in on another, which touches none, and ends
 * when it is closed, as does that of the JDK.
 */
final class FolderWatch {
    /** How often to look. */
    record Timing(long pollMillis, long safetyMillis) {
        static final Timing USUAL = new Timing(500, 10_000);
    }

    /** Where events come from. */
    @FunctionalInterface
    interface Source {
        WatchService open() throws IOException;
    }

    /** Types of file systems that others may change without this machine. */
    private static final Pattern REMOTE = Pattern.compile(
            "(nfs|smb|fuse|ceph|gluster).*|cifs|9p|afs|lustre|gpfs|virtiofs|vboxsf|vmhgfs|prl_fs|fakeowner|drvfs");

    private static final long SETTLE_NANOS = WatchedFolder.SETTLE_NANOS;

    private final Timing timing;
    private final Source source;
    private final LogOutput log;
    private final Map<WatchedFolder, Post> posts = new HashMap<>();

    /** Those of the folders that something has happened in since the last look. */
    private final Set<WatchKey> heard = ConcurrentHashMap.newKeySet();

    private final Semaphore bell = new Semaphore(0);

    /** {@code null} as long as there is none. */
    private WatchService service;

    /** What is known of a folder's events. */
    private static final class Post {
        /** {@code null} for none. */
        WatchKey key;

        /** The directory that was last found there, {@code null} for none. */
        Object identity;

        boolean isLink;

        /** Why no events come from this directory, empty if they should. */
        String obstacle = "";

        /** Whether the obstacle may go by itself. */
        boolean passing;

        /** When the key was last asked for. */
        long triedNanos;

        /** Why it is looked at often, empty if it is not. */
        String polled = "";

        boolean looked;
        long lookedNanos;

        /** Whether a look has found something that no event has told of yet. */
        boolean unannounced;

        long unannouncedNanos;

        boolean isHeard(Set<WatchKey> heard) {
            return key != null && heard.contains(key);
        }
    }

    /** Watches nothing yet. */
    FolderWatch(LogOutput log) {
        this(Timing.USUAL, () -> FileSystems.getDefault().newWatchService(), log);
    }

    FolderWatch(Timing timing, Source source, LogOutput log) {
        this.timing = timing;
        this.source = source;
        this.log = log;
    }

    /** Looks at a folder if that is due, and watches it from then on; else it is as the last look has found it. */
    Optional<Map<Path, Stamp>> look(WatchedFolder folder) {
        Post post = posts.computeIfAbsent(folder, unknown -> new Post());
        long now = System.nanoTime();
        // A little early rather than to be woken for each folder by itself.
        boolean nearly = now - post.lookedNanos >= oftenNanos(post) / 10 * 9;
        if (post.looked && !nearly && leftNanos(folder, post, now, now - SETTLE_NANOS) > 0) {
            return folder.lastLook();
        }
        post.looked = true;
        post.lookedNanos = now;
        // Before the look: what happens from now on is to be looked at again.
        boolean announced = post.key == null || heard.remove(post.key);
        judgeSilence(post, announced, now);
        boolean renewed = attend(folder, post, now);
        Optional<Map<Path, Stamp>> found = folder.look();
        if (!announced && !renewed && folder.hasNews() && post.polled.isEmpty() && !post.unannounced) {
            post.unannounced = true;
            post.unannouncedNanos = now;
        }
        poll(folder, post);
        return found;
    }

    /** An event may be on its way for a while, so that silence counts only after some time. */
    private void judgeSilence(Post post, boolean announced, long now) {
        if (announced) {
            post.unannounced = false;
        } else if (post.unannounced && now - post.unannouncedNanos >= 2 * nanos(timing.pollMillis())) {
            post.unannounced = false;
            post.obstacle = "it changes without a word";
            post.passing = false;
        }
    }

    /** Sees to it that the directory that is there now is watched; says whether another is than before. */
    private boolean attend(WatchedFolder folder, Post post, long now) {
        Path directory = folder.directory();
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            post.isLink = attributes.isSymbolicLink();
            if (post.isLink) {
                attributes = Files.readAttributes(directory, BasicFileAttributes.class);
            }
            boolean same = post.identity != null && post.identity.equals(attributes.fileKey());
            boolean valid = post.key != null && post.key.isValid();
            boolean again = post.passing && now - post.triedNanos >= nanos(timing.safetyMillis());
            if (same && (valid || !post.obstacle.isEmpty() && !again)) {
                return false;
            }
            leave(post);
            post.identity = attributes.fileKey();
            post.triedNanos = now;
            return register(directory, post);
        } catch (NoSuchFileException e) {
            leave(post);
            post.identity = null;
            post.obstacle = "it is not there";
            post.passing = true;
            return false;
        } catch (IOException e) {
            leave(post);
            post.obstacle = Errors.describe(e);
            post.passing = true;
            return false;
        }
    }

    private void leave(Post post) {
        if (post.key != null) {
            post.key.cancel();
            heard.remove(post.key);
            post.key = null;
        }
        post.unannounced = false;
    }

    private boolean register(Path directory, Post post) {
        post.passing = true;
        try {
            if (service == null) {
                service = source.open();
                Thread listener = new Thread(() -> listen(service), "nsqd-folders");
                listener.setDaemon(true);
                listener.start();
            }
            post.key = directory.register(
                    service,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_DELETE,
                    StandardWatchEventKinds.ENTRY_MODIFY);
            String type = typeOf(directory);
            post.obstacle = REMOTE.matcher(type).matches() ? "it is on " + type : "";
            if (service.getClass().getName().endsWith("PollingWatchService")) {
                // The JDK's substitute, which looks itself, and more seldom.
                post.obstacle = "there are no events on this system";
            }
            post.passing = false;
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            post.obstacle = Errors.describe(e);
            return false;
        }
    }

    /** Of its file system; empty where the system does not tell, as in some containers. */
    private static String typeOf(Path directory) {
        try {
            return Files.getFileStore(directory).type();
        } catch (IOException e) {
            return "";
        }
    }

    private void poll(WatchedFolder folder, Post post) {
        String reason = post.obstacle;
        if (reason.isEmpty() && post.isLink) {
            reason = "it is a link";
        } else if (reason.isEmpty() && folder.hasLinks()) {
            reason = "links are in it";
        } else if (reason.isEmpty() && folder.isUnreadable()) {
            reason = "it cannot be read";
        }
        if (!reason.isEmpty() && !reason.equals(post.polled)) {
            log.write(
                    LogLevel.DEBUG,
                    "PLUGINS: " + folder.directory().getFileName() + "/ is looked at every " + timing.pollMillis()
                            + " ms: " + reason,
                    null);
        }
        post.polled = reason;
    }

    private void listen(WatchService events) {
        try {
            while (true) {
                WatchKey key = events.take();
                // Which they are is of no use: one more may be lost than is told of.
                key.pollEvents();
                key.reset();
                heard.add(key);
                wake();
            }
        } catch (ClosedWatchServiceException e) {
            // That is its end.
            heard.clear();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Has {@link #await} ask anew. Any thread. */
    void wake() {
        bell.release();
    }

    /**
     * Waits until there may be something new in a folder.
     *
     * @param mostMillis how long at most, counted from the call; asked again after every {@linkplain #wake call to wake up}
     */
    void await(LongSupplier mostMillis) throws InterruptedException {
        long begun = System.nanoTime();
        while (true) {
            long now = System.nanoTime();
            long left = nanos(mostMillis.getAsLong()) - (now - begun);
            for (Map.Entry<WatchedFolder, Post> post : posts.entrySet()) {
                left = Math.min(left, leftNanos(post.getKey(), post.getValue(), now, begun));
            }
            if (left <= 0) {
                return;
            }
            if (bell.tryAcquire(left, TimeUnit.NANOSECONDS)) {
                bell.drainPermits();
            }
        }
    }

    /** @param begun when whoever waits began to: events that come in quick succession lead to one look */
    private long leftNanos(WatchedFolder folder, Post post, long now, long begun) {
        long left = oftenNanos(post) - (now - post.lookedNanos);
        if (post.isHeard(heard)) {
            left = Math.min(left, SETTLE_NANOS - (now - begun));
        }
        return Math.min(left, folder.settlesInNanos().orElse(left));
    }

    private long oftenNanos(Post post) {
        return nanos(post.polled.isEmpty() ? timing.safetyMillis() : timing.pollMillis());
    }

    private static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Ends it; by the thread that looks. */
    void close() {
        if (service != null) {
            try {
                service.close();
            } catch (IOException e) {
                log.write(LogLevel.DEBUG, "PLUGINS: " + Errors.describe(e), null);
            }
        }
    }
}
