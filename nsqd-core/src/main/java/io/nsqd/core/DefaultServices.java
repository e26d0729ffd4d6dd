package io.nsqd.core;

import io.nsqd.api.Durability;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.core.auth.HttpAuthenticator;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.core.journal.file.FileJournalStore;
import io.nsqd.spi.Authenticator;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.Services;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/** The default metadata service, storage and journal store, and the default authenticator where it is wanted, as services. */
final class DefaultServices implements AutoCloseable {
    private final DiskQueueFactory disk;
    private final FileJournalStore journal;

    /** What is to be done at the end, the first last. */
    private final Deque<Runnable> end = new ArrayDeque<>();

    private DefaultServices(Options options) {
        disk = new DiskQueueFactory(options);
        journal = new FileJournalStore(options);
        end.push(disk::close);
    }

    /** Registers them. */
    static DefaultServices offer(Options options, Services services) {
        DefaultServices defaults = new DefaultServices(options);
        defaults.register(options, services);
        return defaults;
    }

    private void register(Options options, Services services) {
        end.push(services.register(
                MetadataService.class,
                new FileMetadataService(DiskQueueFactory.dataPath(options), options.durability()),
                Map.of(MetadataService.NAME, FileMetadataService.METADATA)));
        end.push(services.register(
                BackendQueueFactory.class, disk, Map.of(BackendQueueFactory.NAME, DiskQueueFactory.STORAGE)));
        end.push(services.register(JournalStore.class, journal, Map.of(JournalStore.NAME, FileJournalStore.STORE)));
        if (!options.strings(Option.AUTH_HTTP_ADDRESS).isEmpty()) {
            HttpAuthenticator authenticator = new HttpAuthenticator(options);
            end.push(authenticator::close);
            // Ranked below everything: any other authenticator replaces it.
            end.push(
                    services.register(Authenticator.class, authenticator, Map.of(Services.RANKING, Integer.MIN_VALUE)));
        }
    }

    /** Whether no other journal store is needed than the default one: where nothing is promised that one tells whether something was. */
    static boolean hasJournal(Options options) {
        return options.durability() == Durability.MEMORY
                || options.string(Option.JOURNAL_STORE).equals(FileJournalStore.STORE);
    }

    /** The default journal store. */
    JournalStore journal() {
        return journal;
    }

    /** The default storage. */
    DiskQueueFactory disk() {
        return disk;
    }

    @Override
    public void close() {
        end.forEach(Runnable::run);
    }
}
