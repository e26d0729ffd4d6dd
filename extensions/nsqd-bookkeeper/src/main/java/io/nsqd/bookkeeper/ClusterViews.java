package io.nsqd.bookkeeper;

import io.nsqd.spi.FigureSource;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.Services;
import io.nsqd.stats.Figure;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** Shows the status of a node: {@code /cluster}, {@code /metrics}, JMX, and the command {@code nsqd:cluster} of Gogo and Karaf. */
final class ClusterViews implements AutoCloseable {
    private static final String BEAN = "io.nsqd:type=Cluster";

    private final Deque<Runnable> shown = new ArrayDeque<>();

    ClusterViews(ClusterStatus status, Services services) throws JMException {
        shown.push(services.register(FigureSource.class, status));
        shown.push(services.register(
                HttpEndpoint.class, request -> answer(request, status), Map.of(HttpEndpoint.PATH, "/cluster")));
        shown.push(services.register(
                Command.class,
                new Command(status),
                Map.of("osgi.command.scope", "nsqd", "osgi.command.function", new String[] {"cluster"})));
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = new ObjectName(BEAN);
        server.registerMBean(new Bean(status), name);
        shown.push(() -> {
            try {
                server.unregisterMBean(name);
            } catch (JMException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static HttpEndpoint.Response answer(HttpEndpoint.Request request, ClusterStatus status) {
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return HttpEndpoint.Response.text(405, "only GET\n");
        }
        boolean json = request.parameter("format").filter("json"::equals).isPresent();
        return json
                ? new HttpEndpoint.Response(
                        200,
                        "application/json; charset=utf-8",
                        status.json().getBytes(java.nio.charset.StandardCharsets.UTF_8))
                : HttpEndpoint.Response.text(200, status.text());
    }

    @Override
    public void close() {
        while (!shown.isEmpty()) {
            shown.pop().run();
        }
    }

    /** A command that shells find by its name. */
    public static final class Command {
        private final ClusterStatus status;

        Command(ClusterStatus status) {
            this.status = status;
        }

        /** Shows the node and the cluster. */
        public String cluster() {
            return status.text();
        }
    }

    private record Bean(ClusterStatus status) implements ClusterMXBean {
        @Override
        public Map<String, String> getState() {
            return status.words();
        }

        @Override
        public Map<String, Double> getFigures() {
            Map<String, Double> figures = new LinkedHashMap<>();
            for (Figure figure : status.figures()) {
                figures.put(figure.name(), figure.value());
            }
            return figures;
        }
    }
}
