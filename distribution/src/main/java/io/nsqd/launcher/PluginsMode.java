package io.nsqd.launcher;

import io.nsqd.api.Errors;
import io.nsqd.api.Option;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * {@code nsqd plugins}: the process asks a daemon what it is made of, and prints that, instead of being one. The daemon is the one that
 * serves {@code --http-address}, or what a config file says of it.
 */
final class PluginsMode {
    /** The word that asks for it, in front of all flags. */
    static final String WORD = "plugins";

    private static final int CONNECT_MILLIS = 5_000;
    private static final int READ_MILLIS = 20_000;

    private final String address;
    private final String format;

    PluginsMode(Map<Option, Object> values) {
        address = (String) values.getOrDefault(Option.HTTP_ADDRESS, Option.HTTP_ADDRESS.defaultValue());
        format = (String) values.getOrDefault(Option.FORMAT, "text");
    }

    /**
     * Asks and prints.
     *
     * @return the exit code
     * @throws StartException saying why there is no answer
     */
    int run() throws StartException {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(url()).toURL().openConnection();
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(READ_MILLIS);
            int status = connection.getResponseCode();
            if (status != HttpURLConnection.HTTP_OK) {
                throw new IOException(
                        "the answer is " + status + (status == 404 ? ": it is a daemon that does not tell" : ""));
            }
            try (InputStream body = connection.getInputStream()) {
                System.out.print(new String(body.readAllBytes(), StandardCharsets.UTF_8));
                System.out.flush();
            }
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            throw new StartException(
                    StartException.FATAL,
                    "nsqd: cannot ask the daemon at " + address + ", which --http-address names - "
                            + Errors.describe(e));
        }
    }

    /** Where the daemon listens on all addresses it is asked on that of this host. */
    private String url() {
        String host = address.replaceFirst("^(0\\.0\\.0\\.0|\\[::\\])?:", "127.0.0.1:");
        return "http://" + host + "/plugins" + (format.equals("json") ? "?format=json" : "");
    }
}
