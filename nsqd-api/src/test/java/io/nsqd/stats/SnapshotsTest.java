package io.nsqd.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.spi.Metadata;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is handed out does not change under the hands of whoever got it. */
class SnapshotsTest {
    /** Makes a snapshot of a list of nothing, and tells what the snapshot has of it. */
    static Stream<Function<List<?>, List<?>>> snapshots() {
        return Stream.of(
                list -> channel(cast(list)).clients(),
                list -> topic(cast(list)).channels(),
                list -> daemon(cast(list), List.of()).topics(),
                list -> daemon(List.of(), cast(list)).producers(),
                list -> client(cast(list)).pubCounts(),
                list -> new LatencyStats(0, cast(list)).percentiles(),
                list -> new LatencyStats.Histogram(cast(list), 0, 0).buckets(),
                list -> new Metadata(cast(list)).topics(),
                list -> new Metadata.TopicEntry("t", false, cast(list)).channels());
    }

    /** Nothing is put in that is ever looked at. */
    @SuppressWarnings("unchecked")
    private static <T> List<T> cast(List<?> list) {
        return (List<T>) list;
    }

    private static ChannelStats channel(List<ClientStats> clients) {
        return new ChannelStats("c", 0, 0, 0, 0, 0, 0, 0, 0, clients, false, LatencyStats.NONE);
    }

    private static TopicStats topic(List<ChannelStats> channels) {
        return new TopicStats("t", channels, 0, 0, 0, 0, false, LatencyStats.NONE);
    }

    private static NsqdStats daemon(List<TopicStats> topics, List<ClientStats> producers) {
        return new NsqdStats("1", "OK", Instant.EPOCH, topics, Optional.empty(), producers);
    }

    private static ClientStats client(List<ClientStats.PubCount> pubCounts) {
        return new ClientStats(
                "",
                "",
                "V2",
                "@",
                0,
                0,
                0,
                0,
                0,
                0,
                Instant.EPOCH,
                0,
                false,
                false,
                "",
                Optional.empty(),
                Optional.empty(),
                pubCounts);
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void aListThatIsChangedLaterChangesNoSnapshot(Function<List<?>, List<?>> snapshot) {
        List<String> list = new ArrayList<>(List.of("a"));
        List<?> kept = snapshot.apply(list);
        list.add("b");
        assertEquals(List.of("a"), kept);
    }
}
