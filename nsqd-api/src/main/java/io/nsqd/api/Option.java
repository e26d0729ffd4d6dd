package io.nsqd.api;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The table of options (O): one row feeds the command line, the config file, {@code /config}, {@code --help} and the
 * framework properties {@code nsqd.<flag>}.
 */
public enum Option {
    /** Print version string. */
    VERSION("version", Kind.BOOL, "false", "", Change.LAUNCHER, "print version string"),
    /** Path to config file. */
    CONFIG("config", Kind.STRING, "", "", Change.LAUNCHER, "path to config file"),
    /** Set log verbosity: debug, info, warn, error, or fatal. */
    LOG_LEVEL(
            "log-level",
            Kind.LOG_LEVEL,
            "info",
            "log_level",
            Change.RUNTIME,
            "set log verbosity: debug, info, warn, error, or fatal"),
    /** Log message prefix. */
    LOG_PREFIX("log-prefix", Kind.STRING, "[nsqd] ", "log_prefix", Change.FIXED, "log message prefix"),
    /** [deprecated] has no effect, use --log-level. */
    VERBOSE("verbose", Kind.BOOL, "false", "", Change.DEPRECATED, "[deprecated] has no effect, use --log-level"),
    /** Unique part for message IDs, (int) in range [0,1024) (default is hash of hostname). */
    NODE_ID(
            "node-id",
            Kind.INT,
            "@node-id",
            "id",
            Change.FIXED,
            "unique part for message IDs, (int) in range [0,1024) (default is hash of hostname)"),
    /** [deprecated] use --node-id. */
    WORKER_ID("worker-id", Kind.BOOL, "false", "", Change.DEPRECATED, "[deprecated] use --node-id"),
    /** Address to listen on for TCP clients ({@literal <}addr>:{@literal <}port> for TCP/IP or {@literal <}path> for unix socket). */
    TCP_ADDRESS(
            "tcp-address",
            Kind.STRING,
            "0.0.0.0:4150",
            "tcp_address",
            Change.FIXED,
            "address to listen on for TCP clients (<addr>:<port> for TCP/IP or <path> for unix socket)"),
    /** Address to listen on for HTTP clients ({@literal <}addr>:{@literal <}port> for TCP/IP or {@literal <}path> for unix socket). */
    HTTP_ADDRESS(
            "http-address",
            Kind.STRING,
            "0.0.0.0:4151",
            "http_address",
            Change.FIXED,
            "address to listen on for HTTP clients (<addr>:<port> for TCP/IP or <path> for unix socket)"),
    /** {@literal <}addr>:{@literal <}port> to listen on for HTTPS clients. */
    HTTPS_ADDRESS(
            "https-address",
            Kind.STRING,
            "0.0.0.0:4152",
            "https_address",
            Change.FIXED,
            "<addr>:<port> to listen on for HTTPS clients"),
    /** {@literal <}addr>:{@literal <}port> or a full url to query auth server (may be given multiple times). */
    AUTH_HTTP_ADDRESS(
            "auth-http-address",
            Kind.STRING_LIST,
            "",
            "auth_http_addresses",
            Change.FIXED,
            "<addr>:<port> or a full url to query auth server (may be given multiple times)"),
    /** Address that will be registered with lookupd (defaults to the OS hostname). */
    BROADCAST_ADDRESS(
            "broadcast-address",
            Kind.STRING,
            "@hostname",
            "broadcast_address",
            Change.FIXED,
            "address that will be registered with lookupd (defaults to the OS hostname)"),
    /** TCP port that will be registered with lookupd (defaults to the TCP port that this nsqd is listening on). */
    BROADCAST_TCP_PORT(
            "broadcast-tcp-port",
            Kind.INT,
            "0",
            "broadcast_tcp_port",
            Change.FIXED,
            "TCP port that will be registered with lookupd (defaults to the TCP port that this nsqd is listening on)"),
    /** HTTP port that will be registered with lookupd (defaults to the HTTP port that this nsqd is listening on). */
    BROADCAST_HTTP_PORT(
            "broadcast-http-port",
            Kind.INT,
            "0",
            "broadcast_http_port",
            Change.FIXED,
            "HTTP port that will be registered with lookupd (defaults to the HTTP port that this nsqd is listening on)"),
    /** Lookupd TCP address (may be given multiple times). */
    LOOKUPD_TCP_ADDRESS(
            "lookupd-tcp-address",
            Kind.STRING_LIST,
            "",
            "nsqlookupd_tcp_addresses",
            Change.RUNTIME,
            "lookupd TCP address (may be given multiple times)"),
    /** Timeout for HTTP connect. */
    HTTP_CLIENT_CONNECT_TIMEOUT(
            "http-client-connect-timeout",
            Kind.DURATION,
            "2s",
            "http_client_connect_timeout",
            Change.FIXED,
            "timeout for HTTP connect"),
    /** Timeout for HTTP request. */
    HTTP_CLIENT_REQUEST_TIMEOUT(
            "http-client-request-timeout",
            Kind.DURATION,
            "5s",
            "http_client_request_timeout",
            Change.FIXED,
            "timeout for HTTP request"),
    /** Path to store disk-backed messages. */
    DATA_PATH("data-path", Kind.STRING, "", "data_path", Change.FIXED, "path to store disk-backed messages"),
    /** Number of messages to keep in memory (per topic/channel). */
    MEM_QUEUE_SIZE(
            "mem-queue-size",
            Kind.INT,
            "10000",
            "mem_queue_size",
            Change.FIXED,
            "number of messages to keep in memory (per topic/channel)"),
    /** Number of bytes per diskqueue file before rolling. */
    MAX_BYTES_PER_FILE(
            "max-bytes-per-file",
            Kind.INT,
            "104857600",
            "max_bytes_per_file",
            Change.FIXED,
            "number of bytes per diskqueue file before rolling"),
    /** Number of messages per diskqueue fsync. */
    SYNC_EVERY("sync-every", Kind.INT, "2500", "sync_every", Change.FIXED, "number of messages per diskqueue fsync"),
    /** Duration of time per diskqueue fsync. */
    SYNC_TIMEOUT(
            "sync-timeout", Kind.DURATION, "2s", "sync_timeout", Change.FIXED, "duration of time per diskqueue fsync"),
    /** Max concurrency for checking in-flight and deferred message timeouts. */
    QUEUE_SCAN_WORKER_POOL_MAX(
            "queue-scan-worker-pool-max",
            Kind.INT,
            "4",
            "queue_scan_worker_pool_max",
            Change.FIXED,
            "max concurrency for checking in-flight and deferred message timeouts"),
    /** Number of channels to check per cycle (every 100ms) for in-flight and deferred timeouts. */
    QUEUE_SCAN_SELECTION_COUNT(
            "queue-scan-selection-count",
            Kind.INT,
            "20",
            "queue_scan_selection_count",
            Change.FIXED,
            "number of channels to check per cycle (every 100ms) for in-flight and deferred timeouts"),
    /** Default duration to wait before auto-requeing a message. */
    MSG_TIMEOUT(
            "msg-timeout",
            Kind.DURATION,
            "1m",
            "msg_timeout",
            Change.FIXED,
            "default duration to wait before auto-requeing a message"),
    /** Maximum duration before a message will timeout. */
    MAX_MSG_TIMEOUT(
            "max-msg-timeout",
            Kind.DURATION,
            "15m",
            "max_msg_timeout",
            Change.FIXED,
            "maximum duration before a message will timeout"),
    /** Maximum size of a single message in bytes. */
    MAX_MSG_SIZE(
            "max-msg-size",
            Kind.INT,
            "1048576",
            "max_msg_size",
            Change.FIXED,
            "maximum size of a single message in bytes"),
    /** Maximum requeuing timeout for a message. */
    MAX_REQ_TIMEOUT(
            "max-req-timeout",
            Kind.DURATION,
            "1h",
            "max_req_timeout",
            Change.FIXED,
            "maximum requeuing timeout for a message"),
    /** Maximum size of a single command body. */
    MAX_BODY_SIZE(
            "max-body-size",
            Kind.INT,
            "5242880",
            "max_body_size",
            Change.FIXED,
            "maximum size of a single command body"),
    /** Maximum client configurable duration of time between client heartbeats. */
    MAX_HEARTBEAT_INTERVAL(
            "max-heartbeat-interval",
            Kind.DURATION,
            "1m",
            "max_heartbeat_interval",
            Change.FIXED,
            "maximum client configurable duration of time between client heartbeats"),
    /** Maximum RDY count for a client. */
    MAX_RDY_COUNT("max-rdy-count", Kind.INT, "2500", "max_rdy_count", Change.FIXED, "maximum RDY count for a client"),
    /** Maximum client configurable size (in bytes) for a client output buffer. */
    MAX_OUTPUT_BUFFER_SIZE(
            "max-output-buffer-size",
            Kind.INT,
            "65536",
            "max_output_buffer_size",
            Change.FIXED,
            "maximum client configurable size (in bytes) for a client output buffer"),
    /** Maximum client configurable duration of time between flushing to a client. */
    MAX_OUTPUT_BUFFER_TIMEOUT(
            "max-output-buffer-timeout",
            Kind.DURATION,
            "30s",
            "max_output_buffer_timeout",
            Change.FIXED,
            "maximum client configurable duration of time between flushing to a client"),
    /** Minimum client configurable duration of time between flushing to a client. */
    MIN_OUTPUT_BUFFER_TIMEOUT(
            "min-output-buffer-timeout",
            Kind.DURATION,
            "25ms",
            "min_output_buffer_timeout",
            Change.FIXED,
            "minimum client configurable duration of time between flushing to a client"),
    /** Default duration of time between flushing data to clients. */
    OUTPUT_BUFFER_TIMEOUT(
            "output-buffer-timeout",
            Kind.DURATION,
            "250ms",
            "output_buffer_timeout",
            Change.FIXED,
            "default duration of time between flushing data to clients"),
    /** Maximum channel consumer connection count per nsqd instance (default 0, i.e., unlimited). */
    MAX_CHANNEL_CONSUMERS(
            "max-channel-consumers",
            Kind.INT,
            "0",
            "max_channel_consumers",
            Change.FIXED,
            "maximum channel consumer connection count per nsqd instance (default 0, i.e., unlimited)"),
    /** UDP {@literal <}addr>:{@literal <}port> of a statsd daemon for pushing stats. */
    STATSD_ADDRESS(
            "statsd-address",
            Kind.STRING,
            "",
            "statsd_address",
            Change.FIXED,
            "UDP <addr>:<port> of a statsd daemon for pushing stats"),
    /** Prefix used for keys sent to statsd (%s for host replacement). */
    STATSD_PREFIX(
            "statsd-prefix",
            Kind.STRING,
            "nsq.%s",
            "statsd_prefix",
            Change.FIXED,
            "prefix used for keys sent to statsd (%s for host replacement)"),
    /** Duration between pushing to statsd. */
    STATSD_INTERVAL(
            "statsd-interval",
            Kind.DURATION,
            "1m",
            "statsd_interval",
            Change.FIXED,
            "duration between pushing to statsd"),
    /** Toggle sending memory and GC stats to statsd. */
    STATSD_MEM_STATS(
            "statsd-mem-stats",
            Kind.BOOL,
            "true",
            "statsd_mem_stats",
            Change.FIXED,
            "toggle sending memory and GC stats to statsd"),
    /** The size in bytes of statsd UDP packets. */
    STATSD_UDP_PACKET_SIZE(
            "statsd-udp-packet-size",
            Kind.INT,
            "508",
            "statsd_udp_packet_size",
            Change.FIXED,
            "the size in bytes of statsd UDP packets"),
    /** Skip ephemeral topics and channels when sending stats to statsd. */
    STATSD_EXCLUDE_EPHEMERAL(
            "statsd-exclude-ephemeral",
            Kind.BOOL,
            "false",
            "statsd_exclude_ephemeral",
            Change.FIXED,
            "Skip ephemeral topics and channels when sending stats to statsd"),
    /** Message processing time percentiles (as float (0, 1.0]) to track (can be specified multiple times or comma separated '1.0,0.99,0.95', default none). */
    E2E_PROCESSING_LATENCY_PERCENTILE(
            "e2e-processing-latency-percentile",
            Kind.FLOAT_LIST,
            "",
            "e2e_processing_latency_percentiles",
            Change.FIXED,
            "message processing time percentiles (as float (0, 1.0]) to track (can be specified multiple times or comma separated '1.0,0.99,0.95', default none)"),
    /** Calculate end to end latency quantiles for this duration of time (ie: 60s would only show quantile calculations from the past 60 seconds). */
    E2E_PROCESSING_LATENCY_WINDOW_TIME(
            "e2e-processing-latency-window-time",
            Kind.DURATION,
            "10m",
            "e2e_processing_latency_window_time",
            Change.FIXED,
            "calculate end to end latency quantiles for this duration of time (ie: 60s would only show quantile calculations from the past 60 seconds)"),
    /** Path to certificate file. */
    TLS_CERT("tls-cert", Kind.STRING, "", "tls_cert", Change.FIXED, "path to certificate file"),
    /** Path to key file. */
    TLS_KEY("tls-key", Kind.STRING, "", "tls_key", Change.FIXED, "path to key file"),
    /** Client certificate auth policy ('require' or 'require-verify'). */
    TLS_CLIENT_AUTH_POLICY(
            "tls-client-auth-policy",
            Kind.STRING,
            "",
            "tls_client_auth_policy",
            Change.FIXED,
            "client certificate auth policy ('require' or 'require-verify')"),
    /** Path to certificate authority file. */
    TLS_ROOT_CA_FILE(
            "tls-root-ca-file",
            Kind.STRING,
            "",
            "tls_root_ca_file",
            Change.FIXED,
            "path to certificate authority file"),
    /** Require TLS for client connections (true, false, tcp-https). */
    TLS_REQUIRED(
            "tls-required",
            Kind.TLS_REQUIRED,
            "false",
            "tls_required",
            Change.FIXED,
            "require TLS for client connections (true, false, tcp-https)"),
    /** Minimum SSL/TLS version acceptable ('ssl3.0', 'tls1.0', 'tls1.1', 'tls1.2' or 'tls1.3'). */
    TLS_MIN_VERSION(
            "tls-min-version",
            Kind.TLS_VERSION,
            "tls1.0",
            "tls_min_version",
            Change.FIXED,
            "minimum SSL/TLS version acceptable ('ssl3.0', 'tls1.0', 'tls1.1', 'tls1.2' or 'tls1.3')"),
    /** Enable deflate feature negotiation (client compression). */
    DEFLATE(
            "deflate",
            Kind.BOOL,
            "true",
            "deflate",
            Change.FIXED,
            "enable deflate feature negotiation (client compression)"),
    /** Max deflate compression level a client can negotiate (higher values mean more nsqd CPU usage). */
    MAX_DEFLATE_LEVEL(
            "max-deflate-level",
            Kind.INT,
            "6",
            "max_deflate_level",
            Change.FIXED,
            "max deflate compression level a client can negotiate (> values == > nsqd CPU usage)"),
    /** Enable snappy feature negotiation (client compression). */
    SNAPPY(
            "snappy",
            Kind.BOOL,
            "true",
            "snappy",
            Change.FIXED,
            "enable snappy feature negotiation (client compression)"),
    /** Where topics and channels are remembered: the name of a {@code MetadataService}. */
    METADATA(
            "metadata",
            Kind.STRING,
            "file",
            "metadata",
            Change.FIXED,
            "name of the metadata service that remembers topics and channels",
            true),
    /** Where messages beyond mem-queue-size go: the name of a {@code BackendQueueFactory}. */
    STORAGE(
            "storage",
            Kind.STRING,
            "disk",
            "storage",
            Change.FIXED,
            "name of the storage backend that takes messages beyond mem-queue-size",
            true),
    /** How long the head or body of an HTTP request may stall before the connection is closed. */
    HTTP_REQUEST_TIMEOUT(
            "http-request-timeout",
            Kind.DURATION,
            "1m",
            "http_request_timeout",
            Change.FIXED,
            "how long a request to the HTTP server may stall before it is answered 408 (0 = for ever)",
            true),
    /** Whether the authenticator is asked about HTTP requests, too. */
    AUTH_HTTP_API(
            "auth-http-api",
            Kind.BOOL,
            "false",
            "auth_http_api",
            Change.FIXED,
            "ask the authenticator about HTTP requests that publish or administer, too",
            true),
    /** The form of the log lines. */
    LOG_FORMAT(
            "log-format", Kind.STRING, "text", "log_format", Change.FIXED, "form of the log lines (text, json)", true),
    /** Whether the process reads commands from its standard input. */
    SHELL(
            "shell",
            Kind.BOOL,
            "false",
            "",
            Change.LAUNCHER,
            "start with a shell on standard input and output; its end stops the daemon",
            true),
    /** The data path to check instead of starting a daemon. */
    CHECK_DATA_PATH(
            "check-data-path",
            Kind.STRING,
            "",
            "",
            Change.LAUNCHER,
            "start no daemon, but check the files in this data path and report",
            true),
    /** Whether what is checked is repaired, too. */
    REPAIR(
            "repair",
            Kind.BOOL,
            "false",
            "",
            Change.LAUNCHER,
            "with -check-data-path: repair what is damaged; originals are kept in nsqd-fsck.kept",
            true),
    /** The form of the report about a data path. */
    FORMAT(
            "format",
            Kind.STRING,
            "text",
            "",
            Change.LAUNCHER,
            "with -check-data-path: form of the report (text, json)",
            true);

    /** The kinds of values, and the Java type that a parsed one has. */
    public enum Kind {
        /** {@link String}. */
        STRING("string"),
        /** {@link Boolean}. */
        BOOL(""),
        /** {@link Long}. */
        INT("int"),
        /** {@link Long}, nanoseconds. */
        DURATION("duration"),
        /** {@link List} of {@link String}. */
        STRING_LIST("value"),
        /** {@link List} of {@link Double}. */
        FLOAT_LIST("value"),
        /** {@link LogLevel}. */
        LOG_LEVEL("value"),
        /** {@link TlsRequired}. */
        TLS_REQUIRED(""),
        /** {@link TlsVersion}. */
        TLS_VERSION("value");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** The type word in the usage text; empty for what needs no value (O-3, O-31). */
        public String word() {
            return word;
        }
    }

    /** When an option may be given. */
    public enum Change {
        /** At the start. */
        FIXED,
        /** Also while the daemon runs (H-70). */
        RUNTIME,
        /** Accepted and ignored (O-70). */
        DEPRECATED,
        /** Concerns the command line only. */
        LAUNCHER
    }

    /** Framework properties are named by this and the flag. */
    public static final String PROPERTY_PREFIX = "nsqd.";

    private static final String NODE_ID_DEFAULT = "@node-id";
    private static final String HOSTNAME_DEFAULT = "@hostname";
    private static final Set<String> TRUE_WORDS = Set.of("1", "t", "T", "true", "TRUE", "True");
    private static final Set<String> FALSE_WORDS = Set.of("0", "f", "F", "false", "FALSE", "False");

    private final String flag;
    private final Kind kind;
    private final String defaultText;
    private final String configKey;
    private final Change change;
    private final String help;
    private final boolean ours;

    Option(String flag, Kind kind, String defaultText, String configKey, Change change, String help) {
        this(flag, kind, defaultText, configKey, change, help, false);
    }

    Option(String flag, Kind kind, String defaultText, String configKey, Change change, String help, boolean ours) {
        this.flag = flag;
        this.kind = kind;
        this.defaultText = defaultText;
        this.configKey = configKey;
        this.change = change;
        this.help = help;
        this.ours = ours;
    }

    /** The flag without dashes. */
    public String flag() {
        return flag;
    }

    /** The framework property that sets it. */
    public String property() {
        return PROPERTY_PREFIX + flag;
    }

    /** The kind of its values. */
    public Kind kind() {
        return kind;
    }

    /** The key in the config file and under {@code /config}, if it has one (H-68). */
    public Optional<String> configKey() {
        return configKey.isEmpty() ? Optional.empty() : Optional.of(configKey);
    }

    /** When it may be given. */
    public Change change() {
        return change;
    }

    /** One line for the usage text. */
    public String help() {
        return help;
    }

    /** Whether it is ours and unknown to the Go daemon. */
    public boolean isOurs() {
        return ours;
    }

    /** The default as a flag would give it; a list has none and is empty. */
    public String defaultText() {
        return switch (defaultText) {
            case NODE_ID_DEFAULT -> Integer.toString(HostIdentity.nodeId());
            case HOSTNAME_DEFAULT -> HostIdentity.hostname();
            default -> defaultText;
        };
    }

    /** The default, of the type that the kind names. */
    public Object defaultValue() {
        return kind == Kind.STRING_LIST || kind == Kind.FLOAT_LIST ? List.of() : parse(defaultText());
    }

    /** The option with that flag, if there is one. */
    public static Optional<Option> byFlag(String flag) {
        for (Option option : values()) {
            if (option.flag.equals(flag)) {
                return Optional.of(option);
            }
        }
        return Optional.empty();
    }

    /** The option with that key in the config file, if there is one. */
    public static Optional<Option> byConfigKey(String key) {
        for (Option option : values()) {
            if (!key.isEmpty() && option.configKey.equals(key)) {
                return Optional.of(option);
            }
        }
        return Optional.empty();
    }

    /**
     * Reads a value from text, as a flag or a framework property gives it; a list has one element a line.
     *
     * @return a value of the type that the kind names
     * @throws NsqdException with {@link Reason#BAD_OPTION} and the words of O-20
     */
    public Object parse(String text) {
        return switch (kind) {
            case STRING -> text;
            case BOOL -> parseBoolean(text);
            case INT -> parseInteger(text);
            case DURATION -> GoDuration.parse(text);
            case STRING_LIST -> List.of(text.split("\n", -1));
            case FLOAT_LIST -> parseFloats(text);
            case LOG_LEVEL -> LogLevel.parse(text);
            case TLS_REQUIRED -> TlsRequired.parse(text);
            case TLS_VERSION -> text.isEmpty() ? defaultValue() : TlsVersion.parse(text);
        };
    }

    /** The text from which {@link #parse} makes {@code value} again. */
    public String format(Object value) {
        if (value instanceof List<?> list) {
            StringBuilder lines = new StringBuilder();
            for (Object element : list) {
                lines.append(lines.isEmpty() ? "" : "\n").append(element);
            }
            return lines.toString();
        }
        return kind == Kind.DURATION ? GoDuration.toString((Long) value) : value.toString();
    }

    static boolean isBoolean(String text) {
        return TRUE_WORDS.contains(text) || FALSE_WORDS.contains(text);
    }

    static boolean parseBoolean(String text) {
        if (!isBoolean(text)) {
            throw new NsqdException(Reason.BAD_OPTION, "parse error");
        }
        return TRUE_WORDS.contains(text);
    }

    /** Reads an integer with Go's prefixes {@code 0x 0b 0o 0} and underscores between digits (O-6). */
    private static Long parseInteger(String text) {
        String digits = text.toLowerCase(Locale.ROOT);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int radix = 10;
        boolean prefixed = true;
        if (digits.startsWith("0x")) {
            radix = 16;
        } else if (digits.startsWith("0b")) {
            radix = 2;
        } else if (digits.startsWith("0o")) {
            radix = 8;
        } else if (digits.length() > 1 && digits.startsWith("0")) {
            radix = 8;
            digits = "0o" + digits.substring(1);
        } else {
            prefixed = false;
        }
        if (prefixed) {
            digits = digits.substring(2);
            // An underscore may follow a prefix, so that one leading underscore is as good as one between digits.
            digits = digits.startsWith("_") ? digits.substring(1) : digits;
        }
        if (digits.isEmpty() || digits.startsWith("_") || digits.endsWith("_") || digits.contains("__")) {
            throw new NsqdException(Reason.BAD_OPTION, "parse error");
        }
        BigInteger value;
        try {
            value = new BigInteger(digits.replace("_", ""), radix);
        } catch (NumberFormatException e) {
            throw new NsqdException(Reason.BAD_OPTION, "parse error", e);
        }
        if (value.signum() < 0) {
            throw new NsqdException(Reason.BAD_OPTION, "parse error");
        }
        if ((negative ? value.negate() : value).bitLength() > 63) {
            throw new NsqdException(Reason.BAD_OPTION, "value out of range");
        }
        return negative ? value.negate().longValue() : value.longValue();
    }

    private static List<Double> parseFloats(String text) {
        List<Double> values = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (line.isEmpty()) {
                continue;
            }
            try {
                values.add(Double.valueOf(line));
            } catch (NumberFormatException e) {
                throw new NsqdException(Reason.BAD_OPTION, "Could not parse: " + line, e);
            }
        }
        return List.copyOf(values);
    }
}
