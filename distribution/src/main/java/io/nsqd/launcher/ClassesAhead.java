package io.nsqd.launcher;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleListener;
import org.osgi.framework.wiring.BundleWiring;

/**
 * Has all classes of our own bundles loaded once they start. Where file descriptors are few the framework closes jars again, and a class
 * that is first needed when there are none left, as what says so is, could not be read any more: nor ever after, as a virtual machine
 * remembers that.
 */
final class ClassesAhead implements BundleListener {
    /** The beginning of the symbolic names of our own bundles. */
    private static final String OURS = "io.nsqd.";

    private static final String SUFFIX = ".class";

    @Override
    public void bundleChanged(BundleEvent event) {
        Bundle bundle = event.getBundle();
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        String name = bundle.getSymbolicName();
        if (event.getType() != BundleEvent.STARTED || wiring == null || name == null || !name.startsWith(OURS)) {
            return;
        }
        int options = BundleWiring.LISTRESOURCES_RECURSE | BundleWiring.LISTRESOURCES_LOCAL;
        for (String file : wiring.listResources("/", "*" + SUFFIX, options)) {
            load(bundle, file.substring(0, file.length() - SUFFIX.length()).replace('/', '.'));
        }
    }

    private static void load(Bundle bundle, String name) {
        try {
            bundle.loadClass(name);
        } catch (ClassNotFoundException | LinkageError | IllegalStateException e) {
            // What it needs is optional and not there, or the bundle has gone: then nobody needs it.
            return;
        }
    }
}
