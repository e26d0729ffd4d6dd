package io.nsqd.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.api.Option;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.HttpEndpoint.Request;
import io.nsqd.testing.FakeNsqd;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who comes in; over real sockets, and with authenticators, that is ConsoleApiIT's. */
final class GateTest {
    private final FakeNsqd nsqd = new FakeNsqd().with(Option.BROADCAST_ADDRESS, "node-1.example");

    private Gate gate(String allow) {
        AllowedClients allowed = AllowedClients.parse(allow);
        HostNames hosts = new HostNames(nsqd, allowed, new Certificates(nsqd));
        return new Gate(Authentication.of(() -> false, Optional::empty), allowed, hosts);
    }

    private static Request request(String address, String... headers) {
        Map<String, List<String>> all = new HashMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], List.of(headers[i + 1]));
        }
        return new Request("GET", "/console/", Map.of(), new byte[0])
                .with(all)
                .from(new HttpEndpoint.Client(address, false, "", Optional.empty()));
    }

    /** Empty for what is let through. */
    private static String code(Trying trying) {
        try {
            trying.run();
            return "";
        } catch (Refusal e) {
            return e.code();
        } catch (CompletionException e) {
            return ((Refusal) e.getCause()).code();
        }
    }

    private interface Trying {
        void run() throws Refusal;
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:4151, true",
        "LOCALHOST, true",
        "127.0.0.1:4151, true",
        "[::1]:4151, true",
        "192.0.2.7, true",
        "node-1.example:4151, true",
        "console.example, true",
        "evil.example, false",
        "localhost.evil.example, false",
        "127.0.0.1.evil.example, false",
        "evil.example:4151, false",
        "'', false"
    })
    void aNameMustBeOneOfOurs(String host, boolean ours) {
        Gate gate = gate("console.example");
        assertEquals(ours ? "" : "WRONG_HOST", code(() -> gate.checkHost(request("127.0.0.1", "Host", host))));
    }

    @Test
    void withoutANameNobodyComesIn() {
        assertEquals("WRONG_HOST", code(() -> gate("").checkHost(request("127.0.0.1"))));
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:4151, '', true",
        "https://localhost:4151, '', true",
        "http://localhost, '', false",
        "http://evil.example, '', false",
        "null, '', false",
        "'', same-origin, true",
        "'', none, true",
        "'', cross-site, false",
        "'', same-site, false",
        "'', '', true"
    })
    void aChangeMustComeFromOurPage(String origin, String site, boolean ours) {
        Map<String, String> headers = new HashMap<>(Map.of("Host", "localhost:4151"));
        if (!origin.isEmpty()) {
            headers.put("Origin", origin);
        }
        if (!site.isEmpty()) {
            headers.put("Sec-Fetch-Site", site);
        }
        String[] flat = headers.entrySet().stream()
                .flatMap(header -> List.of(header.getKey(), header.getValue()).stream())
                .toArray(String[]::new);
        assertEquals(ours ? "" : "WRONG_ORIGIN", code(() -> gate("").checkOrigin(request("127.0.0.1", flat))));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, '', '', true",
        "'', '', '', true",
        "10.1.1.1, '', '', false",
        "10.1.1.1, '10.0.0.0/8', '', true",
        "10.1.1.1, '*', '', true",
        "127.0.0.1, '', X-Forwarded-For, false",
        "127.0.0.1, '', Via, false",
        "127.0.0.1, '127.0.0.1', X-Forwarded-For, true"
    })
    void withoutAnAuthenticatorTheMachineItselfMayAndWhomTheOptionNames(
            String address, String allow, String header, boolean allowed) {
        Request request = header.isEmpty() ? request(address) : request(address, header, "10.9.9.9");
        assertEquals(
                allowed ? "" : "NOT_ALLOWED",
                code(() -> gate(allow).enter(request).join()));
    }

    @Test
    void changesNeedTheToken() throws Refusal {
        Gate gate = gate("");
        Visitor visitor = gate.enter(request("127.0.0.1")).join().visitor();
        assertEquals("WRONG_TOKEN", code(() -> gate.checkCsrf(request("127.0.0.1"), visitor)));
        assertEquals(
                "WRONG_TOKEN",
                code(() -> gate.checkCsrf(request("127.0.0.1", Gate.CSRF_HEADER, visitor.csrf() + "x"), visitor)));
        gate.checkCsrf(request("127.0.0.1", Gate.CSRF_HEADER, visitor.csrf()), visitor);
        assertTrue(visitor.administers());
        assertTrue(!visitor.isProvedAdministrator());
    }
}
