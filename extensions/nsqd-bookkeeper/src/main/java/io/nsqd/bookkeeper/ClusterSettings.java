package io.nsqd.bookkeeper;

import io.nsqd.api.Errors;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.bookkeeper.client.api.DigestType;
import org.apache.bookkeeper.conf.ClientConfiguration;

/**
 * What the options and the file {@code cluster-config} say of the cluster.
 *
 * @param uri where it is, in BookKeeper's words
 * @param servers its ZooKeeper servers, in ZooKeeper's words
 * @param root where BookKeeper keeps in ZooKeeper what it says of ledgers
 * @param properties of BookKeeper's client and ZooKeeper's
 * @param node the name of this node
 * @param nodeId what it puts into the ids of messages
 * @param leaseNanos how long it serves without word from the cluster
 * @param ensemble on how many bookies a ledger is spread
 * @param writeQuorum how many get each entry
 * @param ackQuorum how many must have it
 * @param adopts whether it takes over what others leave
 * @param segmentBytes of the journal
 * @param maxBytes of the journal; 0 for no bound
 */
record ClusterSettings(
        String uri,
        String servers,
        String root,
        Properties properties,
        String node,
        int nodeId,
        long leaseNanos,
        int ensemble,
        int writeQuorum,
        int ackQuorum,
        boolean adopts,
        long segmentBytes,
        long maxBytes) {
    /** The name of all three services. */
    static final String NAME = "bookkeeper";

    /** A digest of the properties file; BookKeeper's own keys. */
    private static final String DIGEST = "digestType";

    private static final String PASSWORD = "passwd";
    private static final String METADATA_URI = "metadataServiceUri";
    private static final String TLS = "tlsProviderFactoryClass";

    /** What begins with it is ZooKeeper's. */
    private static final String ZOOKEEPER = "zookeeper.";

    /** A property of ours: who this is to ZooKeeper, as {@code digest:<user>:<password>}. */
    private static final String AUTH = ZOOKEEPER + "auth";

    private static final String AUTH_DIGEST = "digest:";

    /** Whether the options name the cluster for anything. */
    static boolean areMeant(Options options) {
        return !options.string(Option.CLUSTER).isEmpty()
                || options.string(Option.STORAGE).equals(NAME)
                || options.string(Option.METADATA).equals(NAME)
                || options.string(Option.JOURNAL_STORE).equals(NAME);
    }

    /**
     * Reads them.
     *
     * @throws IOException with a sentence for whoever has given them
     */
    static ClusterSettings of(Options options) throws IOException {
        Properties properties = read(options.string(Option.CLUSTER_CONFIG));
        String given = options.string(Option.CLUSTER);
        String uri = given.isEmpty() ? properties.getProperty(METADATA_URI, "") : given;
        if (uri.isEmpty()) {
            throw new IOException("--storage, --metadata and --journal-store=" + NAME
                    + " need --cluster=zk+hierarchical://<host>:<port>/ledgers, or " + METADATA_URI
                    + " in the file of --cluster-config");
        }
        String auth = properties.getProperty(AUTH, AUTH_DIGEST + ":");
        if (!auth.startsWith(AUTH_DIGEST) || auth.indexOf(':', AUTH_DIGEST.length()) < 0) {
            throw new IOException("--cluster-config: " + AUTH + " must be " + AUTH_DIGEST + "<user>:<password>");
        }
        URI parsed = parse(uri);
        ClusterSettings settings = new ClusterSettings(
                uri,
                parsed.getAuthority(),
                parsed.getPath(),
                properties,
                node(options),
                (int) options.integer(Option.NODE_ID),
                options.nanos(Option.CLUSTER_LEASE),
                (int) options.integer(Option.CLUSTER_ENSEMBLE),
                (int) options.integer(Option.CLUSTER_WRITE_QUORUM),
                (int) options.integer(Option.CLUSTER_ACK_QUORUM),
                options.string(Option.ADOPT).equals("on"),
                options.integer(Option.JOURNAL_SEGMENT_BYTES),
                options.integer(Option.JOURNAL_MAX_BYTES));
        settings.digest();
        return settings;
    }

    private static Properties read(String path) throws IOException {
        Properties properties = new Properties();
        if (!path.isEmpty()) {
            try (Reader reader = Files.newBufferedReader(Path.of(path), StandardCharsets.UTF_8)) {
                properties.load(reader);
            } catch (IOException e) {
                throw Errors.failed("read", path, e);
            } catch (IllegalArgumentException e) {
                throw new IOException("--cluster-config: " + path + " is no properties file - " + e.getMessage(), e);
            }
        }
        return properties;
    }

    private static URI parse(String uri) throws IOException {
        try {
            URI parsed = URI.create(uri.replace(';', ','));
            if (parsed.getScheme() != null
                    && parsed.getScheme().startsWith("zk")
                    && parsed.getAuthority() != null
                    && parsed.getPath() != null
                    && parsed.getPath().length() > 1) {
                return parsed;
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("--cluster is no address: " + e.getMessage(), e);
        }
        throw new IOException(
                "--cluster must be like zk+hierarchical://host1:2181;host2:2181/ledgers, and is \"" + uri + "\"");
    }

    private static String node(Options options) throws IOException {
        String given = options.string(Option.CLUSTER_NODE);
        if (given.isEmpty()) {
            long port = options.integer(Option.BROADCAST_TCP_PORT);
            String address = options.string(Option.TCP_ADDRESS);
            String tcp = port != 0 ? Long.toString(port) : address.substring(address.lastIndexOf(':') + 1);
            given = options.string(Option.BROADCAST_ADDRESS) + ":" + tcp;
            if (tcp.equals("0") || tcp.contains("/")) {
                throw new IOException(
                        "--cluster-node must be given where the TCP port is not fixed: it is how a node finds again what it has kept");
            }
        }
        if (!given.matches("[A-Za-z0-9._:\\[\\]-]{1,200}")) {
            throw new IOException("--cluster-node must be 1 to 200 of the characters A-Z a-z 0-9 . _ : - [ ], and is \""
                    + given + "\"");
        }
        return given;
    }

    /** How long ZooKeeper is to keep a session that it hears nothing of: longer than the lease, which begins earlier. */
    int sessionMillis() {
        return (int) (leaseNanos / 1_000_000 * 3 / 2);
    }

    /** The user and password that ZooKeeper is told, with a colon between them. */
    Optional<String> zooKeeperUser() {
        return Optional.ofNullable(properties.getProperty(AUTH)).map(auth -> auth.substring(AUTH_DIGEST.length()));
    }

    /** Whether nodes of ZooKeeper are only for who has made them; BookKeeper's own key. */
    boolean isSecured() {
        return Boolean.parseBoolean(
                properties.getProperty("zkEnableSecurity", "false").strip());
    }

    /** What ZooKeeper's client is told. */
    Map<String, String> zooKeeperProperties() {
        Map<String, String> told = new TreeMap<>();
        for (String key : properties.stringPropertyNames()) {
            if (key.startsWith(ZOOKEEPER) && !key.equals(AUTH)) {
                told.put(key, properties.getProperty(key));
            }
        }
        return told;
    }

    byte[] password() {
        return properties.getProperty(PASSWORD, "").getBytes(StandardCharsets.UTF_8);
    }

    DigestType digest() throws IOException {
        String word = properties.getProperty(DIGEST, "CRC32C");
        for (DigestType type : DigestType.values()) {
            if (type.name().equalsIgnoreCase(word)) {
                return type;
            }
        }
        throw new IOException(
                "--cluster-config: " + DIGEST + " must be CRC32C, CRC32, MAC or DUMMY, and is \"" + word + "\"");
    }

    /** What BookKeeper's client is told. */
    ClientConfiguration client() {
        ClientConfiguration client = new ClientConfiguration();
        client.setZkTimeout(sessionMillis());
        // What is unacknowledged is bounded by us.
        client.setThrottleValue(0);
        client.setAddEntryTimeout(5);
        client.setReadEntryTimeout(5);
        client.setNumIOThreads(2);
        client.setNumWorkerThreads(2);
        // With as many bookies as copies one that is gone has no substitute: the others go on.
        client.setDelayEnsembleChange(true);
        client.setTcpUserTimeoutMillis(5000);
        properties.forEach((key, value) -> {
            if (!((String) key).startsWith(ZOOKEEPER)) {
                client.setProperty((String) key, value);
            }
        });
        client.setMetadataServiceUri(uri);
        // Asked for where it is given a session that there is already.
        client.setProperty("zkLedgersRootPath", root);
        if (client.getString(TLS, "").equals(BookieTls.REPLACED)) {
            client.setProperty(TLS, BookieTls.class.getName());
        }
        return client;
    }
}
