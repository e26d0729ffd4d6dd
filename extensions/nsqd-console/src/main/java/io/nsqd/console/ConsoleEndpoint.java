package io.nsqd.console;

import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.StaticFiles;

/** Everything below {@code /console}: the files of the pages, and what they ask for. */
final class ConsoleEndpoint implements HttpEndpoint {
    private final StaticFiles files = new StaticFiles(ConsoleEndpoint.class, "web");

    @Override
    public Response handle(Request request) {
        String path = request.path().substring(ConsoleSubsystem.PATH.length());
        if (path.isEmpty()) {
            return Response.text(302, "the console is at /console/\n").with("Location", "console/");
        }
        return files.serve(request, path.substring(1)).orElseGet(() -> Response.text(404, "NOT_FOUND\n"));
    }
}
