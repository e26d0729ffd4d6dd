package io.nsqd.console;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.peer.PeerWorkers;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.LookupPeers;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Offers {@code /console/} while the daemon is there, if its options say so. */
public final class ConsoleSubsystem implements Subsystem {
    static final String PATH = "/console";

    /** As many requests at once; most are answered by our own threads. */
    private static final int CONCURRENCY = 32;

    private static final int WORKERS = 8;
    private static final int PEER_WORKERS = 8;

    private final BundlesOf bundles;

    /** Where the daemon runs in a framework: what that knows of bundles. */
    interface BundlesOf {
        /** @param audit told what was changed, and what became of it */
        Bundles make(Services services, BiConsumer<String, String> audit);
    }

    /** For the service loader: there is no framework. */
    public ConsoleSubsystem() {
        this((services, audit) -> new SubsystemList(services));
    }

    ConsoleSubsystem(BundlesOf bundles) {
        this.bundles = bundles;
    }

    @Override
    public String name() {
        return "console";
    }

    @Override
    public AutoCloseable start(Services services) throws Exception {
        Nsqd nsqd = services.get(Nsqd.class);
        if (!nsqd.options().flag(Option.CONSOLE)) {
            return () -> {};
        }
        Deque<AutoCloseable> started = new ArrayDeque<>();
        try {
            start(nsqd, services, started);
        } catch (RuntimeException | Error e) {
            close(started);
            throw e;
        }
        return () -> close(started);
    }

    /** @param started what is to be closed again, the last first */
    private void start(Nsqd nsqd, Services services, Deque<AutoCloseable> started) {
        AllowedClients allowed = AllowedClients.parse(nsqd.options().string(Option.CONSOLE_ALLOW));
        Clock clock = Clock.systemUTC();
        PeerWorkers workers = add(new PeerWorkers("nsqd-console", WORKERS), started);
        PeerWorkers peerWorkers = add(new PeerWorkers("nsqd-console-peer", PEER_WORKERS), started);
        // All others are like TCP: where TCP clients must authenticate so must whoever uses the console.
        Authentication authentication = add(Authentication.watch(services, nsqd, "console"), started);
        PeerWatch peers = new PeerWatch();
        started.push(services.<LookupPeers>watch(List.of(LookupPeers.class), peers)::run);
        Certificates certificates = new Certificates(nsqd);
        Gate gate = new Gate(authentication, allowed, new HostNames(nsqd, allowed, certificates));
        AuditLog audit = new AuditLog(Path.of(nsqd.options().string(Option.DATA_PATH)), clock);
        PolicyView policies = new PolicyView(nsqd);
        History history = new History();
        Live live = add(new Live(nsqd, peers, history, new OldestMessages(nsqd, workers), clock), started);
        ConsoleApi.Parts parts = new ConsoleApi.Parts(
                live,
                history,
                new Actions(nsqd, clock),
                new MessageView(nsqd, policies),
                policies,
                new NodeView(nsqd, certificates, clock),
                audit,
                add(new ClusterView(nsqd, peers, peerWorkers), started),
                new BundleApi(
                        nsqd,
                        bundles.make(services, (what, outcome) -> audit.add("", "", what, "", outcome)),
                        audit,
                        workers));
        ConsoleEndpoint endpoint = new ConsoleEndpoint(
                gate, new ConsoleApi(nsqd, gate, parts, clock), ConsoleApi.mostBytes(nsqd), workers);
        live.start();
        started.push(services.register(HttpEndpoint.class, endpoint, properties())::run);
    }

    private static Map<String, ?> properties() {
        return Map.of(
                HttpEndpoint.PATH,
                PATH,
                HttpEndpoint.ACCESS,
                HttpEndpoint.ACCESS_OPEN,
                HttpEndpoint.BODY,
                HttpEndpoint.BODY_STREAM,
                HttpEndpoint.CONCURRENCY,
                CONCURRENCY);
    }

    private static <T extends AutoCloseable> T add(T one, Deque<AutoCloseable> started) {
        started.push(one);
        return one;
    }

    private static void close(Deque<AutoCloseable> started) throws Exception {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }
}
