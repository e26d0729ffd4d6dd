package io.nsqd.console;

import io.nsqd.api.Errors;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The certificates of the options. Read anew at most once a minute, as they may be replaced. Any thread. */
final class Certificates {
    private static final long KEPT_NANOS = 60_000_000_000L;
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    /** More than this is none, or not ours. */
    private static final int MOST_BYTES = 1_000_000;

    private final Nsqd nsqd;
    private Read last;

    /** What was read, and when by {@link System#nanoTime}. */
    private record Read(long at, List<X509Certificate> own, List<X509Certificate> roots, String failure) {}

    Certificates(Nsqd nsqd) {
        this.nsqd = nsqd;
    }

    private synchronized Read read() {
        long now = System.nanoTime();
        if (last == null || now - last.at() > KEPT_NANOS) {
            List<X509Certificate> own = new ArrayList<>();
            List<X509Certificate> roots = new ArrayList<>();
            String failure = "";
            try {
                read(Option.TLS_CERT, own);
                read(Option.TLS_ROOT_CA_FILE, roots);
            } catch (IOException | CertificateException e) {
                failure = Errors.describe(e);
            }
            last = new Read(now, own, roots, failure);
        }
        return last;
    }

    private void read(Option option, List<X509Certificate> certificates) throws IOException, CertificateException {
        String file = nsqd.options().string(option);
        if (file.isEmpty()) {
            return;
        }
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(MOST_BYTES);
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes))) {
                certificates.add((X509Certificate) certificate);
            }
        }
    }

    /** The names of hosts that the daemon's own certificate is for, in small letters. */
    Set<String> names() {
        Set<String> names = new TreeSet<>();
        if (!nsqd.options().string(Option.TLS_CERT).isEmpty()) {
            read().own().stream().limit(1).forEach(certificate -> names.addAll(names(certificate)));
        }
        return names;
    }

    private static Set<String> names(X509Certificate certificate) {
        Set<String> names = new TreeSet<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    if (List.of(DNS_NAME, IP_ADDRESS).contains(alternative.get(0))) {
                        names.add(((String) alternative.get(1)).toLowerCase(Locale.ROOT));
                    }
                }
            }
        } catch (CertificateException e) {
            // One whose names nobody can read names nobody.
            return names;
        }
        return names;
    }

    /** Each of them, as the page shows it. */
    List<Map<String, Object>> view(Instant now) {
        Read read = read();
        List<Map<String, Object>> all = new ArrayList<>();
        read.own().stream().limit(1).forEach(certificate -> all.add(view("own", certificate, now)));
        read.own().stream().skip(1).forEach(certificate -> all.add(view("chain", certificate, now)));
        read.roots().forEach(certificate -> all.add(view("root", certificate, now)));
        if (!read.failure().isEmpty()) {
            all.add(Json.object("what", "failure", "subject", read.failure(), "names", List.of()));
        }
        return all;
    }

    private static Map<String, Object> view(String what, X509Certificate certificate, Instant now) {
        Instant end = certificate.getNotAfter().toInstant();
        return Json.object(
                "what", what,
                "subject", certificate.getSubjectX500Principal().getName(),
                "notAfter", end.toEpochMilli(),
                "daysLeft", Duration.between(now, end).toDays(),
                "names", names(certificate));
    }
}
