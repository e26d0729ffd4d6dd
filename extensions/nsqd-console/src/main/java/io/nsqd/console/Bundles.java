package io.nsqd.console;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The parts of the daemon, and what may be done with them. Called on threads that may block. */
interface Bundles {
    /** Whether there is a framework, in which they can be started, stopped and replaced. */
    boolean isChangeable();

    /** Each of them, as the page shows it. */
    List<Map<String, Object>> list();

    /**
     * What would be without something that it needs, if a bundle left.
     *
     * @throws Refusal when there is no such bundle
     */
    List<String> dependants(String name) throws Refusal;

    /** @throws Refusal when it does not start, or there is none */
    void start(String name) throws Refusal;

    /**
     * Stops a bundle, until somebody starts it.
     *
     * @return whether it was done; false where it is being done, as with what serves this very page
     * @throws Refusal when it does not stop, or there is none
     */
    boolean stop(String name) throws Refusal;

    /**
     * Puts another version in the place of a bundle.
     *
     * @param jar a file that may be deleted when this has returned
     * @return whether it was done; false where it is being done, as with what serves this very page
     * @throws Refusal when it cannot be done, or the new version does not start: the old one runs again then
     */
    boolean update(String name, Path jar) throws Refusal;
}
