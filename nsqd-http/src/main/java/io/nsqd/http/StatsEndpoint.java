package io.nsqd.http;

import io.nsqd.api.Nsqd;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** {@code /stats} (T-1 to T-4). Figures are gathered and written by a worker. */
final class StatsEndpoint implements Endpoint.Handler {
    private final Nsqd nsqd;
    private final Clock clock;

    StatsEndpoint(Nsqd nsqd, Clock clock) {
        this.nsqd = nsqd;
        this.clock = clock;
    }

    @Override
    public void handle(Exchange exchange) throws HttpException {
        QueryString query = exchange.query();
        boolean asJson = query.value("format").filter("json"::equals).isPresent();
        StatsFilter filter = new StatsFilter(
                query.value("topic").filter(name -> !name.isEmpty()),
                query.value("channel").filter(name -> !name.isEmpty()),
                isTrue(query.value("include_clients")),
                isTrue(query.value("include_mem")));
        exchange.work(() -> {
            boolean absent = isTopicAbsent(filter);
            NsqdStats stats = absent ? withoutTopics(nsqd.stats(filter)) : nsqd.stats(filter);
            return asJson
                    ? Response.json(200, new StatsJson(stats, filter, absent).bytes())
                    : Response.text(new StatsText(stats, filter, clock).toString());
        });
    }

    /** True unless it says otherwise (T-3). */
    private static boolean isTrue(Optional<String> value) {
        return value.filter(v -> v.equals("false") || v.equals("0")).isEmpty();
    }

    /** Then lists are {@code null} instead of empty (T-10, T-11). */
    private boolean isTopicAbsent(StatsFilter filter) {
        return filter.topic().filter(name -> nsqd.existingTopic(name).isEmpty()).isPresent();
    }

    private static NsqdStats withoutTopics(NsqdStats stats) {
        return new NsqdStats(
                stats.version(),
                stats.health(),
                stats.startTime(),
                List.of(),
                stats.memory(),
                List.of(),
                stats.journal());
    }
}
