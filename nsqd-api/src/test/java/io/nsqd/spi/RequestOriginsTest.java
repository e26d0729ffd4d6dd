package io.nsqd.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RequestOriginsTest {
    private final RequestOrigins origins =
            new RequestOrigins(List.of("Queue.example"), List.of("https://shop.example"));

    private static HttpEndpoint.Request request(String host, String origin, boolean tls) {
        HttpEndpoint.Request plain = new HttpEndpoint.Request("GET", "/", Map.of(), new byte[0])
                .from(new HttpEndpoint.Client("127.0.0.1", tls, "", Optional.empty()));
        HttpEndpoint.Request named = host == null ? plain : plain.with(Map.of("host", List.of(host)));
        return origin == null ? named : named.with(Map.of("origin", List.of(origin)));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    127.0.0.1:4151,      ,                         true,  true
                    127.0.0.1:4151,      http://127.0.0.1:4151,    true,  true
                    127.0.0.1:4151,      http://127.0.0.1:4161,    true,  false
                    127.0.0.1:4151,      https://127.0.0.1:4151,   true,  false
                    [::1]:4151,          http://[::1]:4151,        true,  true
                    [::1],               http://[::1],             true,  true
                    localhost:4151,      http://localhost:4151,    true,  true
                    LOCALHOST,           http://localhost,         true,  true
                    queue.example:4151,  http://queue.example:4151,true,  true
                    queue.example:4151,  https://shop.example,     true,  true
                    queue.example:4151,  null,                     true,  false
                    evil.example:4151,   http://evil.example:4151, false, false
                    evil.example:4151,   ,                         false, true
                    127.0.0.1.evil.example, http://127.0.0.1.evil.example, false, false
                    ,                    http://evil.example,      true,  false
                    ,                    ,                         true,  true
                    """)
    void aRequestIsTheServersOwnWhereItNamesItAndComesFromIt(String host, String origin, boolean named, boolean own) {
        HttpEndpoint.Request request = request(host, origin, false);
        assertEquals(named, origins.namesServer(request));
        assertEquals(own, origins.isOwn(request));
    }

    @ParameterizedTest
    @CsvSource({
        "https://queue.example, true",
        "http://queue.example, false",
        "https://shop.example, true",
    })
    void withinTlsAPageOfTheServerIsEncrypted(String origin, boolean own) {
        assertEquals(own, origins.isOwn(request("queue.example", origin, true)));
    }

    @ParameterizedTest
    @CsvSource({"https://shop.example, true", "http://queue.example, false", "https://evil.example, false"})
    void whoWasNamedMayReadTheAnswer(String origin, boolean allowed) {
        assertEquals(
                allowed,
                origins.allowed(request("queue.example", origin, false)).isPresent());
        assertEquals(
                true,
                new RequestOrigins(List.of(), List.of("*"))
                        .allowed(request("queue.example", origin, false))
                        .isPresent());
    }
}
