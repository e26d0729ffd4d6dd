package io.nsqd.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundles start in any order, and any of them may be missing. */
class StartOrderIT {
    /** Permutations of so many bundles are all tried; the profile {@code platform} tries those of all seven. */
    private static final int PERMUTED = Integer.getInteger("platform.permuted", 4);

    /** Those whose order could matter most come first. */
    private static final List<String> BUNDLES = List.of(
            Platform.CORE,
            Platform.NET,
            Platform.TCP,
            Platform.HTTP,
            Platform.LOOKUP,
            Platform.STATSD,
            Platform.METRICS);

    private static final List<String> SERVING =
            List.of(Platform.TCP, Platform.HTTP, Platform.LOOKUP, Platform.STATSD, Platform.METRICS);

    @TempDir
    Path directory;

    @Test
    void everyOrderLeadsToTheSameDaemon() throws Exception {
        List<List<String>> orders = new ArrayList<>();
        permute(new ArrayList<>(BUNDLES.subList(0, PERMUTED)), 0, orders);
        // The others go in between, anywhere, but every time the same.
        Random random = new Random(PERMUTED);
        try (World world = new World(directory, Map.of())) {
            Platform platform = world.platform();
            platform.start(Platform.API);
            for (List<String> order : orders) {
                for (String rest : BUNDLES.subList(PERMUTED, BUNDLES.size())) {
                    order.add(random.nextInt(order.size() + 1), rest);
                }
                try {
                    for (String name : order) {
                        platform.start(name);
                    }
                    for (String name : SERVING) {
                        world.await(name, true);
                    }
                    Collections.shuffle(order, random);
                    for (String name : order) {
                        platform.stop(name);
                    }
                    assertEquals(0, platform.transports());
                } catch (Exception | AssertionError e) {
                    throw new AssertionError("in the order " + order, e);
                }
            }
        }
        System.out.println("start orders: " + orders.size() + " permutations of " + PERMUTED + " bundles");
    }

    private static void permute(List<String> names, int from, List<List<String>> orders) {
        if (from == names.size()) {
            orders.add(new ArrayList<>(names));
            return;
        }
        for (int i = from; i < names.size(); i++) {
            Collections.swap(names, from, i);
            permute(names, from + 1, orders);
            Collections.swap(names, from, i);
        }
    }

    @Test
    void everySubsetWorks() throws Exception {
        List<String> features = List.of(Platform.TCP, Platform.HTTP, Platform.LOOKUP, Platform.STATSD);
        try (World world = new World(directory, Map.of())) {
            Platform platform = world.platform();
            platform.start(Platform.API);
            for (int subset = 0; subset < 1 << features.size(); subset++) {
                platform.start(Platform.NET);
                platform.start(Platform.CORE);
                for (int i = 0; i < features.size(); i++) {
                    if ((subset >> i & 1) != 0) {
                        platform.start(features.get(i));
                    }
                }
                for (int i = 0; i < features.size(); i++) {
                    boolean there = (subset >> i & 1) != 0;
                    // A nsqlookupd is told 0 for the port of a transport that is missing, after it was waited for.
                    world.await(features.get(i), there);
                }
                for (String name : features) {
                    platform.stop(name);
                }
                platform.stop(Platform.CORE);
                platform.stop(Platform.NET);
            }
        }
    }
}
