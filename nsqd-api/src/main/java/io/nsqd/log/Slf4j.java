package io.nsqd.log;

import org.slf4j.ILoggerFactory;

/**
 * Looks for SLF4J. It is an optional library: that this class can't be linked is how it is found missing, so that nothing but this
 * class and {@link Slf4jLogger} may name its types.
 */
final class Slf4j {
    /** Set once SLF4J is known not to be there; that does not change, in a framework not before this bundle is resolved anew. */
    private static volatile boolean missing;

    private Slf4j() {}

    /** SLF4J's logger of this name, or {@code null} if SLF4J is not there or has nowhere to write to. */
    static Slf4jLogger logger(String name) {
        if (missing) {
            return null;
        }
        try {
            return find(name);
        } catch (LinkageError e) {
            missing = true;
        } catch (IllegalStateException e) {
            // SLF4J's own start has failed; it has said so on the standard error.
            missing = true;
        }
        return null;
    }

    /** Whether lines go to SLF4J. */
    static boolean isUsed() {
        return logger("io.nsqd") != null;
    }

    private static Slf4jLogger find(String name) {
        ILoggerFactory factory = org.slf4j.LoggerFactory.getILoggerFactory();
        return switch (factory.getClass().getName()) {
            // What SLF4J takes where it finds no provider, for good, even if one comes a moment later.
            case "org.slf4j.helpers.NOPLoggerFactory" ->
                silenceIsWanted() ? new Slf4jLogger(factory.getLogger(name), true) : null;
            // SLF4J is being started by another thread.
            case "org.slf4j.helpers.SubstituteLoggerFactory" -> new Slf4jLogger(factory.getLogger(name), false);
            default -> new Slf4jLogger(factory.getLogger(name), true);
        };
    }

    /** Whether somebody has put a provider beside SLF4J that writes nothing, on purpose. */
    private static boolean silenceIsWanted() {
        try {
            Class.forName("org.slf4j.nop.NOPServiceProvider", false, ILoggerFactory.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
