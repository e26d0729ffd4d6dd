package io.nsqd.shell;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.FrameworkServices;
import io.nsqd.spi.NsqdActivator;
import io.nsqd.spi.OptionalApi;
import io.nsqd.spi.Services;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;

/** Offers what the container has a use for: commands where there is a shell, checks where there are health checks. */
public final class Activator implements BundleActivator {
    /** The framework property that says that the shell is the daemon's own: it gets {@code exit}. */
    private static final String OWN_SHELL = "nsqd.shell";

    private static final String KARAF = "org.apache.karaf.shell.api.console.SessionFactory";
    private static final String GOGO = "org.apache.felix.service.command.Descriptor";
    private static final String HEALTH_CHECKS = "org.apache.felix.hc.api.HealthCheck";

    private final RunningDaemons daemons = new RunningDaemons();
    private final BundleNews bundles = new BundleNews();
    private final Attachment attachment = new Attachment(daemons, bundles);
    private final Deque<AutoCloseable> offers = new ArrayDeque<>();

    /** For the framework. */
    public Activator() {}

    @Override
    public void start(BundleContext context) throws Exception {
        Services services = new FrameworkServices(context);
        Commands commands = new Commands(daemons, services::plugins);
        offers.push(PluginsBean.register(services::plugins, context.getProperty(Constants.FRAMEWORK_UUID)));
        OptionalApi gogo = watch(context, GOGO, () -> offerGogo(context, commands));
        // Karaf's console can more than the Gogo that it is built on.
        watch(context, KARAF, () -> {
            gogo.close();
            KarafCommands console = new KarafCommands(context, commands);
            console.open();
            return console::close;
        });
        watch(context, HEALTH_CHECKS, () -> new HealthChecks(context, daemons));
        context.addBundleListener(bundles);
        attachment.start(context);
    }

    private OptionalApi watch(BundleContext context, String type, Callable<AutoCloseable> offer) {
        OptionalApi api = OptionalApi.watch(context, Activator.class, type, offer);
        offers.push(api);
        return api;
    }

    private static AutoCloseable offerGogo(BundleContext context, Commands commands) {
        List<Runnable> offered = new ArrayList<>();
        offered.add(offer(context, new GogoCommands(commands), GogoCommands.FUNCTIONS));
        offered.add(offer(context, new LogLevelCommand(commands), Verb.LOG_LEVEL.word()));
        if (Boolean.parseBoolean(context.getProperty(OWN_SHELL))) {
            offered.add(offer(context, new ExitCommand(context.getBundle(0)), "exit"));
        }
        return () -> offered.forEach(Runnable::run);
    }

    private static Runnable offer(BundleContext context, Object command, String... functions) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("osgi.command.scope", Verb.SCOPE);
        properties.put("osgi.command.function", functions);
        return context.registerService(command.getClass().getName(), command, FrameworkUtil.asDictionary(properties))
                ::unregister;
    }

    @Override
    public void stop(BundleContext context) throws Exception {
        while (!offers.isEmpty()) {
            offers.pop().close();
        }
        context.removeBundleListener(bundles);
        attachment.stop(context);
    }

    /** The part that comes and goes with the daemon. */
    private static final class Attachment extends NsqdActivator {
        private final RunningDaemons daemons;
        private final BundleNews bundles;

        Attachment(RunningDaemons daemons, BundleNews bundles) {
            super("shell");
            this.daemons = daemons;
            this.bundles = bundles;
        }

        @Override
        protected AutoCloseable attach(BundleContext context, Nsqd nsqd) throws Exception {
            News news = new News();
            AutoCloseable beans = new JmxSubsystem().start(services(), news);
            Runnable noMoreBundles = bundles.tell(news);
            AutoCloseable use = daemons.attach(nsqd);
            return () -> {
                try (beans) {
                    noMoreBundles.run();
                    use.close();
                }
            };
        }

        /** The daemon does without. */
        @Override
        protected boolean failureIsFatal() {
            return false;
        }
    }
}
