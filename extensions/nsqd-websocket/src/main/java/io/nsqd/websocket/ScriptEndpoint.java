package io.nsqd.websocket;

import io.nsqd.spi.HttpEndpoint;
import io.nsqd.spi.StaticFiles;

/** The module for scripts, below the path of the WebSocket; the path itself is for those who upgrade. */
final class ScriptEndpoint implements HttpEndpoint {
    private final StaticFiles files = new StaticFiles(WebSocketSubsystem.class, "web");

    @Override
    public Response handle(Request request) {
        String below = request.path().substring(WebSocketSubsystem.PATH.length());
        if (below.isEmpty()) {
            return Response.text(426, "this is for WebSockets\n").with("Sec-WebSocket-Version", "13");
        }
        return files.serve(request, below.substring(1))
                // Pages of others may have it: it is the connection that they may not have.
                .map(file -> file.with("Access-Control-Allow-Origin", "*"))
                .orElseGet(() -> Response.text(404, "NOT_FOUND\n"));
    }
}
