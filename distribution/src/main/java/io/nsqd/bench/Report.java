package io.nsqd.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What came of it, for people or for programs. */
record Report(Settings settings, List<Server> servers, List<Row> rows) {
    private static final String GAP = "  ";

    /** A table: for each server the median and, in brackets, the least and the greatest of the rounds. */
    String text() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "Messages of %,d bytes, %s, %s after %s%n",
                settings.bytes(),
                count(settings.connections(), "connection"),
                count(settings.rounds(), "round"),
                count(settings.warmups(), "warm-up")));
        boolean two = servers.size() > 1;
        for (Server server : servers) {
            text.append(two ? server.label() + " is " : "").append(server.address());
            text.append(", nsqd ").append(server.version()).append(System.lineSeparator());
        }
        if (settings.ephemeral()) {
            text.append("Topics are ephemeral: what exceeds --mem-queue-size is dropped; see --http-address")
                    .append(System.lineSeparator());
        }
        return text.append(System.lineSeparator()).append(table(two)).toString();
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private String table(boolean two) {
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("WORKLOAD", "MESSAGES", "UNIT"));
        servers.forEach(server -> head.add(two ? server.label() : "MEDIAN [MIN..MAX]"));
        if (two) {
            head.add("A/B");
        }
        table.add(head);
        rows.forEach(row -> table.add(cells(row, two)));
        StringBuilder text = new StringBuilder();
        for (List<String> line : table) {
            for (int column = 0; column < line.size(); column++) {
                int at = column;
                int width = table.stream()
                        .mapToInt(each -> each.get(at).length())
                        .max()
                        .orElse(0);
                String cell = line.get(column);
                String space = " ".repeat(width - cell.length());
                text.append(column == 0 ? cell + space : GAP + space + cell);
            }
            text.append(System.lineSeparator());
        }
        return text.toString();
    }

    private List<String> cells(Row row, boolean two) {
        boolean several = row.workload().metrics().size() > 1;
        List<String> cells = new ArrayList<>();
        cells.add(row.workload().label() + (several ? " " + row.metric().label() : ""));
        cells.add(String.format(Locale.ROOT, "%,d", row.messages()));
        cells.add(row.metric().unit());
        for (int server = 0; server < servers.size(); server++) {
            Spread spread = row.spread(server);
            cells.add(number(row, spread.median()) + " [" + number(row, spread.min()) + ".." + number(row, spread.max())
                    + "]");
        }
        if (two) {
            cells.add(String.format(Locale.ROOT, "%.2f", row.ratio()));
        }
        return cells;
    }

    private static String number(Row row, double value) {
        return String.format(Locale.ROOT, row.metric().format(), value);
    }

    /** One object in one line. */
    String json() {
        ObjectNode report = new ObjectMapper().createObjectNode();
        report.put("size", settings.bytes())
                .put("batch", settings.batch())
                .put("connections", settings.connections())
                .put("rounds", settings.rounds())
                .put("warmups", settings.warmups())
                .put("rate", settings.rate())
                .put("http", settings.http())
                .put("ephemeral", settings.ephemeral());
        ArrayNode addresses = report.putArray("servers");
        for (Server server : servers) {
            addresses.addObject().put("address", server.address().toString()).put("version", server.version());
        }
        ArrayNode results = report.putArray("results");
        rows.forEach(row -> add(results.addObject(), row));
        return report + System.lineSeparator();
    }

    private void add(ObjectNode result, Row row) {
        result.put("workload", row.workload().label())
                .put("metric", row.metric().label())
                .put("unit", row.metric().unit())
                .put("messages", row.messages());
        ArrayNode sides = result.putArray("servers");
        for (int server = 0; server < servers.size(); server++) {
            Spread spread = row.spread(server);
            ObjectNode side = sides.addObject()
                    .put("median", spread.median())
                    .put("min", spread.min())
                    .put("max", spread.max());
            row.values().get(server).forEach(side.withArray("rounds")::add);
        }
        if (servers.size() > 1) {
            result.put("ratio", row.ratio());
        }
    }
}
