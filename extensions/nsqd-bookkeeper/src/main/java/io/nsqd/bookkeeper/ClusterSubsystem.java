package io.nsqd.bookkeeper;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.Adopter;
import io.nsqd.spi.Services;
import io.nsqd.spi.Subsystem;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What a node does for the cluster while its daemon is there: it takes over what others leave, and has figures to show. */
final class ClusterSubsystem implements Subsystem {
    private final Supplier<Optional<ClusterNode>> node;

    ClusterSubsystem(Supplier<Optional<ClusterNode>> node) {
        this.node = node;
    }

    @Override
    public String name() {
        return "cluster";
    }

    @Override
    public List<Class<?>> needs() {
        return List.of(Nsqd.class, Adopter.class);
    }

    @Override
    public AutoCloseable start(Services services) throws Exception {
        Optional<ClusterRun> run = node.get().flatMap(ClusterNode::run);
        if (run.isEmpty()) {
            return () -> {};
        }
        Optional<Adoptions> adoptions = run.get().settings().adopts()
                ? Optional.of(new Adoptions(run.get(), services.get(Adopter.class)))
                : Optional.empty();
        AutoCloseable views = new ClusterViews(new ClusterStatus(run.get(), adoptions), services);
        return () -> {
            try (views) {
                adoptions.ifPresent(Adoptions::close);
            }
        };
    }
}
