package io.nsqd.shell;

import java.util.List;

/** What the daemon is made of, under {@value #NAME}: there as long as this bundle is, whether the daemon runs or not. */
@Described("what the daemon is made of")
public interface PluginsMXBean {
    /** The name under which it is registered; in the JVM's other frameworks it has the framework's UUID as well. */
    String NAME = "io.nsqd:type=Plugins";

    /** The bundles and plug-ins, sorted by name. */
    @Described("the bundles and plug-ins, with state, version, file and reason, sorted by name")
    List<PluginFigures> getPlugins();

    /** How many of them are not as they should be. */
    @Described("how many of them are not as they should be")
    int getTroubledCount();
}
