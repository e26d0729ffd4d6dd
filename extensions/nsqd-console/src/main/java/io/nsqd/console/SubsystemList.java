package io.nsqd.console;

import io.nsqd.spi.Services;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Where there is no framework: what the daemon says that it is made of, which nothing can be done with. */
final class SubsystemList implements Bundles {
    private final Services services;

    SubsystemList(Services services) {
        this.services = services;
    }

    @Override
    public boolean isChangeable() {
        return false;
    }

    @Override
    public List<Map<String, Object>> list() {
        return services.plugins().stream()
                .map(plugin -> Json.object(
                        "name", plugin.name(),
                        "version", plugin.version(),
                        "state", plugin.state(),
                        "id", -1,
                        "ours", true,
                        "file", plugin.file(),
                        "provides", List.of(),
                        "waitsFor", plugin.reason().isEmpty() ? List.of() : List.of(plugin.reason())))
                .toList();
    }

    private static Refusal impossible() {
        return new Refusal(501, "NO_FRAMEWORK", "the daemon does not run in a framework: its parts stay as they are");
    }

    @Override
    public List<String> dependants(String name) throws Refusal {
        throw impossible();
    }

    @Override
    public void start(String name) throws Refusal {
        throw impossible();
    }

    @Override
    public boolean stop(String name) throws Refusal {
        throw impossible();
    }

    @Override
    public boolean update(String name, Path jar) throws Refusal {
        throw impossible();
    }
}
