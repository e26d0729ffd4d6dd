package io.nsqd.lookup;

import io.nsqd.api.Option;
import io.nsqd.testing.FakeNsqd;
import java.util.List;
import java.util.Map;

/** Daemons as nsqlookupd knows them. */
final class Fakes {
    private Fakes() {}

    /** One at 10.0.0.1 that serves on these ports. */
    static FakeNsqd serving(int tcp, int http) {
        return new FakeNsqd()
                .with(Option.BROADCAST_ADDRESS, "10.0.0.1")
                .serve("tcp", tcp)
                .serve("http", http);
    }

    /** Has it told to register at these addresses, and at no others. */
    static void lookupds(FakeNsqd nsqd, String... addresses) {
        nsqd.reconfigure(Map.of(Option.LOOKUPD_TCP_ADDRESS, List.of(addresses)));
    }
}
