package io.nsqd.http;

import io.nsqd.stats.ClientStats;
import io.nsqd.stats.StatsFilter;
import java.util.List;

/** What a client published, as far as a filter lets it be seen (T-12, T-15, T-36). */
final class PubCounts {
    private PubCounts() {}

    static List<ClientStats.PubCount> of(ClientStats client, StatsFilter filter) {
        if (filter.topic().isEmpty()) {
            return client.pubCounts();
        }
        String topic = filter.topic().get();
        return client.pubCounts().stream()
                .filter(count -> count.topic().equals(topic))
                .toList();
    }
}
