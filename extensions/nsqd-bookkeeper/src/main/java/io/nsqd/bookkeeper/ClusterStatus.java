package io.nsqd.bookkeeper;

import io.nsqd.spi.FigureSource;
import io.nsqd.stats.Figure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a node has to say of itself and the cluster: one list of figures, for {@code /cluster}, {@code /metrics}, JMX and the shell. Any thread. */
final class ClusterStatus implements FigureSource {
    private static final double NANOS = 1e9;

    private final ClusterRun run;
    private final Optional<Adoptions> adoptions;

    /** @param adoptions nothing where it does not adopt */
    ClusterStatus(ClusterRun run, Optional<Adoptions> adoptions) {
        this.run = run;
        this.adoptions = adoptions;
    }

    /** What is not a number. */
    Map<String, String> words() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("node", run.settings().node());
        words.put("estate", run.estate());
        words.put("adopts", run.settings().adopts() ? "on" : "off");
        words.put("adopting", adoptions.map(a -> a.current().estate()).orElse(""));
        words.put("adoption_failure", adoptions.map(Adoptions::failure).orElse(""));
        words.put(
                "journal_failure",
                run.journalStore().log().map(LedgerLog::trouble).orElse(""));
        words.put("storage_failure", run.queues().trouble());
        return words;
    }

    @Override
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        figures.add(Figure.gauge(
                "cluster_lease_age_seconds",
                "The time since the cluster has confirmed the lease of this node.",
                run.membership().sinceConfirmed() / NANOS));
        run.journalStore().log().ifPresent(log -> {
            figures.add(
                    Figure.gauge("cluster_journal_ledgers", "The ledgers that the journal takes.", log.segmentCount()));
            figures.add(
                    Figure.gauge("cluster_journal_bytes", "The bytes that the journal takes.", (double) log.bytes()));
            figures.add(Figure.gauge(
                    "cluster_journal_lag_bytes",
                    "The bytes of the journal that the bookies have not acknowledged yet.",
                    (double) log.lag()));
            boolean writable = log.trouble().isEmpty() && run.queues().trouble().isEmpty();
            figures.add(Figure.gauge(
                    "cluster_quorum_lost",
                    "1 while the journal or a queue cannot be written to, and publishes are refused.",
                    writable ? 0 : 1));
        });
        figures.add(Figure.gauge(
                "cluster_copies_reduced",
                "1 while there are too few bookies for as many copies as are asked for.",
                run.ledgers().isReduced() ? 1 : 0));
        adoptions.ifPresent(adopting -> {
            Adoptions.Current current = adopting.current();
            figures.add(
                    Figure.counter("cluster_adopted_estates_total", "What nodes have left that was adopted.", (double)
                            adopting.estates()));
            figures.add(Figure.counter(
                    "cluster_adopted_messages_total", "The messages that were adopted.", (double) adopting.messages()));
            figures.add(Figure.gauge(
                    "cluster_adopting",
                    "1 while an adoption is under way.",
                    current.estate().isEmpty() ? 0 : 1));
            figures.add(Figure.gauge(
                    "cluster_adopting_messages",
                    "The messages that the adoption under way has brought so far.",
                    (double) current.progress().messages()));
            figures.add(Figure.gauge(
                    "cluster_adopting_bytes",
                    "The bytes of the messages that the adoption under way has brought so far.",
                    (double) current.progress().bytes()));
            figures.add(Figure.gauge(
                    "cluster_adopting_left",
                    "The messages that the adoption under way is known to have before it.",
                    (double) current.progress().left()));
        });
        return figures;
    }

    /** For people. */
    String text() {
        StringBuilder text = new StringBuilder();
        words().forEach((name, word) -> text.append(String.format("%-32s %s%n", name, word.isEmpty() ? "-" : word)));
        for (Figure figure : figures()) {
            text.append(String.format("%-32s %s%n", figure.name(), number(figure.value())));
        }
        return text.toString();
    }

    /** For programs. */
    String json() {
        StringBuilder text = new StringBuilder("{");
        words().forEach((name, word) -> text.append(text.length() > 1 ? "," : "")
                .append('"')
                .append(name)
                .append("\":\"")
                .append(word.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", " "))
                .append('"'));
        for (Figure figure : figures()) {
            text.append(",\"").append(figure.name()).append("\":").append(number(figure.value()));
        }
        return text.append("}").toString();
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
