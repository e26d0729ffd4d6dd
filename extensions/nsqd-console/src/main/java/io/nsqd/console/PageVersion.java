package io.nsqd.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells a page that was loaded before an update of the bundle whether its files are others by now. */
final class PageVersion {
    private static final String PAGE = "index.html";

    /** A file that the page names: it names all of them, so that a browser asks for all at once. */
    private static final Pattern FILE = Pattern.compile("(?:href|src)=\"([^\"]+)\"");

    private static final int BYTES = 8;

    /** Another text where any file of the page is another. */
    static final String CURRENT = of();

    private PageVersion() {}

    private static String of() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] page = read(PAGE);
            digest.update(page);
            Matcher files = FILE.matcher(new String(page, StandardCharsets.UTF_8));
            while (files.find()) {
                digest.update(read(files.group(1)));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("each Java has SHA-256", e);
        }
    }

    private static byte[] read(String name) {
        try (InputStream in = PageVersion.class.getResourceAsStream("web/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the page names a file that is not there: " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the file " + name + " of the bundle", e);
        }
    }
}
