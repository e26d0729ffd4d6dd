package io.nsqd.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.nsqd.api.Option;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Authenticator;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.testing.FakeNsqd;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What everybody notices, such as that the virtual machine stands still, is for those who run the daemon. */
final class OperatorTest {
    private static final String FAR = "192.0.2.7";

    private final FakeNsqd nsqd = new FakeNsqd() {
        @Override
        public boolean knowsAuthenticator() {
            return authenticator.isPresent();
        }
    };
    private Optional<Authenticator> authenticator = Optional.empty();

    /** A connection from an address, or over a unix socket where that is a path. */
    private EmbeddedChannel connect(String from) throws UnknownHostException {
        SocketAddress remote = from.startsWith("/")
                ? UnixDomainSocketAddress.of(from)
                : new InetSocketAddress(InetAddress.getByName(from), 1234);
        HttpServer server = new HttpServer(Clock.system(ZoneOffset.UTC), Runnable::run, 0);
        HttpAuthorization authorization = new HttpAuthorization(
                nsqd, Authentication.of(() -> nsqd.requiresAuthentication("http"), () -> authenticator));
        Router routes = Routes.of(
                nsqd,
                Clock.system(ZoneOffset.UTC),
                new OneJob("test"),
                authorization,
                new PluginEndpoints(nsqd, authorization, Runnable::run),
                new UpgradeEndpoints(authorization),
                List::of);
        RequestDecoder decoder = new RequestDecoder();
        return new EmbeddedChannel(decoder, new HttpHandler(server, routes, decoder)) {
            @Override
            protected SocketAddress remoteAddress0() {
                return remote;
            }
        };
    }

    private String ask(String from, String request, String secret) throws UnknownHostException {
        EmbeddedChannel channel = connect(from);
        String text = request + " HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n"
                + (secret.isEmpty() ? "" : "Authorization: Bearer " + secret + "\r\n") + "\r\n";
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        channel.runPendingTasks();
        StringBuilder answer = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            answer.append(out.toString(StandardCharsets.UTF_8));
            out.release();
        }
        channel.finishAndReleaseAll();
        return answer.toString();
    }

    private static void assertStatus(int status, String answer) {
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /debug/pprof/heap?dump=1",
                "GET /debug/pprof/heap?gc=1",
                "GET /debug/pprof/heap?gc=1&dump=1",
                "GET /debug/pprof/trace",
                "GET /debug/pprof/profile?format=jfr&seconds=1",
                "PUT /debug/setblockrate?rate=0",
                "POST /debug/freememory"
            })
    void aStrangerIsRefusedAndToldWhy(String request) throws Exception {
        for (String from : List.of(FAR, "2001:db8::1", "10.0.0.1", "::ffff:192.0.2.7")) {
            String answer = ask(from, request, "");
            assertStatus(403, answer);
            assertTrue(
                    answer.endsWith(" is for clients on the daemon's own machine and, with auth-http-api, "
                            + "for those who may administer it\n"),
                    answer);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "/run/nsqd.sock"})
    void aClientOfTheSameMachineMay(String from) throws Exception {
        assertStatus(200, ask(from, "PUT /debug/setblockrate?rate=0", ""));
        assertStatus(200, ask(from, "POST /debug/freememory", ""));
        assertStatus(200, ask(from, "GET /debug/pprof/heap?gc=1", ""));
        assertTrue(ask(from, "GET /debug/pprof/heap", "").contains("java.lang.String"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /debug/pprof/",
                "GET /debug/pprof/cmdline",
                "GET /debug/pprof/symbol",
                "GET /debug/pprof/heap",
                "GET /debug/pprof/goroutine",
                "GET /debug/pprof/threadcreate",
                "GET /debug/pprof/block",
                "GET /stats"
            })
    void whatDisturbsNobodyIsForEverybody(String request) throws Exception {
        String answer = ask(FAR, request, "");
        assertStatus(200, answer);
        // To count the objects of each class the virtual machine stands still.
        assertFalse(answer.contains("#instances"), answer);
    }

    @Test
    void whereClientsAreAskedForWhoAdministersMayFromAnywhereAndNobodyElse() throws Exception {
        nsqd.with(Map.of(Option.AUTH_HTTP_API, true));
        authenticator = Optional.of(credentials -> CompletableFuture.completedFuture(new Authorization(
                "id",
                "",
                List.of(new Authorization.Entry(
                        Pattern.compile(credentials.secretText().equals("root") ? ".*" : "^orders$"),
                        List.of(Pattern.compile(".*")),
                        Set.of(Permission.PUBLISH))),
                Duration.ofHours(1))));
        for (String request : List.of("PUT /debug/setblockrate?rate=0", "GET /debug/pprof/heap?gc=1")) {
            assertStatus(200, ask(FAR, request, "root"));
            for (String from : List.of(FAR, "127.0.0.1")) {
                assertStatus(401, ask(from, request, ""));
                assertStatus(403, ask(from, request, "clerk"));
            }
        }
    }
}
