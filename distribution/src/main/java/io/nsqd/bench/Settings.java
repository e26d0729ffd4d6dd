package io.nsqd.bench;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is to be measured. Flags are written as the daemon's: one dash or two, the value behind {@code =} or as the next argument.
 *
 * @param workloads in the order in which they are done
 * @param messages of a round; 0 for what suits each workload
 * @param bytes of a message's body
 * @param batch messages of an MPUB
 * @param connections that publish, and as many that consume
 * @param rounds that count, for each server
 * @param warmups that do not count, before them
 * @param rate messages a second, for latency
 * @param http whether the addresses are those of HTTP
 * @param json whether the report is for programs
 * @param servers one or two
 * @param admin where topics are deleted, in the order of the servers; empty for ephemeral topics
 */
record Settings(
        List<Workload> workloads,
        int messages,
        int bytes,
        int batch,
        int connections,
        int rounds,
        int warmups,
        int rate,
        boolean http,
        boolean json,
        List<Address> servers,
        List<Address> admin) {
    private static final int MAX_MESSAGES = 1_000_000_000;
    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final int MAX_BATCH = 1_000_000;
    private static final int MAX_CONNECTIONS = 1_000;
    private static final int MAX_ROUNDS = 1_000;
    private static final int MAX_RATE = 10_000_000;
    private static final int MAX_SERVERS = 2;

    /** Of the frame of one MPUB, which is made once and kept. */
    private static final long MAX_BATCH_BYTES = 256L * 1024 * 1024;

    /** Messages that wait in an ephemeral topic at most: half of what the daemon keeps of one by default. */
    static final int EPHEMERAL_BACKLOG = 5_000;

    /** What suits {@link Workload#CONSUME} in an ephemeral topic, which it fills and drains again and again. */
    private static final int EPHEMERAL_CONSUME = 50_000;

    /** Whether topics are ephemeral, as nobody is told to delete them. */
    boolean ephemeral() {
        return admin.isEmpty();
    }

    /** Messages of a round of this workload. */
    int messages(Workload workload) {
        if (messages > 0) {
            return messages;
        }
        return workload == Workload.CONSUME && ephemeral() ? EPHEMERAL_CONSUME : workload.messages();
    }

    static boolean wantsHelp(String... arguments) {
        return Arrays.stream(arguments).anyMatch(Set.of("-h", "--h", "-help", "--help")::contains);
    }

    /**
     * Reads them.
     *
     * @throws BenchException with what is wrong
     */
    static Settings parse(String... arguments) throws BenchException {
        return new Parser(arguments).parse();
    }

    static String usage() {
        String workloads = Arrays.stream(Workload.values())
                .map(workload -> String.format(Locale.ROOT, "    \t%-9s %s", workload.label(), workload.help()))
                .collect(Collectors.joining("\n"));
        return """
                Usage of nsqd-bench: nsqd-bench [flags] HOST:PORT [HOST:PORT]
                  -batch int
                    \tmessages of an MPUB (default 100)
                  -connections int
                    \tconnections that publish, and as many that consume (default 4)
                  -http
                    \tpublish over HTTP: the addresses are those of HTTP; only for pub and mpub, which is the default then
                  -http-address value
                    \twhere a server has its HTTP API, for topics that are deleted afterwards; once for each server, in their order.
                    \tWithout it topics are ephemeral, and the server drops what exceeds its --mem-queue-size
                  -json
                    \treport for programs
                  -messages int
                    \tmessages of a round (default: what suits each workload)
                  -rate int
                    \tmessages a second, for latency (default 10000)
                  -rounds int
                    \trounds that count, for each server and workload (default 5)
                  -size int
                    \tbytes of a message (default 100)
                  -warmups int
                    \trounds before them, which do not count (default 1)
                  -workload list
                    \twhat to measure, with commas between (default all):
                %s
                With two addresses the rounds alternate. Exit codes: 0 done, 1 a server refused, failed or died, 2 a wrong flag.
                """.formatted(workloads).stripTrailing();
    }

    private static final class Parser {
        private final Deque<String> rest;
        private Set<Workload> workloads = Set.of();
        private int messages;
        private int bytes = 100;
        private int batch = 100;
        private int connections = 4;
        private int rounds = 5;
        private int warmups = 1;
        private int rate = 10_000;
        private boolean http;
        private boolean json;
        private final List<Address> servers = new ArrayList<>();
        private final List<Address> admin = new ArrayList<>();

        Parser(String... arguments) {
            rest = new ArrayDeque<>(List.of(arguments));
        }

        Settings parse() throws BenchException {
            while (!rest.isEmpty()) {
                String argument = rest.remove();
                if (argument.startsWith("-")) {
                    flag(argument);
                } else {
                    servers.add(Address.parse(argument));
                }
            }
            check();
            return new Settings(
                    List.copyOf(workloads),
                    messages,
                    bytes,
                    batch,
                    connections,
                    rounds,
                    warmups,
                    rate,
                    http,
                    json,
                    List.copyOf(servers),
                    List.copyOf(http ? servers : admin));
        }

        private void flag(String argument) throws BenchException {
            String text = argument.substring(argument.startsWith("--") ? 2 : 1);
            int equals = text.indexOf('=');
            String name = equals < 0 ? text : text.substring(0, equals);
            String attached = equals < 0 ? null : text.substring(equals + 1);
            switch (name) {
                case "workload" -> workloads = workloads(value(name, attached));
                case "messages" -> messages = number(name, attached, 1, MAX_MESSAGES);
                case "size" -> bytes = number(name, attached, 1, MAX_BYTES);
                case "batch" -> batch = number(name, attached, 1, MAX_BATCH);
                case "connections" -> connections = number(name, attached, 1, MAX_CONNECTIONS);
                case "rounds" -> rounds = number(name, attached, 1, MAX_ROUNDS);
                case "warmups" -> warmups = number(name, attached, 0, MAX_ROUNDS);
                case "rate" -> rate = number(name, attached, 1, MAX_RATE);
                case "http" -> http = bool(name, attached);
                case "json" -> json = bool(name, attached);
                case "http-address" -> admin.add(Address.parse(value(name, attached)));
                default -> throw BenchException.usage("flag provided but not defined: -" + name);
            }
        }

        private String value(String name, String attached) throws BenchException {
            String value = attached == null ? rest.poll() : attached;
            if (value == null) {
                throw BenchException.usage("flag needs an argument: -" + name);
            }
            return value;
        }

        private int number(String name, String attached, int least, int most) throws BenchException {
            String value = value(name, attached);
            try {
                int number = Integer.parseInt(value);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Said below, as for a number that is out of range.
            }
            throw BenchException.usage("invalid value \"" + value + "\" for flag -" + name + ": a number from " + least
                    + " to " + most + " is wanted");
        }

        private static boolean bool(String name, String attached) throws BenchException {
            return switch (attached == null ? "true" : attached) {
                case "true" -> true;
                case "false" -> false;
                default -> throw BenchException.usage("invalid boolean value \"" + attached + "\" for -" + name);
            };
        }

        private static Set<Workload> workloads(String list) throws BenchException {
            Set<Workload> wanted = new LinkedHashSet<>();
            for (String label : list.split(",", -1)) {
                wanted.add(Arrays.stream(Workload.values())
                        .filter(workload -> workload.label().equals(label))
                        .findFirst()
                        .orElseThrow(() -> BenchException.usage("there is no workload \"" + label + "\"")));
            }
            return wanted;
        }

        private void check() throws BenchException {
            if (servers.isEmpty() || servers.size() > MAX_SERVERS) {
                throw BenchException.usage("one or two addresses are wanted, not " + servers.size());
            }
            if (workloads.isEmpty()) {
                workloads = Arrays.stream(Workload.values())
                        .filter(workload -> !http || workload.hasHttp())
                        .collect(Collectors.toCollection(LinkedHashSet::new));
            }
            for (Workload workload : workloads) {
                if (http && !workload.hasHttp()) {
                    throw BenchException.usage("the workload " + workload.label() + " cannot be done over HTTP");
                }
            }
            if (http && !admin.isEmpty()) {
                throw BenchException.usage("with -http the addresses are those of HTTP: -http-address is too much");
            }
            if (!admin.isEmpty() && admin.size() != servers.size()) {
                throw BenchException.usage("-http-address is wanted once for each server: " + servers.size()
                        + " times, not " + admin.size());
            }
            if ((long) batch * (bytes + Integer.BYTES) > MAX_BATCH_BYTES) {
                throw BenchException.usage("-batch times -size is more than " + MAX_BATCH_BYTES + " bytes");
            }
        }
    }
}
