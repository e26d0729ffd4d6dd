package io.nsqd.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One of the servers that are measured.
 *
 * @param label what the report calls it where there are two
 * @param address where clients connect
 * @param admin where its topics are deleted; empty for ephemeral topics
 * @param http whether clients speak HTTP
 * @param version what it says of itself
 */
record Server(String label, Address address, Optional<Address> admin, boolean http, String version) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Those that the settings name.
     *
     * @throws BenchException when one of them is not there
     */
    static List<Server> of(Settings settings) throws BenchException {
        List<Server> servers = new ArrayList<>();
        for (int i = 0; i < settings.servers().size(); i++) {
            Address address = settings.servers().get(i);
            Optional<Address> admin = settings.ephemeral()
                    ? Optional.empty()
                    : Optional.of(settings.admin().get(i));
            String version = admin.isPresent() ? httpVersion(admin.get()) : "";
            if (!settings.http()) {
                try (TcpConnection connection = TcpConnection.publisher(address)) {
                    version = connection.version();
                }
            }
            servers.add(new Server(i == 0 ? "A" : "B", address, admin, settings.http(), version));
        }
        return servers;
    }

    private static String httpVersion(Address address) throws BenchException {
        try (HttpConnection connection = new HttpConnection(address)) {
            return JSON.readTree(connection.get("/info")).path("version").asText("?");
        } catch (JsonProcessingException e) {
            throw BenchException.server(address, "this is not the HTTP API of an nsqd", e);
        }
    }

    /** A connection to publish. */
    Connection connect() throws BenchException {
        return http ? new HttpConnection(address) : TcpConnection.publisher(address);
    }
}
