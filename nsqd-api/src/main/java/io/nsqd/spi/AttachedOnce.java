package io.nsqd.spi;

import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/**
 * Which bundles have been attached since the framework was started. The framework keeps it, as services of its own: a bundle
 * that is updated, or taken away and brought back, comes with new classes that know nothing of the old ones.
 */
final class AttachedOnce {
    /** The property of such a service that names the bundle; the service itself is a string. */
    private static final String BUNDLE = "nsqd.attached.once";

    private AttachedOnce() {}

    /** Whether the context's bundle has been attached. */
    static boolean isNoted(BundleContext context) {
        try {
            String filter = "(" + BUNDLE + "=" + context.getBundle().getSymbolicName() + ")";
            return !context.getServiceReferences(String.class, filter).isEmpty();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Notes that the context's bundle has been attached. */
    static void note(BundleContext context) {
        if (isNoted(context)) {
            return;
        }
        String bundle = context.getBundle().getSymbolicName();
        context.getBundle(Constants.SYSTEM_BUNDLE_ID)
                .getBundleContext()
                .registerService(String.class, bundle, FrameworkUtil.asDictionary(Map.of(BUNDLE, bundle)));
    }
}
