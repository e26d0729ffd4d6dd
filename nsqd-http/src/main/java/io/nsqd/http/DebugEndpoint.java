package io.nsqd.http;

import io.netty.buffer.ByteBuf;
import io.nsqd.api.Printable;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code /debug/setblockrate} and {@code /debug/freememory} as far as they mean something to a JVM (H-71, H-74). A success
 * is an empty 200: the Go daemon has a bug there and answers 500.
 */
final class DebugEndpoint {
    private static final String FORM = "application/x-www-form-urlencoded";
    /** The longest form that is looked at. */
    private static final int MAX_FORM = 64 * 1024;

    private static final BigInteger MAX_INT = BigInteger.valueOf(Long.MAX_VALUE);
    private static final BigInteger MIN_INT = BigInteger.valueOf(Long.MIN_VALUE);

    /** {@code PUT /debug/setblockrate}: the parameter comes in the query or in a form. */
    RequestBody setBlockRate(Exchange exchange) {
        return new FormBody(exchange.request());
    }

    private static final class FormBody implements RequestBody {
        private final BodyBytes bytes;
        private final boolean form;

        FormBody(Request request) {
            bytes = new BodyBytes(Math.min(request.contentLength(), MAX_FORM));
            form = request.contentType().toLowerCase(Locale.ROOT).startsWith(FORM);
        }

        @Override
        public void add(ByteBuf piece) {
            // What is too long for a form is taken for none.
            boolean unused = form && bytes.add(piece, MAX_FORM);
        }

        @Override
        public void end(Exchange exchange) throws HttpException {
            exchange.requireOperator("a block rate");
            String rate = inForm().or(() -> inQuery(exchange)).orElse("");
            BigInteger value = parse(rate);
            exchange.work(() -> {
                applyBlockRate(value.signum() > 0);
                return Response.plain(200, "");
            });
        }

        private Optional<String> inForm() {
            return parameter(new String(bytes.take(), StandardCharsets.ISO_8859_1));
        }

        private Optional<String> inQuery(Exchange exchange) {
            return parameter(exchange.request().query());
        }
    }

    private static Optional<String> parameter(String query) {
        try {
            return QueryString.parse(query).value("rate");
        } catch (QueryString.MalformedException e) {
            return Optional.empty();
        }
    }

    private static BigInteger parse(String rate) throws HttpException {
        String why = "invalid syntax";
        boolean signed = rate.startsWith("+") || rate.startsWith("-");
        String digits = signed ? rate.substring(1) : rate;
        if (!digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            BigInteger value = new BigInteger(rate);
            if (value.compareTo(MIN_INT) >= 0 && value.compareTo(MAX_INT) <= 0) {
                return value;
            }
            why = "value out of range";
        }
        String quoted = Printable.of(rate.replace("\\", "\\\\").replace("\"", "\\\""));
        String message = "invalid block rate : strconv.Atoi: parsing \"" + quoted + "\": " + why;
        throw new HttpException(Response.plain(400, message));
    }

    private static void applyBlockRate(boolean on) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        if (threads.isThreadContentionMonitoringSupported()) {
            threads.setThreadContentionMonitoringEnabled(on);
        }
    }

    /** {@code POST /debug/freememory}. */
    void freeMemory(Exchange exchange) throws HttpException {
        exchange.requireOperator("a collection");
        exchange.work(() -> {
            ManagementFactory.getMemoryMXBean().gc();
            return Response.plain(200, "");
        });
    }
}
