package io.nsqd.launcher.plugin;

import io.nsqd.spi.ChannelDirectory;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Transport;
import io.nsqd.stats.ClientStats;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** A plug-in for tests: throws or blocks, as the header {@code Trouble} says, wherever it is called. */
public final class Troublemaker implements BundleActivator, Transport, NsqdListener, ChannelDirectory, HttpEndpoint {
    private boolean blocks;

    @Override
    public void start(BundleContext context) {
        blocks = "blocks".equals(context.getBundle().getHeaders().get("Trouble"));
        String[] services = {
            Transport.class.getName(),
            NsqdListener.class.getName(),
            ChannelDirectory.class.getName(),
            HttpEndpoint.class.getName()
        };
        context.registerService(services, this, FrameworkUtil.asDictionary(Map.of(HttpEndpoint.PATH, "/trouble")));
    }

    @Override
    public void stop(BundleContext context) {
        // The framework takes the services away.
    }

    private AssertionError trouble() {
        while (blocks) {
            // Not to be interrupted, either.
            LockSupport.park();
        }
        return new AssertionError("trouble");
    }

    @Override
    public String protocol() {
        return "trouble";
    }

    @Override
    public String address() {
        return "nowhere";
    }

    @Override
    public int port() {
        return -1;
    }

    @Override
    public List<ClientStats> producers() {
        throw trouble();
    }

    @Override
    public CompletableFuture<List<String>> channels(String topic) {
        throw trouble();
    }

    @Override
    public Response handle(Request request) {
        throw trouble();
    }

    @Override
    public void topicCreated(String topic) {
        throw trouble();
    }
}
