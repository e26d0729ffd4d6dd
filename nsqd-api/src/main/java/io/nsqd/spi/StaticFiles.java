package io.nsqd.spi;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * Files that lie in a bundle, for an {@link HttpEndpoint} to serve: pages, scripts, styles, pictures. Each has a strong {@code ETag}, so
 * that a browser asks for it anew and mostly gets nothing but a 304; what is text is compressed for those who take it; and each comes
 * with a {@code Content-Security-Policy} that lets a page run and load nothing but what the same server has, see
 * {@link #CONTENT_SECURITY_POLICY}.
 *
 * <p>A file is read when it is asked for first and kept from then on. Any thread.
 */
public final class StaticFiles {
    /**
     * What a page may do: load scripts, styles, fonts and pictures of its own server and ask that server, and no more. Nothing inline
     * runs, nobody may frame it, and no form is sent anywhere.
     */
    public static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
                    + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private static final String CONTENT_SECURITY_POLICY_HEADER = "Content-Security-Policy";

    /** No hidden files, and no way out of the folder. */
    private static final Pattern NAME =
            Pattern.compile("(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*\\.[a-z0-9]+");

    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("mjs", "text/javascript; charset=utf-8"),
            Map.entry("ts", "text/plain; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("json", "application/json; charset=utf-8"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("svg", "image/svg+xml; charset=utf-8"),
            Map.entry("png", "image/png"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("woff2", "font/woff2"));

    private static final int TAG_BYTES = 16;

    private final Class<?> owner;
    private final String folder;
    private final Map<String, StoredFile> files = new ConcurrentHashMap<>();

    /**
     * The files of a folder.
     *
     * @param owner a class of the bundle that has them
     * @param folder where they are, seen from the package of {@code owner}, such as {@code web}
     */
    public StaticFiles(Class<?> owner, String folder) {
        this.owner = owner;
        this.folder = folder;
    }

    /** A file as it goes out, plain and compressed; the latter is {@code null} where it would not be smaller. */
    private static final class StoredFile {
        private final String type;
        private final String tag;
        private final byte[] plain;
        private final byte[] compressed;

        StoredFile(String type, String tag, byte[] plain, byte[] compressed) {
            this.type = type;
            this.tag = tag;
            this.plain = plain;
            this.compressed = compressed;
        }
    }

    /**
     * Answers with a file.
     *
     * @param request what was asked for; other methods than {@code GET} and {@code HEAD} are answered with 405
     * @param name the file's, relative to the folder; empty, or with a slash at the end, for the {@code index.html} there
     * @return nothing where there is no such file
     */
    public Optional<HttpEndpoint.Response> serve(HttpEndpoint.Request request, String name) {
        String whole = name.isEmpty() || name.endsWith("/") ? name + "index.html" : name;
        return file(whole).map(file -> answer(request, file));
    }

    private Optional<StoredFile> file(String name) {
        if (!NAME.matcher(name).matches() || !TYPES.containsKey(extension(name))) {
            return Optional.empty();
        }
        // What is not there is not noted: there is no end of that.
        return Optional.ofNullable(files.computeIfAbsent(name, this::read));
    }

    private static String extension(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private StoredFile read(String name) {
        try (InputStream in = owner.getResourceAsStream(folder + "/" + name)) {
            if (in == null) {
                return null;
            }
            byte[] plain = in.readAllBytes();
            String type = TYPES.get(extension(name));
            byte[] compressed = compressed(plain);
            boolean worthIt = type.endsWith("charset=utf-8") && compressed.length < plain.length;
            return new StoredFile(type, tag(plain), plain, worthIt ? compressed : null);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the file " + name + " of the bundle", e);
        }
    }

    private static byte[] compressed(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    private static String tag(byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(Arrays.copyOf(hash, TAG_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("each Java has SHA-256", e);
        }
    }

    private static HttpEndpoint.Response answer(HttpEndpoint.Request request, StoredFile file) {
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return HttpEndpoint.Response.text(405, "METHOD_NOT_ALLOWED\n").with("Allow", "GET, HEAD");
        }
        boolean compressed = file.compressed != null && takesGzip(request);
        // Another representation is another tag.
        String tag = "\"" + file.tag + (compressed ? "-gzip\"" : "\"");
        boolean known = isKnown(request, tag);
        byte[] body = compressed ? file.compressed : file.plain;
        HttpEndpoint.Response response = new HttpEndpoint.Response(
                        known ? 304 : 200, file.type, known ? new byte[0] : body)
                .with("ETag", tag)
                .with("Cache-Control", "no-cache")
                .with(CONTENT_SECURITY_POLICY_HEADER, CONTENT_SECURITY_POLICY)
                .with("X-Content-Type-Options", "nosniff")
                .with("Referrer-Policy", "no-referrer");
        response = file.compressed == null ? response : response.with("Vary", "Accept-Encoding");
        return compressed && !known ? response.with("Content-Encoding", "gzip") : response;
    }

    private static boolean isKnown(HttpEndpoint.Request request, String tag) {
        return values(request, "If-None-Match").stream()
                .map(known -> known.startsWith("W/") ? known.substring(2) : known)
                .anyMatch(known -> known.equals(tag) || known.equals("*"));
    }

    private static boolean takesGzip(HttpEndpoint.Request request) {
        return values(request, "Accept-Encoding").stream()
                .map(value -> value.toLowerCase(Locale.ROOT).replace(" ", ""))
                .anyMatch(value ->
                        value.equals("gzip") || value.startsWith("gzip;q=") && !value.matches("gzip;q=0(\\.0*)?"));
    }

    /** The values of a header, those behind commas, too. */
    private static List<String> values(HttpEndpoint.Request request, String header) {
        return request.headers().getOrDefault(header, List.of()).stream()
                .flatMap(line -> Arrays.stream(line.split(",", -1)))
                .map(String::strip)
                .toList();
    }
}
