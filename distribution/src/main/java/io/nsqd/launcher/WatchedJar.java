package io.nsqd.launcher;

import io.nsqd.launcher.WatchedFolder.Stamp;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.startlevel.BundleStartLevel;

/** A jar, and what has become of it. The {@link Reconciler}'s, and confined to its thread. */
final class WatchedJar {
    final Path jar;

    /** Of the file as it was last read; {@link Stamp#NONE} for one that has gone. */
    Stamp stamp = Stamp.NONE;

    /** What the file is, {@code null} as long as it cannot be read. */
    BundleJar content;

    /** What was made of it, {@code null} if nothing could be. */
    Bundle bundle;

    /** What the bundle was made of. */
    BundleJar taken;

    /** That of the file that the bundle was made of. */
    Stamp takenStamp = Stamp.NONE;

    /** The call of its activator that has not come back yet, {@code null} if none is under way. */
    ActivatorCall call;

    /** Whether that call is a start. */
    boolean starting;

    /** Whether it has run since it was taken. */
    boolean ran;

    /** Why it is not to run although all is well with it, empty if it is. */
    String standsBack = "";

    WatchedJar(Path jar) {
        this.jar = jar;
    }

    boolean isGone() {
        return stamp.equals(Stamp.NONE);
    }

    boolean isBusy() {
        return call != null;
    }

    boolean isIn(int states) {
        return bundle != null && (bundle.getState() & states) != 0;
    }

    /** What only had to stop because something that it needs had gone is still meant to run, and the framework says so. */
    boolean wasStoppedByHand() {
        return ran && !bundle.adapt(BundleStartLevel.class).isPersistentlyStarted();
    }

    /**
     * For {@link Reconciler#report}.
     *
     * @param name how people call it
     * @param failure what is wrong with it, empty if nothing is
     */
    Map<String, String> describe(String name, String failure) {
        BundleJar made = bundle == null ? content : taken;
        String state = "";
        String reason = failure;
        if (!failure.isEmpty()) {
            state = "failed";
        } else if (!standsBack.isEmpty()) {
            state = "standby";
            reason = standsBack;
        } else if (isIn(Bundle.INSTALLED | Bundle.RESOLVED) && !made.isFragment() && wasStoppedByHand()) {
            state = "stopped";
            reason = "it was stopped by hand";
        }
        return describe(name, made, bundle, state, reason);
    }

    /** The same of what is known otherwise. */
    static Map<String, String> describe(String file, BundleJar made, Bundle bundle, String state, String reason) {
        return Map.of(
                "file",
                file,
                "name",
                made == null ? "" : made.symbolicName(),
                "version",
                made == null ? "" : made.version().toString(),
                "bundle",
                bundle == null ? "" : Long.toString(bundle.getBundleId()),
                "state",
                state,
                "reason",
                reason);
    }
}
