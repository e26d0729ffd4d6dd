package io.nsqd.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code /debug/pprof/*}: Go's names with what a JVM has to say, all as text (H-72, H-73). */
final class PprofEndpoint {
    private static final int DEFAULT_SECONDS = 30;
    private static final int DEFAULT_TRACE_SECONDS = 1;
    /** A longer profile is a mistake; the sampler would be taken for all that time. */
    private static final int MAX_SECONDS = 3600;

    private static final List<String> PAGES =
            List.of("block", "cmdline", "goroutine", "heap", "profile", "symbol", "threadcreate", "trace");

    private final VmReport report = new VmReport();
    private final StackSampler sampler;
    private final FlightRecorder recorder;

    /**
     * @param sampler takes the profiles
     * @param recorder takes the recordings
     */
    PprofEndpoint(StackSampler sampler, FlightRecorder recorder) {
        this.sampler = sampler;
        this.recorder = recorder;
    }

    void index(Exchange exchange) {
        StringBuilder html = new StringBuilder("<html>\n<head><title>/debug/pprof/</title></head>\n<body>\n<ul>\n");
        for (String page : PAGES) {
            html.append("<li><a href=\"" + page + "\">" + page + "</a></li>\n");
        }
        exchange.answer(marked(
                Response.html(200, html.append("</ul>\n</body>\n</html>\n").toString())));
    }

    void symbol(Exchange exchange) {
        exchange.answer(text("num_symbols: 1\n"));
    }

    void cmdline(Exchange exchange) {
        exchange.work(() -> text(report.commandLine()));
    }

    void goroutine(Exchange exchange) {
        exchange.work(() -> text(report.threads()));
    }

    void threadcreate(Exchange exchange) {
        exchange.work(() -> text(report.threadCounts()));
    }

    void block(Exchange exchange) {
        exchange.work(() -> text(report.contention()));
    }

    void heap(Exchange exchange) throws HttpException {
        boolean collect =
                parameter(exchange, "gc").filter(value -> !value.equals("0")).isPresent();
        boolean dump =
                parameter(exchange, "dump").filter(value -> !value.equals("0")).isPresent();
        if (dump) {
            exchange.requireOperator("a heap dump");
            exchange.work(() -> text(report.dumpHeap()));
            return;
        }
        if (collect) {
            exchange.requireOperator("a collection");
        }
        boolean histogram = exchange.isOperator();
        exchange.work(() -> text(report.heap(collect, histogram)));
    }

    /** Samples for a while; the answer comes when it is over, and nobody waits for it meanwhile. */
    void profile(Exchange exchange) throws HttpException {
        if (parameter(exchange, "format").filter("jfr"::equals).isPresent()) {
            trace(exchange);
            return;
        }
        int seconds = seconds(exchange, DEFAULT_SECONDS);
        requireStarted(sampler.start(seconds, stacks -> exchange.answerLater(text(collapsed(stacks)))));
    }

    /** Records with JFR for a while. */
    void trace(Exchange exchange) throws HttpException {
        exchange.requireOperator("a recording");
        requireStarted(recorder.start(seconds(exchange, DEFAULT_TRACE_SECONDS), exchange));
    }

    private static int seconds(Exchange exchange, int otherwise) throws HttpException {
        return parameter(exchange, "seconds").map(PprofEndpoint::seconds).orElse(otherwise);
    }

    private static void requireStarted(boolean started) throws HttpException {
        if (!started) {
            throw new HttpException(
                    Response.plain(500, "Could not enable CPU profiling: cpu profiling already in use\n"));
        }
    }

    private static Optional<String> parameter(Exchange exchange, String name) throws HttpException {
        return exchange.query().value(name);
    }

    private static int seconds(String text) {
        try {
            int seconds = Integer.parseInt(text);
            return seconds > 0 ? Math.min(seconds, MAX_SECONDS) : DEFAULT_SECONDS;
        } catch (NumberFormatException e) {
            return DEFAULT_SECONDS;
        }
    }

    private static String collapsed(Map<String, Integer> stacks) {
        StringBuilder lines = new StringBuilder();
        stacks.forEach(
                (stack, count) -> lines.append(stack).append(' ').append(count).append('\n'));
        return lines.toString();
    }

    private static Response text(String text) {
        return marked(Response.plain(200, text));
    }

    private static Response marked(Response response) {
        return response.with("X-Content-Type-Options", "nosniff");
    }
}
