package io.nsqd.bookkeeper;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.bookkeeper.client.api.BKException;
import org.apache.bookkeeper.client.api.BookKeeper;
import org.apache.bookkeeper.client.api.DigestType;
import org.apache.bookkeeper.client.api.ReadHandle;
import org.apache.bookkeeper.client.api.WriteHandle;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.tls.SecurityException;
import org.apache.bookkeeper.tls.SecurityHandlerFactory;
import org.apache.bookkeeper.util.EventLoopUtil;
import org.apache.commons.configuration2.ex.ConversionException;
import org.apache.zookeeper.ZooKeeper;

/** Makes, opens and deletes ledgers as the settings say. Any thread; nothing waits. */
final class Ledgers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ledgers.class);
    private static final long STOP_SECONDS = 10;

    /** The client's: it would not wait for the end of its own. */
    private final EventLoopGroup loops;

    private final BookKeeper client;
    private final ExecutorService sender =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "nsqd-bookkeeper-send"));
    private final ClusterSettings settings;
    private final DigestType digest;
    private final byte[] password;
    private final BooleanSupplier mayServe;

    /** Whether ledgers have fewer copies than was asked for, as there are too few bookies. */
    private volatile boolean reduced;

    /**
     * @param session with ZooKeeper; it stays when this is closed
     * @param mayServe whether the lease is held: asked before anything is acknowledged, on any thread
     * @throws Refused where the settings cannot be used
     * @throws IOException when the cluster cannot be reached
     */
    @SuppressWarnings("deprecation") // The session: nothing else takes one.
    Ledgers(ClusterSettings settings, ZooKeeper session, BooleanSupplier mayServe) throws IOException {
        this.settings = settings;
        this.mayServe = mayServe;
        digest = settings.digest();
        password = settings.password();
        ClientConfiguration configuration = settings.client();
        checkClasses(configuration);
        checkTls(configuration);
        loops = loops(configuration);
        BookKeeper made = null;
        try {
            // A session that BookKeeper begins itself has neither TLS nor credentials.
            made = org.apache.bookkeeper.client.BookKeeper.forConfig(configuration)
                    .zk(session)
                    .eventLoopGroup(loops)
                    .build();
        } catch (BKException | IOException e) {
            throw Waiting.failed("connect to " + settings.uri(), e);
        } catch (ConversionException e) {
            throw unusable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("connect to " + settings.uri() + ": interrupted", e);
        } finally {
            if (made == null) {
                endLoops();
            }
        }
        client = made;
    }

    private static EventLoopGroup loops(ClientConfiguration configuration) throws Refused {
        try {
            return EventLoopUtil.getClientEventLoopGroup(configuration, new DefaultThreadFactory("nsqd-bookkeeper-io"));
        } catch (ConversionException e) {
            throw unusable(e);
        }
    }

    private static Refused unusable(ConversionException e) {
        return new Refused("--cluster-config: " + e.getMessage(), e);
    }

    private void endLoops() {
        loops.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** A new list of what the client is to do. */
    Errands errands() {
        return new Errands(sender);
    }

    /** BookKeeper's client would find out with each bookie, and only say that it cannot be reached. */
    private static void checkClasses(ClientConfiguration configuration) throws Refused {
        for (String key : List.of("tlsProviderFactoryClass", "clientAuthProviderFactoryClass")) {
            String name = configuration.getString(key, "");
            try {
                if (!name.isEmpty()) {
                    Class.forName(name, false, BookKeeper.class.getClassLoader());
                }
            } catch (ClassNotFoundException | LinkageError e) {
                throw new Refused("--cluster-config: " + key + ": there is no class " + name, e);
            }
        }
    }

    private static void checkTls(ClientConfiguration configuration) throws Refused {
        if (configuration.getString("tlsProviderFactoryClass", "").equals(BookieTls.class.getName())) {
            try {
                new BookieTls().init(SecurityHandlerFactory.NodeType.Client, configuration, ByteBufAllocator.DEFAULT);
            } catch (SecurityException e) {
                throw new Refused("--cluster-config: TLS to bookies: " + e.getMessage(), e);
            }
        }
    }

    /** Whether what is acknowledged now counts: no peer can have taken over yet. */
    boolean mayServe() {
        return mayServe.getAsBoolean();
    }

    /** Whether there are too few bookies for as many copies as was asked for; what is acknowledged is on the ack quorum all the same. */
    boolean isReduced() {
        return reduced;
    }

    /**
     * Makes a ledger; with fewer copies where there are too few bookies, but never with fewer than must acknowledge.
     *
     * @param about what for, for whoever looks at the ledgers of the cluster
     */
    CompletableFuture<WriteHandle> create(String about) {
        return create(about, settings.ensemble(), settings.writeQuorum())
                .handle((handle, failure) -> {
                    if (failure == null) {
                        if (reduced) {
                            reduced = false;
                            LOG.info("BOOKKEEPER: there are enough bookies again");
                        }
                        return CompletableFuture.completedFuture(handle);
                    }
                    int ack = settings.ackQuorum();
                    if (Waiting.code(failure) != BKException.Code.NotEnoughBookiesException
                            || settings.ensemble() == ack) {
                        return CompletableFuture.<WriteHandle>failedFuture(failure);
                    }
                    return create(about, ack, ack).whenComplete((fewer, again) -> {
                        if (again == null && !reduced) {
                            reduced = true;
                            LOG.warn(
                                    "BOOKKEEPER: too few bookies for {} copies, there are {} of what comes now",
                                    settings.writeQuorum(),
                                    ack);
                        }
                    });
                })
                .thenCompose(handle -> handle);
    }

    private CompletableFuture<WriteHandle> create(String about, int ensemble, int writeQuorum) {
        return client.newCreateLedgerOp()
                .withEnsembleSize(ensemble)
                .withWriteQuorumSize(writeQuorum)
                .withAckQuorumSize(settings.ackQuorum())
                .withDigestType(digest)
                .withPassword(password)
                .withCustomMetadata(Map.of("nsqd", about.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .execute();
    }

    /** Opens a ledger so that whoever writes it is fenced, and nothing more is added to it. */
    CompletableFuture<ReadHandle> takeOver(long ledger) {
        return client.newOpenLedgerOp()
                .withLedgerId(ledger)
                .withDigestType(digest)
                .withPassword(password)
                .withRecovery(true)
                .execute();
    }

    /** Deletes a ledger; one that is not there is deleted. */
    CompletableFuture<Void> delete(long ledger) {
        return client.newDeleteLedgerOp()
                .withLedgerId(ledger)
                .execute()
                .handle((done, failure) -> {
                    if (failure == null || isMissing(failure)) {
                        return CompletableFuture.<Void>completedFuture(null);
                    }
                    return CompletableFuture.<Void>failedFuture(failure);
                })
                .thenCompose(done -> done);
    }

    /** Whether a ledger is not there. */
    static boolean isMissing(Throwable failure) {
        int code = Waiting.code(failure);
        return code == BKException.Code.NoSuchLedgerExistsException
                || code == BKException.Code.NoSuchLedgerExistsOnMetadataServerException;
    }

    @Override
    public void close() throws IOException {
        sender.shutdown();
        try {
            if (!sender.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("BOOKKEEPER: the client has not taken everything within {} seconds", STOP_SECONDS);
            }
            client.close();
        } catch (BKException e) {
            throw Waiting.failed("disconnect", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            endLoops();
        }
    }
}
