package io.nsqd.core;

import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.BrokerProvider;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.Services;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Starts brokers in a plain program. */
public final class CoreBrokerProvider implements BrokerProvider {
    /** For the service loader. */
    public CoreBrokerProvider() {}

    @Override
    public AutoCloseable start(Options options, Services services, Consumer<String> fatal) throws IOException {
        DefaultServices defaults = DefaultServices.offer(options, services);
        try {
            BrokerRun run = BrokerRun.start(new BrokerRun.Parts(
                    Nsqd.DEFAULT_NAME,
                    options,
                    named(services, MetadataService.class, MetadataService.NAME, options.string(Option.METADATA)),
                    named(
                            services,
                            BackendQueueFactory.class,
                            BackendQueueFactory.NAME,
                            options.string(Option.STORAGE)),
                    DefaultServices.hasJournal(options)
                            ? defaults.journal()
                            : named(
                                    services,
                                    JournalStore.class,
                                    JournalStore.NAME,
                                    options.string(Option.JOURNAL_STORE)),
                    defaults.disk(),
                    services,
                    fatal,
                    level -> {}));
            return () -> {
                try (defaults) {
                    run.close();
                }
            };
        } catch (IOException | RuntimeException | Error e) {
            defaults.close();
            throw e;
        }
    }

    /** Nothing comes later that could be waited for. */
    private static <T> T named(Services services, Class<T> type, String property, String name) throws IOException {
        Map<Object, T> there = new ConcurrentHashMap<>();
        Runnable end = services.watch(List.of(type), new Services.Watcher<T>() {
            @Override
            public void arrived(Services.Found<T> found) {
                found.property(property).ifPresent(theName -> there.put(theName, found.service()));
            }

            @Override
            public void left(Services.Found<T> found) {
                // What was there at the start stays.
            }
        });
        end.run();
        T service = there.get(name);
        if (service == null) {
            throw new IOException(
                    "failed to instantiate nsqd - there is no " + type.getSimpleName() + " of the name " + name);
        }
        return service;
    }
}
