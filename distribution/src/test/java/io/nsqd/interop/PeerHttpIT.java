package io.nsqd.interop;

import static io.nsqd.testing.ScriptedServer.answer;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nsqd.launcher.Daemon;
import io.nsqd.tcp.Frame;
import io.nsqd.tcp.V2Client;
import io.nsqd.testing.ScriptedServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The HTTP client of the Go daemon and ours, put to the same auth server: who is let in, how often it was asked, with which
 * credentials. The client's secret names the answer that it gets.
 */
@Tag("interop")
@Tag("P-73")
@Tag("P-74")
@Tag("P-75")
class PeerHttpIT {
    private static final String PAGE = "{\"ttl\":60,\"identity\":\"a\",\"identity_url\":\"\",\"authorizations\":"
            + "[{\"topic\":\".*\",\"channels\":[\".*\"],\"permissions\":[\"publish\"]}]}";

    @TempDir
    Path byGo;

    @TempDir
    Path byOurs;

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return packed.toByteArray();
    }

    private static byte[] raw(String answer) {
        return answer.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] redirect(int status, String location) {
        return answer(status + " x", "Location: " + location + "\r\n", "");
    }

    /** The answers by the secrets that ask for them. */
    private static Map<String, byte[]> answers() throws IOException {
        byte[] packed = gzip(PAGE);
        Map<String, byte[]> answers = new LinkedHashMap<>();
        answers.put("page", answer("200 OK", "", PAGE));
        answers.put("created", answer("201 x", "", PAGE));
        answers.put("unauthorized", answer("401 x", "WWW-Authenticate: Basic realm=\"x\"\r\n", PAGE));
        answers.put("refused", answer("403 x", "", "{}"));
        answers.put("refused-oddly", answer("403 x", "", "{\"https_port\":\"1\"}"));
        for (int status : new int[] {300, 301, 302, 303, 304, 305, 307, 308}) {
            answers.put("redirect-" + status, redirect(status, "/page"));
        }
        answers.put("relative", redirect(302, "page"));
        answers.put("absolute", redirect(302, "http://THIS/page"));
        answers.put("no-scheme", redirect(302, "//THIS/page"));
        answers.put("part", redirect(302, "/page#part"));
        answers.put("blank", redirect(302, "/page b"));
        answers.put("query", redirect(302, "/page?secret=page"));
        answers.put("others-credentials", redirect(302, "http://v:q@THIS/page"));
        answers.put("nowhere", redirect(302, ""));
        answers.put("ftp", redirect(302, "ftp://THIS/page"));
        answers.put("no-location", answer("302 x", "", PAGE));
        answers.put("gzip", answer("200 OK", "Content-Encoding: gzip\r\n", packed));
        answers.put("GZIP", answer("200 OK", "Content-Encoding: GZIP\r\n", packed));
        answers.put("x-gzip", answer("200 OK", "Content-Encoding: x-gzip\r\n", packed));
        answers.put("no-gzip", answer("200 OK", "Content-Encoding: gzip\r\n", PAGE));
        answers.put("half-gzip", answer("200 OK", "Content-Encoding: gzip\r\n", Arrays.copyOf(packed, 40)));
        answers.put("http-1.0", raw("HTTP/1.0 200 OK\r\n\r\n" + PAGE));
        answers.put("cut", raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + PAGE));
        answers.put("bare-newlines", raw("HTTP/1.1 200 OK\nContent-Length: " + PAGE.length() + "\n\n" + PAGE));
        answers.put("early-hints", raw("HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PAGE));
        answers.put("byte-order-mark", answer("200 OK", "", "\ufeff" + PAGE));
        answers.put("upper-case", answer("200 OK", "", PAGE.toUpperCase(Locale.ROOT)));
        answers.put(
                "keys-in-upper-case",
                answer("200 OK", "", PAGE.replace("ttl", "TTL").replace("identity", "IDENTITY")));
        answers.put("ttl-as-text", answer("200 OK", "", PAGE.replace("60", "\"60\"")));
        answers.put("ttl-twice", answer("200 OK", "", PAGE.replace("\"ttl\":60", "\"ttl\":0,\"TTL\":60,\"ttl\":null")));
        answers.put("identity-as-number", answer("200 OK", "", PAGE.replace("\"a\"", "5")));
        answers.put("channels-as-text", answer("200 OK", "", PAGE.replace("[\".*\"]", "\".*\"")));
        answers.put("trailing", answer("200 OK", "", PAGE + " x"));
        answers.put("null", answer("200 OK", "", "null"));
        return answers;
    }

    @Test
    void everyAnswerIsTakenAsTheGoDaemonTakesIt() throws Exception {
        Map<String, byte[]> answers = answers();
        for (int redirects : new int[] {5, 6, 9, 10, 11}) {
            answers.put("after-" + redirects, new byte[0]);
        }
        try (ScriptedServer server = new ScriptedServer((target, self) -> scripted(answers, target, self))) {
            String flag = "--auth-http-address=http://u:p%40w@" + server.address() + "/auth";
            try (Daemon go = GoTools.nsqd(byGo).flags(flag).start();
                    Daemon ours = Daemon.of(byOurs).flags(flag).start()) {
                List<String> byTheGoDaemon = new ArrayList<>();
                List<String> byOurDaemon = new ArrayList<>();
                for (String secret : answers.keySet()) {
                    byTheGoDaemon.add(secret + ": " + outcome(go, server, secret));
                    byOurDaemon.add(secret + ": " + outcome(ours, server, secret));
                }
                assertEquals(String.join("\n", byTheGoDaemon), String.join("\n", byOurDaemon));
            }
        }
    }

    private static byte[] scripted(Map<String, byte[]> answers, String target, String self) {
        if (target.startsWith("/page")) {
            return answers.get("page");
        }
        if (target.startsWith("/left/")) {
            int left = Integer.parseInt(target.substring("/left/".length()));
            return left == 0 ? answers.get("page") : redirect(302, "/left/" + (left - 1));
        }
        String secret = target.replaceFirst(".*secret=([^&]*).*", "$1");
        if (secret.startsWith("after-")) {
            return redirect(302, "/left/" + (Integer.parseInt(secret.substring("after-".length())) - 1));
        }
        String text = new String(answers.get(secret), StandardCharsets.ISO_8859_1);
        return text.replace("THIS", self).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Whether the client is let in, and the credentials of each request that it took. */
    private static String outcome(Daemon daemon, ScriptedServer server, String secret) throws IOException {
        int before = server.targets().size();
        try (V2Client client = V2Client.connect(daemon.tcpPort())) {
            Frame frame = client.send(V2Client.MAGIC).line("AUTH", secret).frame();
            String first = frame.type() == Frame.ERROR ? frame.data().split(" ", 2)[0] : "let in";
            List<String> credentials = server.header("authorization");
            return first + " " + credentials.subList(before, credentials.size());
        }
    }
}
