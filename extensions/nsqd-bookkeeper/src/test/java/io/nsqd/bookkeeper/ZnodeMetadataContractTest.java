package io.nsqd.bookkeeper;

import io.nsqd.spi.MetadataService;
import io.nsqd.spi.contract.MetadataServiceContract;
import java.nio.charset.StandardCharsets;

final class ZnodeMetadataContractTest extends MetadataServiceContract {
    private String path;

    @Override
    protected MetadataService open() throws Exception {
        TestCluster cluster = TestCluster.get();
        if (path == null) {
            path = cluster.path() + "/metadata";
        }
        return new ZnodeMetadataService(cluster.znodes, path, cluster.path(), Runnable::run);
    }

    @Override
    protected boolean damage() throws Exception {
        Znodes znodes = TestCluster.get().znodes;
        int version = znodes.get(path).orElseThrow().version();
        znodes.set(path, "damaged".getBytes(StandardCharsets.UTF_8), version);
        return true;
    }
}
