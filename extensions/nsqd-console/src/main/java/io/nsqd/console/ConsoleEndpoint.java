package io.nsqd.console;

import io.nsqd.api.NsqdException;
import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.StaticFiles;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Everything below {@code /console}: the files of the pages, and what these ask for. Here it is decided who gets to an answer at all, in one
 * place for all of them: the host's name first, then where a change comes from, then who asks, then the token.
 */
final class ConsoleEndpoint implements HttpEndpoint {
    private static final String API = "/api/";
    private static final String JSON = "application/json";
    private static final String BYTES = "application/octet-stream";

    /** More than any action needs, save to publish. */
    private final long mostBytes;

    private final StaticFiles files = new StaticFiles(ConsoleEndpoint.class, "web");
    private final Gate gate;
    private final ConsoleApi api;
    private final Executor workers;

    /**
     * The console.
     *
     * @param mostBytes of a body that is no jar
     * @param workers answer; they may block
     */
    ConsoleEndpoint(Gate gate, ConsoleApi api, long mostBytes, Executor workers) {
        this.gate = gate;
        this.api = api;
        this.mostBytes = mostBytes;
        this.workers = workers;
    }

    @Override
    public Response handle(Request request) {
        throw new UnsupportedOperationException("it answers later");
    }

    @Override
    public CompletionStage<Response> answer(Request request) {
        try {
            gate.checkHost(request);
            String path = request.path().substring(ConsoleSubsystem.PATH.length());
            if (path.isEmpty()) {
                return done(Responses.guarded(
                        Response.text(302, "the console is at console/\n").with("Location", "console/")));
            }
            return path.startsWith(API)
                    ? ask(request, path.substring(API.length()))
                    : done(files.serve(request, path.substring(1)).orElseGet(ConsoleEndpoint::missing));
        } catch (Refusal e) {
            return done(e.response());
        }
    }

    private static CompletableFuture<Response> done(Response response) {
        return CompletableFuture.completedFuture(response);
    }

    private static Response missing() {
        return Refusal.notFound("NOT_FOUND", "there is no such page").response();
    }

    private CompletableFuture<Response> ask(Request request, String name) throws Refusal {
        String method = request.method().equals("HEAD") ? "GET" : request.method();
        Optional<ConsoleApi.Door> door = api.door(method, name);
        if (door.isEmpty()) {
            return done(
                    api.knows(name)
                            ? new Refusal(405, "METHOD_NOT_ALLOWED", "not with " + request.method()).response()
                            : missing());
        }
        boolean changes = !method.equals("GET");
        if (changes) {
            gate.checkOrigin(request);
            checkType(request, method.equals("PUT") ? BYTES : JSON);
        }
        CompletableFuture<Response> answer = name.equals("login")
                ? login(request)
                : gate.enter(request).thenComposeAsync(entry -> enter(door.get(), request, entry, changes), workers);
        return answer.handle((response, failure) -> failure == null ? response : refused(failure));
    }

    /** A form of somebody else's page can send neither. */
    private static void checkType(Request request, String wanted) throws Refusal {
        String type = request.header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (!type.split(";", -1)[0].strip().equals(wanted)) {
            throw new Refusal(415, "WRONG_TYPE", "the body must be of the type " + wanted);
        }
    }

    private CompletableFuture<Response> login(Request request) {
        return BodyCollector.read(request, mostBytes)
                .thenComposeAsync(sure((byte[] body) -> gate.login(request, Json.read(body))), workers)
                .thenApplyAsync(
                        entry -> Gate.withCookie(
                                api.loggedIn(entry.visitor()),
                                entry,
                                request.client().tls()),
                        workers)
                .whenComplete((response, failure) -> {
                    if (failure != null) {
                        workers.execute(() -> api.loginFailed(request.client().address(), refusal(failure)));
                    }
                });
    }

    private CompletableFuture<Response> enter(
            ConsoleApi.Door door, Request request, Gate.Entry entry, boolean changes) {
        try {
            if (!changes) {
                return door.open(new ConsoleApi.Visit(entry, request, Map.of()));
            }
            gate.checkCsrf(request, entry.visitor());
            if (request.method().equals("PUT")) {
                return door.open(new ConsoleApi.Visit(entry, request, Map.of()));
            }
        } catch (Refusal | NsqdException e) {
            throw new CompletionException(e);
        }
        return BodyCollector.read(request, mostBytes)
                .thenComposeAsync(
                        sure((byte[] body) -> door.open(
                                new ConsoleApi.Visit(entry, request, body.length == 0 ? Map.of() : Json.read(body)))),
                        workers);
    }

    /** Something that may be refused. */
    @FunctionalInterface
    private interface Trying<A, B> {
        B apply(A argument) throws Refusal;
    }

    private static <A, B> Function<A, B> sure(Trying<A, B> trying) {
        return argument -> {
            try {
                return trying.apply(argument);
            } catch (Refusal e) {
                throw new CompletionException(e);
            }
        };
    }

    /** What is no refusal is our own fault: the server says so, and the log has why. */
    private static Response refused(Throwable failure) {
        return refusal(failure)
                .map(Refusal::response)
                .orElseThrow(
                        () -> failure instanceof CompletionException known ? known : new CompletionException(failure));
    }

    private static Optional<Refusal> refusal(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof Gate.Refused refused) {
            return Optional.of(refused.refusal());
        }
        if (cause instanceof NsqdException refused) {
            return Optional.of(Refusal.of(refused));
        }
        return cause instanceof Refusal refused ? Optional.of(refused) : Optional.empty();
    }
}
