package io.nsqd.bench;

/**
 * A topic of a round's own. Nothing of it is left afterwards: it is deleted over HTTP, or is ephemeral and goes with its last
 * channel, which is ephemeral, too.
 */
final class BenchTopic {
    private static final String EPHEMERAL = "#ephemeral";
    private static final int NOT_FOUND = 404;
    private static final int OK = 200;

    private final Server server;
    private final String name;
    private final String channel;

    /** @param unique tells it from all others */
    BenchTopic(Server server, String unique) {
        this.server = server;
        String suffix = server.admin().isPresent() ? "" : EPHEMERAL;
        name = "nsqd-bench-" + unique + suffix;
        channel = "bench" + suffix;
    }

    String name() {
        return name;
    }

    String channel() {
        return channel;
    }

    /** Makes the channel, which takes all that is published from then on; an ephemeral one is gone again at once. */
    void createChannel() throws BenchException {
        try (TcpConnection connection = TcpConnection.consumer(server.address())) {
            connection.subscribe(name, channel);
        }
    }

    /** Removes it, if it is still there. */
    void delete() throws BenchException {
        if (server.admin().isPresent()) {
            try (HttpConnection connection = new HttpConnection(server.admin().get())) {
                int status = connection.post("/topic/delete?topic=" + name);
                if (status != OK && status != NOT_FOUND) {
                    throw BenchException.server(
                            server.admin().get(),
                            "the server answers " + status + " when " + name + " is to be deleted");
                }
            }
        } else {
            // An ephemeral topic that never had a channel would stay.
            createChannel();
        }
    }

    /** Removes it if that is still possible: something else has gone wrong, which is what the user is to be told. */
    void tryToDelete(BenchException why) {
        try {
            delete();
        } catch (BenchException e) {
            why.addSuppressed(e);
        }
    }
}
