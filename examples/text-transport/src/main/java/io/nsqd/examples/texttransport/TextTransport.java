package io.nsqd.examples.texttransport;

import io.nsqd.api.Nsqd;
import io.nsqd.spi.Authentication;
import io.nsqd.spi.Transport;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** The listening socket and its clients, each with threads of its own, so that none waits for another. */
record TextTransport(
        Nsqd nsqd, ServerSocket server, Authentication authentication, Set<TextClient> clients, ExecutorService threads)
        implements Transport {
    private static final long GRACE_SECONDS = 5;

    TextTransport(Nsqd nsqd, ServerSocket server, Authentication authentication) {
        this(nsqd, server, authentication, ConcurrentHashMap.newKeySet(), Executors.newCachedThreadPool());
        threads.execute(this::accept);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                threads.execute(new TextClient(this, server.accept())::read);
            } catch (IOException | RejectedExecutionException e) {
                // Closed, or a client that is gone already.
            }
        }
        clients.forEach(TextClient::close);
    }

    @Override
    public String protocol() {
        return "text";
    }

    @Override
    public String address() {
        return "127.0.0.1:" + port();
    }

    @Override
    public int port() {
        return server.getLocalPort();
    }

    void close() throws IOException, InterruptedException {
        server.close();
        clients.forEach(TextClient::close);
        threads.shutdown();
        // The address is free only when nobody accepts any more.
        threads.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS);
        authentication.close();
    }
}
