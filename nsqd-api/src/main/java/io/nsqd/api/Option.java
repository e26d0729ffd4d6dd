package io.nsqd.api;

import static io.nsqd.api.OptionRow.HOSTNAME_DEFAULT;
import static io.nsqd.api.OptionRow.LARGEST_MESSAGE;
import static io.nsqd.api.OptionRow.NODE_ID_DEFAULT;
import static io.nsqd.api.OptionRow.bool;
import static io.nsqd.api.OptionRow.duration;
import static io.nsqd.api.OptionRow.floats;
import static io.nsqd.api.OptionRow.integer;
import static io.nsqd.api.OptionRow.row;
import static io.nsqd.api.OptionRow.string;
import static io.nsqd.api.OptionRow.strings;

import java.util.List;
import java.util.Optional;

/**
 * The table of options (O): one row feeds the command line, the config file, {@code /config}, {@code --help}, Metatype and the
 * framework properties {@code nsqd.<flag>}. Which values are allowed stands here, too; {@link Options#check} checks it.
 */
public enum Option {
    /** Print version string. */
    VERSION(bool("version", false).commandLineOnly().help("print version string")),
    /** Path to config file. */
    CONFIG(string("config", "").commandLineOnly().help("path to config file")),
    /** Set log verbosity: debug, info, warn, error, or fatal. */
    LOG_LEVEL(row("log-level", Kind.LOG_LEVEL, "info")
            .changeable()
            .help("set log verbosity: debug, info, warn, error, or fatal")),
    /** Log message prefix. */
    LOG_PREFIX(string("log-prefix", "[nsqd] ").help("log message prefix")),
    /** [deprecated] has no effect, use --log-level. */
    VERBOSE(bool("verbose", false).deprecated().help("[deprecated] has no effect, use --log-level")),
    /** Unique part for message IDs, (int) in range [0,1024) (default is hash of hostname). */
    NODE_ID(row("node-id", Kind.INT, NODE_ID_DEFAULT)
            .key("id")
            .range(OptionRange.below(0, 1024))
            .help("unique part for message IDs, (int) in range [0,1024) (default is hash of hostname)")),
    /** [deprecated] use --node-id. */
    WORKER_ID(bool("worker-id", false).deprecated().help("[deprecated] use --node-id")),
    /** Address to listen on for TCP clients ({@literal <}addr>:{@literal <}port> for TCP/IP or {@literal <}path> for unix socket). */
    TCP_ADDRESS(string("tcp-address", "0.0.0.0:4150")
            .configurable()
            .help("address to listen on for TCP clients (<addr>:<port> for TCP/IP or <path> for unix socket)")),
    /** Address to listen on for HTTP clients ({@literal <}addr>:{@literal <}port> for TCP/IP or {@literal <}path> for unix socket). */
    HTTP_ADDRESS(string("http-address", "0.0.0.0:4151")
            .configurable()
            .help("address to listen on for HTTP clients (<addr>:<port> for TCP/IP or <path> for unix socket)")),
    /** {@literal <}addr>:{@literal <}port> to listen on for HTTPS clients. */
    HTTPS_ADDRESS(string("https-address", "0.0.0.0:4152")
            .configurable()
            .help("<addr>:<port> to listen on for HTTPS clients")),
    /** {@literal <}addr>:{@literal <}port> or a full url to query auth server (may be given multiple times). */
    AUTH_HTTP_ADDRESS(strings("auth-http-address")
            .key("auth_http_addresses")
            .help("<addr>:<port> or a full url to query auth server (may be given multiple times)")),
    /** Address that will be registered with lookupd (defaults to the OS hostname). */
    BROADCAST_ADDRESS(string("broadcast-address", HOSTNAME_DEFAULT)
            .help("address that will be registered with lookupd (defaults to the OS hostname)")),
    /** TCP port that will be registered with lookupd (defaults to the TCP port that this nsqd is listening on). */
    BROADCAST_TCP_PORT(
            integer("broadcast-tcp-port", 0)
                    .range(OptionRange.within(0, 65_535))
                    .meaning("0: the real port")
                    .help(
                            "TCP port that will be registered with lookupd (defaults to the TCP port that this nsqd is listening on)")),
    /** HTTP port that will be registered with lookupd (defaults to the HTTP port that this nsqd is listening on). */
    BROADCAST_HTTP_PORT(
            integer("broadcast-http-port", 0)
                    .range(OptionRange.within(0, 65_535))
                    .meaning("0: the real port")
                    .help(
                            "HTTP port that will be registered with lookupd (defaults to the HTTP port that this nsqd is listening on)")),
    /** Lookupd TCP address (may be given multiple times). */
    LOOKUPD_TCP_ADDRESS(strings("lookupd-tcp-address")
            .key("nsqlookupd_tcp_addresses")
            .changeable()
            .help("lookupd TCP address (may be given multiple times)")),
    /** Timeout for HTTP connect. */
    HTTP_CLIENT_CONNECT_TIMEOUT(duration("http-client-connect-timeout", "2s")
            .range(OptionRange.atLeast(0))
            .meaning("0: none")
            .help("timeout for HTTP connect")),
    /** Timeout for HTTP request. */
    HTTP_CLIENT_REQUEST_TIMEOUT(duration("http-client-request-timeout", "5s")
            .meaning("0 or less: none")
            .help("timeout for HTTP request")),
    /** Path to store disk-backed messages. */
    DATA_PATH(string("data-path", "").help("path to store disk-backed messages")),
    /** Number of messages to keep in memory (per topic/channel). */
    MEM_QUEUE_SIZE(integer("mem-queue-size", 10_000)
            .in("messages")
            .range(OptionRange.atLeast(0))
            .meaning("0: all to the storage")
            .help("number of messages to keep in memory (per topic/channel)")),
    /** Number of bytes per diskqueue file before rolling. */
    MAX_BYTES_PER_FILE(integer("max-bytes-per-file", 104_857_600)
            .in("bytes")
            .meaning("0 or less: a file for each message")
            .help("number of bytes per diskqueue file before rolling")),
    /** Number of messages per diskqueue fsync. */
    SYNC_EVERY(integer("sync-every", 2500)
            .in("messages")
            .meaning("0 or less: by -sync-timeout alone")
            .help("number of messages per diskqueue fsync")),
    /** Duration of time per diskqueue fsync. */
    SYNC_TIMEOUT(
            duration("sync-timeout", "2s").range(OptionRange.positive()).help("duration of time per diskqueue fsync")),
    /** Max concurrency for checking in-flight and deferred message timeouts. */
    QUEUE_SCAN_WORKER_POOL_MAX(integer("queue-scan-worker-pool-max", 4)
            .meaning("no effect")
            .help("max concurrency for checking in-flight and deferred message timeouts")),
    /** Number of channels to check per cycle (every 100ms) for in-flight and deferred timeouts. */
    QUEUE_SCAN_SELECTION_COUNT(integer("queue-scan-selection-count", 20)
            .in("channels")
            .range(OptionRange.atLeast(0))
            .meaning("no effect")
            .help("number of channels to check per cycle (every 100ms) for in-flight and deferred timeouts")),
    /** Default duration to wait before auto-requeing a message. */
    MSG_TIMEOUT(duration("msg-timeout", "1m")
            .meaning("0 or less: at once")
            .help("default duration to wait before auto-requeing a message")),
    /** Maximum duration before a message will timeout. */
    MAX_MSG_TIMEOUT(duration("max-msg-timeout", "15m").help("maximum duration before a message will timeout")),
    /** Maximum size of a single message in bytes. */
    MAX_MSG_SIZE(integer("max-msg-size", 1_048_576)
            .in("bytes")
            .range(OptionRange.atMost(LARGEST_MESSAGE))
            .meaning("0 or less: no message fits")
            .help("maximum size of a single message in bytes")),
    /** Maximum requeuing timeout for a message. */
    MAX_REQ_TIMEOUT(duration("max-req-timeout", "1h").help("maximum requeuing timeout for a message")),
    /** Maximum size of a single command body. */
    MAX_BODY_SIZE(integer("max-body-size", 5_242_880)
            .in("bytes")
            .meaning("0 or less: no body fits")
            .help("maximum size of a single command body")),
    /** Maximum client configurable duration of time between client heartbeats. */
    MAX_HEARTBEAT_INTERVAL(duration("max-heartbeat-interval", "1m")
            .help("maximum client configurable duration of time between client heartbeats")),
    /** Maximum RDY count for a client. */
    MAX_RDY_COUNT(integer("max-rdy-count", 2500).in("messages").help("maximum RDY count for a client")),
    /** Maximum client configurable size (in bytes) for a client output buffer. */
    MAX_OUTPUT_BUFFER_SIZE(integer("max-output-buffer-size", 65_536)
            .in("bytes")
            .help("maximum client configurable size (in bytes) for a client output buffer")),
    /** Maximum client configurable duration of time between flushing to a client. */
    MAX_OUTPUT_BUFFER_TIMEOUT(duration("max-output-buffer-timeout", "30s")
            .help("maximum client configurable duration of time between flushing to a client")),
    /** Minimum client configurable duration of time between flushing to a client. */
    MIN_OUTPUT_BUFFER_TIMEOUT(duration("min-output-buffer-timeout", "25ms")
            .help("minimum client configurable duration of time between flushing to a client")),
    /** Default duration of time between flushing data to clients. */
    OUTPUT_BUFFER_TIMEOUT(duration("output-buffer-timeout", "250ms")
            .range(OptionRange.positive())
            .help("default duration of time between flushing data to clients")),
    /** Maximum channel consumer connection count per nsqd instance (default 0, i.e., unlimited). */
    MAX_CHANNEL_CONSUMERS(integer("max-channel-consumers", 0)
            .in("consumers")
            .range(OptionRange.atLeast(0))
            .meaning("0: any number")
            .help("maximum channel consumer connection count per nsqd instance (default 0, i.e., unlimited)")),
    /** UDP {@literal <}addr>:{@literal <}port> of a statsd daemon for pushing stats. */
    STATSD_ADDRESS(string("statsd-address", "").help("UDP <addr>:<port> of a statsd daemon for pushing stats")),
    /** Prefix used for keys sent to statsd (%s for host replacement). */
    STATSD_PREFIX(
            string("statsd-prefix", "nsq.%s").help("prefix used for keys sent to statsd (%s for host replacement)")),
    /** Duration between pushing to statsd. */
    STATSD_INTERVAL(duration("statsd-interval", "1m")
            .range(OptionRange.positive())
            .meaning("where -statsd-address is given")
            .help("duration between pushing to statsd")),
    /** Toggle sending memory and GC stats to statsd. */
    STATSD_MEM_STATS(bool("statsd-mem-stats", true).help("toggle sending memory and GC stats to statsd")),
    /** The size in bytes of statsd UDP packets. */
    STATSD_UDP_PACKET_SIZE(integer("statsd-udp-packet-size", 508)
            .in("bytes")
            .meaning("0 or less: 4096")
            .help("the size in bytes of statsd UDP packets")),
    /** Skip ephemeral topics and channels when sending stats to statsd. */
    STATSD_EXCLUDE_EPHEMERAL(bool("statsd-exclude-ephemeral", false)
            .help("Skip ephemeral topics and channels when sending stats to statsd")),
    /** Message processing time percentiles (as float (0, 1.0]) to track (can be specified multiple times or comma separated '1.0,0.99,0.95', default none). */
    E2E_PROCESSING_LATENCY_PERCENTILE(
            floats("e2e-processing-latency-percentile")
                    .key("e2e_processing_latency_percentiles")
                    .help(
                            "message processing time percentiles (as float (0, 1.0]) to track (can be specified multiple times or comma separated '1.0,0.99,0.95', default none)")),
    /** Calculate end to end latency quantiles for this duration of time (ie: 60s would only show quantile calculations from the past 60 seconds). */
    E2E_PROCESSING_LATENCY_WINDOW_TIME(
            duration("e2e-processing-latency-window-time", "10m")
                    .range(OptionRange.positive())
                    .meaning("where percentiles are tracked")
                    .help(
                            "calculate end to end latency quantiles for this duration of time (ie: 60s would only show quantile calculations from the past 60 seconds)")),
    /** Path to certificate file. */
    TLS_CERT(string("tls-cert", "").help("path to certificate file")),
    /** Path to key file. */
    TLS_KEY(string("tls-key", "").help("path to key file")),
    /** Client certificate auth policy ('require' or 'require-verify'). */
    TLS_CLIENT_AUTH_POLICY(string("tls-client-auth-policy", "")
            .help("client certificate auth policy ('require' or 'require-verify')")),
    /** Path to certificate authority file. */
    TLS_ROOT_CA_FILE(string("tls-root-ca-file", "").help("path to certificate authority file")),
    /** Require TLS for client connections (true, false, tcp-https). */
    TLS_REQUIRED(row("tls-required", Kind.TLS_REQUIRED, "false")
            .help("require TLS for client connections (true, false, tcp-https)")),
    /** Minimum SSL/TLS version acceptable ('ssl3.0', 'tls1.0', 'tls1.1', 'tls1.2' or 'tls1.3'). */
    TLS_MIN_VERSION(row("tls-min-version", Kind.TLS_VERSION, "tls1.0")
            .help("minimum SSL/TLS version acceptable ('ssl3.0', 'tls1.0', 'tls1.1', 'tls1.2' or 'tls1.3')")),
    /** Enable deflate feature negotiation (client compression). */
    DEFLATE(bool("deflate", true).help("enable deflate feature negotiation (client compression)")),
    /** Max deflate compression level a client can negotiate (higher values mean more nsqd CPU usage). */
    MAX_DEFLATE_LEVEL(integer("max-deflate-level", 6)
            .range(OptionRange.within(1, 9))
            .help("max deflate compression level a client can negotiate (> values == > nsqd CPU usage)")),
    /** Enable snappy feature negotiation (client compression). */
    SNAPPY(bool("snappy", true).help("enable snappy feature negotiation (client compression)")),
    /** Where topics and channels are remembered: the name of a {@code MetadataService}. */
    METADATA(string("metadata", "file").ours().help("name of the metadata service that remembers topics and channels")),
    /** Where messages beyond mem-queue-size go: the name of a {@code BackendQueueFactory}. */
    STORAGE(string("storage", "disk")
            .ours()
            .help("name of the storage backend that takes messages beyond mem-queue-size")),
    /** What an OK promises: {@link Durability}. */
    DURABILITY(string("durability", "memory")
            .ours()
            .oneOf("memory", "written", "synced")
            .help("what an OK promises: that a message survives a clean stop, kill -9, or a loss of power")),
    /** What keeps that promise: the name of a {@code JournalStore}. */
    JOURNAL_STORE(string("journal-store", "file")
            .ours()
            .meaning("where -durability is not memory")
            .help("name of the journal store that keeps what was acknowledged")),
    /** Bytes of a segment of the journal. */
    JOURNAL_SEGMENT_BYTES(integer("journal-segment-bytes", 67_108_864)
            .ours()
            .in("bytes")
            .range(OptionRange.within(1_048_576, 1_073_741_824))
            .help("size of the journal's files; a larger message has a file of its own")),
    /** Bytes that the journal may take. */
    JOURNAL_MAX_BYTES(integer("journal-max-bytes", 34_359_738_368L)
            .ours()
            .in("bytes")
            .range(OptionRange.atLeast(0))
            .meaning("0: what the disk has; 4 segments at the least")
            .help("size that the journal may grow to; beyond it publishing is refused")),
    /** Where the cluster is that keeps what was acknowledged; chooses storage, metadata service and journal store. */
    CLUSTER(
            string("cluster", "")
                    .ours()
                    .meaning("for example zk+hierarchical://host1:2181;host2:2181/ledgers")
                    .help(
                            "address of the BookKeeper cluster that keeps messages, the journal and metadata, each of them replicated")),
    /** Properties of the client of the cluster: TLS, credentials, digest. */
    CLUSTER_CONFIG(string("cluster-config", "")
            .ours()
            .meaning("where the cluster is used")
            .help("path to a properties file for the client of the cluster: TLS, credentials, digest")),
    /** The name of this node, by which what it has kept is found again. */
    CLUSTER_NODE(string("cluster-node", "")
            .ours()
            .meaning("not given: <broadcast-address>:<TCP port>")
            .help("name of this node in the cluster; the same at each start, and no other node's")),
    /** How long a node may go on without having heard from the cluster. */
    CLUSTER_LEASE(
            duration("cluster-lease", "10s")
                    .ours()
                    .range(new OptionRange(1_000_000_000L, 600_000_000_000L, "from 1s to 10m0s"))
                    .meaning("where the cluster is used")
                    .help(
                            "time without word from the cluster after which the node stops serving, so that a peer may take over")),
    /** On how many bookies a ledger is spread. */
    CLUSTER_ENSEMBLE(integer("cluster-ensemble", 3)
            .ours()
            .in("bookies")
            .range(OptionRange.within(1, 64))
            .help("number of bookies that a ledger is spread over")),
    /** How many bookies get each entry. */
    CLUSTER_WRITE_QUORUM(integer("cluster-write-quorum", 3)
            .ours()
            .in("bookies")
            .range(OptionRange.within(1, 64))
            .help("number of bookies that each entry is written to")),
    /** How many bookies must have an entry before a client gets its OK. */
    CLUSTER_ACK_QUORUM(integer("cluster-ack-quorum", 2)
            .ours()
            .in("bookies")
            .range(OptionRange.within(1, 64))
            .help("number of bookies that must have an entry on their disks before it is acknowledged")),
    /** Whether this node takes over what others leave. */
    ADOPT(string("adopt", "on")
            .ours()
            .oneOf("on", "off")
            .meaning("where the cluster is used")
            .help("take over the messages of nodes that are gone (on, off)")),
    /** The longest delay of a message that is published with one. */
    MAX_DEFER_TIMEOUT(duration("max-defer-timeout", "0s")
            .ours()
            .range(new OptionRange(0, OptionRow.TEN_YEARS, "from 0 to 87600h0m0s"))
            .meaning("0: as -max-req-timeout")
            .help("maximum delay of a message that is published with one")),
    /** How many bytes of messages memory takes, all queues together. */
    MEM_QUEUE_BYTES(integer("mem-queue-bytes", 0)
            .ours()
            .in("bytes")
            .range(OptionRange.atLeast(0))
            .meaning("0: a third of the heap; three quarters of it at the most")
            .help("bytes of messages to keep in memory, those of all topics and channels together")),
    /** How long the head or body of an HTTP request may stall before the connection is closed. */
    HTTP_REQUEST_TIMEOUT(duration("http-request-timeout", "1m")
            .ours()
            .range(OptionRange.atLeast(0))
            .meaning("0: none")
            .help("how long a request to the HTTP server may stall before it is answered 408 (0 = for ever)")),
    /** Whether the authenticator is asked about HTTP requests, too; not given: {@link Nsqd#requiresAuthentication}. */
    AUTH_HTTP_API(bool("auth-http-api", false)
            .ours()
            .meaning("not given: true with auth-required or an authenticator plug-in")
            .help("ask the authenticator about HTTP requests that publish or administer, too")),
    /** Whether clients must authenticate even if there is nobody to ask; not given: {@link Nsqd#requiresAuthentication}. */
    AUTH_REQUIRED(bool("auth-required", false)
            .ours()
            .meaning("not given: true with auth-http-address, or once an authenticator plug-in has been there")
            .help("refuse clients that have not authenticated, even while there is no authenticator")),
    /** Whether there is a page for people, {@code /console/}. */
    CONSOLE(bool("console", false).ours().help("serve a page for the people who run the daemon, at /console/")),
    /** Who may use it besides the machine itself, where clients need not authenticate. */
    CONSOLE_ALLOW(string("console-allow", "")
            .ours()
            .meaning("where -console is given; without it the machine itself alone")
            .help("addresses, networks (10.0.0.0/8) and host names of the console's users, with commas; * for all")),
    /** Whether bundles may be started, stopped and replaced there. */
    CONSOLE_BUNDLES(
            bool("console-bundles", false)
                    .ours()
                    .meaning("where -console is given")
                    .help(
                            "let those whom the authenticator lets administer the daemon start, stop and replace bundles on that page")),
    /** Whether browsers may publish and consume. */
    WEBSOCKET(
            bool("websocket", false)
                    .ours()
                    .help(
                            "let browsers publish and consume: V2 over WebSockets at /ws, messages as server-sent events at /sub")),
    /** Whose pages may, besides those of the daemon itself. */
    WEBSOCKET_ORIGINS(string("websocket-origins", "")
            .ours()
            .meaning("where -websocket is given; without it the daemon's own pages, and clients that are no browsers")
            .help("origins of pages that may use /ws and /sub, as https://shop.example, with commas; * for all")),
    /** How many topics and channels have an MBean each; beyond that there are only those of before. */
    JMX_TOPICS(integer("jmx-topics", 1000)
            .ours()
            .in("topics and channels")
            .range(OptionRange.atLeast(0))
            .meaning("0: none")
            .help("number of topics and channels that have an MBean of their own")),
    /** The form of the log lines. */
    LOG_FORMAT(string("log-format", "text").ours().oneOf("text", "json").help("form of the log lines (text, json)")),
    /** Whether the process reads commands from its standard input. */
    SHELL(bool("shell", false)
            .commandLineOnly()
            .ours()
            .help("start with a shell on standard input and output; its end stops the daemon")),
    /** Where the framework's working directory is made. */
    BUNDLE_CACHE(
            string("bundle-cache", "")
                    .commandLineOnly()
                    .ours()
                    .help(
                            "directory for the working files of the framework (default the one for temporary files, or else the data path)")),
    /** The data path to check instead of starting a daemon. */
    CHECK_DATA_PATH(string("check-data-path", "")
            .commandLineOnly()
            .ours()
            .help("start no daemon, but check the files in this data path and report")),
    /** Whether what is checked is repaired, too. */
    REPAIR(bool("repair", false)
            .commandLineOnly()
            .ours()
            .help("with -check-data-path: repair what is damaged; originals are kept in nsqd-fsck.kept")),
    /** Whether what the journal has is moved to the files of queues. */
    FOLD_JOURNAL(bool("fold-journal", false)
            .commandLineOnly()
            .ours()
            .help("with -check-data-path: move what the journal has to the files that a Go nsqd reads, too")),
    /** The form of the report about a data path. */
    FORMAT(string("format", "text")
            .commandLineOnly()
            .ours()
            .oneOf("text", "json")
            .help("with -check-data-path: form of the report (text, json)"));

    /** The kinds of values, and the Java type that a parsed one has. */
    public enum Kind {
        /** {@link String}. */
        STRING("string", String.class),
        /** {@link Boolean}. */
        BOOL("", Boolean.class),
        /** {@link Long}. */
        INT("int", Long.class),
        /** {@link Long}, nanoseconds. */
        DURATION("duration", Long.class),
        /** {@link List} of {@link String}. */
        STRING_LIST("value", List.class),
        /** {@link List} of {@link Double}. */
        FLOAT_LIST("value", List.class),
        /** {@link LogLevel}. */
        LOG_LEVEL("value", LogLevel.class),
        /** {@link TlsRequired}. */
        TLS_REQUIRED("", TlsRequired.class),
        /** {@link TlsVersion}. */
        TLS_VERSION("value", TlsVersion.class);

        private final String word;
        private final Class<?> type;

        Kind(String word, Class<?> type) {
            this.word = word;
            this.type = type;
        }

        /** The type word in the usage text; empty for what needs no value (O-3, O-31). */
        public String word() {
            return word;
        }

        /** The type of its values. */
        public Class<?> type() {
            return type;
        }
    }

    /** When an option may be given. */
    public enum Change {
        /** At the start. */
        FIXED,
        /** Also while the daemon runs (H-70). */
        RUNTIME,
        /** Also while the daemon runs, by the configuration that has started it, though not by a client. */
        CONFIGURATION,
        /** Accepted and ignored (O-70). */
        DEPRECATED,
        /** Concerns the command line only. */
        LAUNCHER
    }

    /** Framework properties are named by this and the flag. */
    public static final String PROPERTY_PREFIX = "nsqd.";

    /** Nobody changes it once the table above is made. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final OptionRow row;

    Option(OptionRow row) {
        this.row = row;
    }

    /** The flag without dashes. */
    public String flag() {
        return row.flag;
    }

    /** The framework property that sets it. */
    public String property() {
        return PROPERTY_PREFIX + row.flag;
    }

    /** The kind of its values. */
    public Kind kind() {
        return row.kind;
    }

    /** The key in the config file and under {@code /config}, if it has one (H-68). */
    public Optional<String> configKey() {
        return row.configKey.isEmpty() ? Optional.empty() : Optional.of(row.configKey);
    }

    /** When it may be given. */
    public Change change() {
        return row.change;
    }

    /** One line for the usage text. */
    public String help() {
        return row.help;
    }

    /** Whether it is ours and unknown to the Go daemon. */
    public boolean isOurs() {
        return row.ours;
    }

    /** The values that are allowed; nothing where all are that the kind can have. */
    public Optional<OptionRange> range() {
        return Optional.ofNullable(row.range);
    }

    /** The only words that are allowed; none where all are. */
    public List<String> choices() {
        return row.choices;
    }

    /**
     * Unit, range and what the values at the edge stand for, in a few words that {@link #help} does not have; empty where there is
     * nothing to say.
     */
    public String limits() {
        StringBuilder words = new StringBuilder(row.unit);
        if (row.range != null) {
            words.append(words.isEmpty() ? "" : ", ").append(row.range.words());
        }
        if (!row.meaning.isEmpty()) {
            words.append(words.isEmpty() ? "" : "; ").append(row.meaning);
        }
        return words.toString();
    }

    /** The default as a flag would give it; a list has none and is empty. */
    public String defaultText() {
        return switch (row.defaultText) {
            case NODE_ID_DEFAULT -> Integer.toString(HostIdentity.nodeId());
            case HOSTNAME_DEFAULT -> HostIdentity.hostname();
            default -> row.defaultText;
        };
    }

    /** The default, of the type that the kind names. */
    public Object defaultValue() {
        return row.kind.type() == List.class ? List.of() : parse(defaultText());
    }

    /** The option with that flag, if there is one. */
    public static Optional<Option> byFlag(String flag) {
        for (Option option : values()) {
            if (option.row.flag.equals(flag)) {
                return Optional.of(option);
            }
        }
        return Optional.empty();
    }

    /** The option with that key in the config file, if there is one. */
    public static Optional<Option> byConfigKey(String key) {
        for (Option option : values()) {
            if (!key.isEmpty() && option.row.configKey.equals(key)) {
                return Optional.of(option);
            }
        }
        return Optional.empty();
    }

    /**
     * Reads a value from text, as a flag or a framework property gives it; a list has one element a line. Whether it is in the
     * option's range is not looked at: see {@link #check}.
     *
     * @return a value of the type that the kind names
     * @throws NsqdException with {@link Reason#BAD_OPTION} and the words of O-20
     */
    public Object parse(String text) {
        return OptionText.parse(row, text);
    }

    /** The text from which {@link #parse} makes {@code value} again. */
    public String format(Object value) {
        return OptionText.format(value, row.kind == Kind.DURATION);
    }

    /**
     * Checks that a value is in the option's range.
     *
     * @param value of the type that the kind names
     * @throws NsqdException with {@link Reason#BAD_OPTION}, naming the flag and the range
     */
    public void check(Object value) {
        if (row.range != null && !row.range.contains((Long) value)) {
            throw new NsqdException(Reason.BAD_OPTION, "--" + row.flag + " must be " + row.range.words());
        }
    }
}
