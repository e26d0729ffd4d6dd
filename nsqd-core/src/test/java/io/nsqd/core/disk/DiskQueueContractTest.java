package io.nsqd.core.disk;

import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.contract.BackendQueueContract;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The disk queue keeps the contract of all backends. */
final class DiskQueueContractTest extends BackendQueueContract {
    private final List<DiskQueueFactory> factories = new ArrayList<>();

    @TempDir
    Path dataPath;

    @Override
    protected BackendQueueFactory factory() {
        DiskQueueFactory factory =
                new DiskQueueFactory(Options.defaults().with(Map.of(Option.DATA_PATH, dataPath.toString())));
        factories.add(factory);
        return factory;
    }

    @AfterEach
    void closeFactories() throws java.io.IOException {
        closeQueue();
        factories.forEach(DiskQueueFactory::close);
    }

    @Override
    protected boolean isDurable() {
        return true;
    }
}
