package io.nsqd.bookkeeper;

import io.nsqd.api.Errors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ClientX509Util;
import org.apache.zookeeper.common.X509Exception;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/** How a node comes to ZooKeeper: with TLS or without, and as whom. Of the one session BookKeeper's client makes use, too. */
final class ZooKeeperSession {
    private static final String DIGEST = "digest";

    private ZooKeeperSession() {}

    /**
     * Begins one. May block, for as long as ZooKeeper is to keep a session.
     *
     * @throws Refused where the settings cannot be used
     */
    static ZooKeeper begin(ClusterSettings settings) throws IOException {
        ZKClientConfig config = config(settings);
        boolean secure = config.getBoolean(ZKClientConfig.SECURE_CLIENT);
        if (secure) {
            checkTls(config);
        }
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper client = new ZooKeeper(
                settings.servers(),
                settings.sessionMillis(),
                event -> {
                    if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                        connected.countDown();
                    }
                },
                config);
        settings.zooKeeperUser().ifPresent(user -> client.addAuthInfo(DIGEST, user.getBytes(StandardCharsets.UTF_8)));
        boolean there = false;
        try {
            there = connected.await(settings.sessionMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!there) {
            end(client);
            throw new IOException("no answer from ZooKeeper at " + settings.servers() + " within "
                    + settings.sessionMillis() + " ms, asked with" + (secure ? "" : "out")
                    + " TLS; --log-level=debug has more");
        }
        return client;
    }

    private static ZKClientConfig config(ClusterSettings settings) {
        ZKClientConfig config = new ZKClientConfig();
        settings.zooKeeperProperties().forEach(config::setProperty);
        if (config.getBoolean(ZKClientConfig.SECURE_CLIENT)
                && config.getProperty(ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET) == null) {
            // ZooKeeper's own default knows no TLS, and would say nothing of that.
            config.setProperty(
                    ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, "org.apache.zookeeper.ClientCnxnSocketNetty");
        }
        return config;
    }

    /** ZooKeeper's client would try for ever with files that it cannot read, and say so to its log alone. */
    private static void checkTls(ZKClientConfig config) throws Refused {
        try (ClientX509Util tls = new ClientX509Util()) {
            tls.createNettySslContextForClient(config);
        } catch (X509Exception | SSLException | RuntimeException e) {
            throw new Refused("--cluster-config: TLS to ZooKeeper: " + Errors.describe(innermost(e)), e);
        }
    }

    /** ZooKeeper's own say no more than that something was not made. */
    private static Throwable innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Who may do what with the nodes that are made. */
    static List<ACL> access(ClusterSettings settings) throws IOException {
        if (settings.zooKeeperUser().isEmpty()) {
            return settings.isSecured() ? ZooDefs.Ids.CREATOR_ALL_ACL : ZooDefs.Ids.OPEN_ACL_UNSAFE;
        }
        try {
            // Nobody else, though he may have the same certificate: bookies may. ZooKeeper asks the list whether it
            // contains null.
            String user = DigestAuthenticationProvider.generateDigest(
                    settings.zooKeeperUser().get());
            return Collections.singletonList(new ACL(ZooDefs.Perms.ALL, new Id(DIGEST, user)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new Refused("ZooKeeper's digest: " + e.getMessage(), e);
        }
    }

    /** Ends it: what is ephemeral goes. */
    static void end(ZooKeeper client) {
        try {
            client.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
