package io.nsqd.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Who is measured when: with two servers A B, B A, A B, so that neither always has the better moment. What else the machine has to do
 * hits both alike.
 */
final class Schedule {
    private final Settings settings;
    private final List<Server> servers;
    private final Rounds rounds;
    private final ProgressLine progress;

    Schedule(Settings settings, List<Server> servers, ProgressLine progress) {
        this.settings = settings;
        this.servers = servers;
        this.progress = progress;
        rounds = new Rounds(settings, progress);
    }

    /** Measures everything. */
    List<Row> run() throws BenchException, InterruptedException {
        List<Row> rows = new ArrayList<>();
        for (Workload workload : settings.workloads()) {
            rows.addAll(run(workload));
        }
        progress.clear();
        return rows;
    }

    private List<Row> run(Workload workload) throws BenchException, InterruptedException {
        List<Row> rows = new ArrayList<>();
        for (Metric metric : workload.metrics()) {
            List<List<Double>> values = new ArrayList<>();
            servers.forEach(server -> values.add(new ArrayList<>()));
            rows.add(new Row(workload, metric, settings.messages(workload), values));
        }
        for (int round = -settings.warmups(); round < settings.rounds(); round++) {
            for (int server : order(round, servers.size())) {
                progress.task(task(workload, servers.get(server), round));
                Map<Metric, Double> measured = rounds.play(workload, servers.get(server));
                if (round >= 0) {
                    rows.forEach(row -> row.values().get(server).add(measured.get(row.metric())));
                }
            }
        }
        return rows;
    }

    /** The servers of a round, by number, in the order in which they are measured. */
    static List<Integer> order(int round, int servers) {
        if (servers == 1) {
            return List.of(0);
        }
        return round % 2 == 0 ? List.of(0, 1) : List.of(1, 0);
    }

    private String task(Workload workload, Server server, int round) {
        String which = round < 0 ? "warm-up" : "round " + (round + 1) + " of " + settings.rounds();
        return workload.label() + ", " + server.address() + ", " + which;
    }
}
