package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.spi.HttpEndpoint.Request;
import io.nsqd.spi.HttpEndpoint.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * What the pages ask of bundles. To change them is to run code: it is for those of whom an authenticator says that they administer the daemon,
 * and only with {@code --console-bundles}; for nobody else, from wherever he comes.
 */
final class BundleApi {
    /** Of a jar. */
    private static final long MOST_BYTES = 128L << 20;

    private final Nsqd nsqd;
    private final Bundles bundles;
    private final AuditLog audit;
    private final Executor workers;

    /**
     * What is asked of bundles.
     *
     * @param workers may block
     */
    BundleApi(Nsqd nsqd, Bundles bundles, AuditLog audit, Executor workers) {
        this.nsqd = nsqd;
        this.bundles = bundles;
        this.audit = audit;
        this.workers = workers;
    }

    /** Makes a place for what is uploaded, where there is a directory for temporary files. */
    private static Path temporary() throws Refusal {
        try {
            return Files.createTempFile("nsqd-console", ".upload");
        } catch (IOException e) {
            throw new Refusal(503, "NOT_WRITTEN", "there is no place for what is uploaded - " + Errors.describe(e));
        }
    }

    boolean isOpenTo(Visitor visitor) {
        return bundles.isChangeable() && isPermittedTo(visitor);
    }

    private boolean isPermittedTo(Visitor visitor) {
        return visitor.isProvedAdministrator() && nsqd.options().flag(Option.CONSOLE_BUNDLES);
    }

    private void check(Visitor visitor) throws Refusal {
        if (!isPermittedTo(visitor)) {
            throw new Refusal(
                    403,
                    "BUNDLES_NOT_ALLOWED",
                    "bundles are changed only with --console-bundles, and by those of whom an authenticator says that they "
                            + "administer the daemon");
        }
    }

    List<Map<String, Object>> list() {
        return bundles.list();
    }

    /** Something that may be refused, and is written down. */
    @FunctionalInterface
    private interface Change {
        Map<String, Object> make() throws Refusal;
    }

    private Map<String, Object> audited(Visitor visitor, String action, String name, Change change) throws Refusal {
        String outcome = "failed";
        try {
            Map<String, Object> told = change.make();
            outcome = told.containsKey("pending") ? "begun" : "ok";
            return told;
        } catch (Refusal e) {
            outcome = e.code() + " - " + e.getMessage();
            throw e;
        } finally {
            audit.add(visitor.name(), visitor.address(), action, name, outcome);
        }
    }

    /** Starts or stops one, or says what a stop would take down. */
    Map<String, Object> change(Visitor visitor, Arguments arguments) throws Refusal {
        String name = arguments.text("name");
        String what = arguments.text("do");
        if (!what.equals("start") && !what.equals("stop")) {
            throw Refusal.badRequest("do must be start or stop");
        }
        if (arguments.flag("dry")) {
            check(visitor);
            return Json.object("takesDown", what.equals("stop") ? bundles.dependants(name) : List.of());
        }
        return audited(visitor, "bundle." + what, name, () -> {
            check(visitor);
            if (what.equals("stop")) {
                return told(bundles.stop(name));
            }
            bundles.start(name);
            return told(true);
        });
    }

    private static Map<String, Object> told(boolean done) {
        return done ? Json.object("ok", true) : Json.object("ok", true, "pending", true);
    }

    /** Takes a jar for one, or says what that would take down. */
    CompletableFuture<Response> update(Visitor visitor, Arguments query, Request request) throws Refusal {
        String name = query.text("name");
        if (query.flag("dry")) {
            check(visitor);
            List<String> down = bundles.dependants(name);
            return CompletableFuture.completedFuture(Responses.json(200, Json.object("takesDown", down)));
        }
        try {
            check(visitor);
            // It says that there is no framework, or no such bundle, before anything is sent.
            bundles.dependants(name);
        } catch (Refusal e) {
            audit.add(visitor.name(), visitor.address(), "bundle.update", name, e.code() + " - " + e.getMessage());
            throw e;
        }
        return Upload.write(request, temporary(), MOST_BYTES, workers)
                .thenApplyAsync(
                        jar -> {
                            try {
                                return Responses.json(200, update(visitor, name, jar));
                            } catch (Refusal e) {
                                throw new CompletionException(e);
                            } finally {
                                Upload.delete(jar);
                            }
                        },
                        workers);
    }

    private Map<String, Object> update(Visitor visitor, String name, Path jar) throws Refusal {
        return audited(visitor, "bundle.update", name, () -> {
            return told(bundles.update(name, jar));
        });
    }
}
