package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bodies of IDENTIFY and AUTH: their sizes, and what JSON is taken. */
class IdentifyBodyTest extends DaemonCase {
    private static final int MAX_BODY = 5_242_880;

    @ParameterizedTest
    @Tag("P-30")
    @Tag("P-70")
    @Tag("P-14")
    @ValueSource(strings = {"", "\0", "\0\0\0"})
    void aSizeThatDoesNotComeIsAnError(String start) throws IOException {
        open().line("IDENTIFY").send(start).shutdownOutput().refuses("E_BAD_BODY IDENTIFY failed to read body size");
        open().line("AUTH").send(start).shutdownOutput().refuses("E_BAD_BODY AUTH failed to read body size");
    }

    @ParameterizedTest
    @Tag("P-30")
    @Tag("P-70")
    @ValueSource(ints = {MAX_BODY + 1, Integer.MAX_VALUE})
    void aSizeAboveTheLimitIsRefusedBeforeTheBodyComes(int size) throws IOException {
        String tail = " body too big " + size + " > " + MAX_BODY;
        open().line("IDENTIFY").send(V2Client.int32(size)).refuses("E_BAD_BODY IDENTIFY" + tail);
        open().line("AUTH").send(V2Client.int32(size)).refuses("E_BAD_BODY AUTH" + tail);
    }

    @ParameterizedTest
    @Tag("P-30")
    @Tag("P-70")
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aSizeOf0OrLessIsRefused(int size) throws IOException {
        open().line("IDENTIFY").send(V2Client.int32(size)).refuses("E_BAD_BODY IDENTIFY invalid body size " + size);
        open().line("AUTH").send(V2Client.int32(size)).refuses("E_BAD_BODY AUTH invalid body size " + size);
    }

    @Test
    @Tag("P-30")
    void aBodyOfExactlyTheLimitIsRead() throws IOException {
        open().line("IDENTIFY", "{}" + " ".repeat(MAX_BODY - 2)).answersOk();
    }

    @ParameterizedTest
    @Tag("P-30")
    @Tag("P-70")
    @ValueSource(strings = {"", "{", "{\"client_id\":1"})
    void aBodyThatDoesNotComeIsAnError(String start) throws IOException {
        open().line("IDENTIFY")
                .send(V2Client.int32(15) + start)
                .shutdownOutput()
                .refuses("E_BAD_BODY IDENTIFY failed to read body");
        open().line("AUTH")
                .send(V2Client.int32(15) + start)
                .shutdownOutput()
                .refuses("E_BAD_BODY AUTH failed to read body");
    }

    @ParameterizedTest
    @Tag("P-30")
    @Tag("P-31")
    @ValueSource(
            strings = {
                " ",
                "x",
                "{",
                "}",
                "[]",
                "\"\"",
                "1",
                "true",
                "nul",
                "nulll",
                "{}x",
                "{}{}",
                "{} null",
                "{}\0",
                "{,}",
                "{\"a\":1,}",
                "{'a':1}",
                "{a:1}",
                "{\"a\":01}",
                "{\"a\":+1}",
                "{\"a\":.5}",
                "{\"a\":NaN}",
                "{\"a\":\"\t\"}",
                "{\"a\":\"\\x\"}",
                "{\"a\" 1}",
                "{/**/}",
                "\u00ef\u00bb\u00bf{}",
                "\ufeff",
                "{\"client_id\":1}",
                "{\"client_id\":[]}",
                "{\"hostname\":true}",
                "{\"user_agent\":{}}",
                "{\"feature_negotiation\":1}",
                "{\"feature_negotiation\":\"true\"}",
                "{\"tls_v1\":0}",
                "{\"snappy\":\"\"}",
                "{\"deflate\":[]}",
                "{\"deflate_level\":\"6\"}",
                "{\"heartbeat_interval\":\"1000\"}",
                "{\"heartbeat_interval\":1000.0}",
                "{\"heartbeat_interval\":1e3}",
                "{\"heartbeat_interval\":true}",
                "{\"heartbeat_interval\":9223372036854775808}",
                "{\"msg_timeout\":123456789012345678901234567890}",
                "{\"sample_rate\":4294967296}",
                "{\"sample_rate\":2147483648}",
                "{\"sample_rate\":-2147483649}"
            })
    void whatIsNoJsonOrOfAWrongTypeIsRefused(String body) throws IOException {
        open().line("IDENTIFY", Frame.bytes(body)).refuses("E_BAD_BODY IDENTIFY failed to decode JSON body");
    }

    @ParameterizedTest
    @Tag("P-31")
    @ValueSource(
            strings = {
                "null",
                " null ",
                "{}",
                " \t\r\n{} \t\r\n",
                "{\"unknown\":[1,{\"a\":null}],\"more\":1e3}",
                "{\"client_id\":null,\"sample_rate\":null,\"snappy\":null}",
                "{\"heartbeat_interval\":-0}",
                "{\"client_id\":\"\u00ff\u00fe\"}",
                "{\"client_id\":\"\\ud800\"}",
                "{\"\u00ff\":1}",
                "{\"\":1}"
            })
    void whatIsGoodEnoughIsTaken(String body) throws IOException {
        open().line("IDENTIFY", body).answersOk();
    }

    @ParameterizedTest
    @Tag("P-31")
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "`{\"client_id\":\"a\"}`, a",
                "`{\"CLIENT_ID\":\"a\"}`, a",
                "`{\"Client_Id\":\"a\"}`, a",
                "`{\"client_id\":\"a\",\"client_id\":\"b\"}`, b",
                "`{\"client_id\":\"a\",\"CLIENT_ID\":\"b\"}`, b",
                "`{\"client_id\":\"a\",\"client_id\":null}`, a",
                "`{\"client_id\":\"\\u00e9\\n\"}`, `\u00e9\n`",
                "`{\"client_id\":\"\u00c3\u00a9\"}`, \u00e9",
                "`{\"client_id\":\"a\u00ffb\"}`, a\ufffdb",
                "`{\"client_id\":\"a\\ud800b\"}`, a\ufffdb",
                "`{\"client_id\":\"a\\udc00\\ud800\"}`, a\ufffd\ufffd",
                "`{\"client_id\":\"\\ud83d\\ude00\"}`, \ud83d\ude00",
                "`{\"clientid\":\"a\"}`, ``"
            })
    void keysMatchInAnyCaseAndTheLastOneCounts(String body, String clientId) throws IOException {
        subscriber("c", body);
        assertEquals(clientId, clientStats("c").path("client_id").asText());
    }

    @Test
    @Tag("P-31")
    void aBadValueIsAnErrorAlsoWhenAGoodOneFollows() throws IOException {
        open().line("IDENTIFY", "{\"client_id\":1,\"client_id\":\"a\"}")
                .refuses("E_BAD_BODY IDENTIFY failed to decode JSON body");
    }

    /** Ten thousand levels, the object itself among them; numbers, names and texts as long as a body may be. */
    @Test
    @Tag("P-31")
    void whatIsDeepOrLongIsTakenAsFarAsTheGoDaemonTakesIt() throws IOException {
        open().line("IDENTIFY", "{\"o\":" + "[".repeat(9_999) + "]".repeat(9_999) + "}")
                .answersOk();
        open().line("IDENTIFY", "{\"o\":" + "{\"a\":".repeat(9_999) + "0" + "}".repeat(9_999) + "}")
                .answersOk();
        open().line("IDENTIFY", "{\"o\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}")
                .refuses("E_BAD_BODY IDENTIFY failed to decode JSON body");
        String digits = "7".repeat(1_000_000);
        open().line("IDENTIFY", "{\"o\":" + digits + "." + digits + "e" + digits + "}")
                .answersOk();
        open().line("IDENTIFY", "{\"o" + digits + "\":\"" + digits + "\"}").answersOk();
        open().line("IDENTIFY", "{\"msg_timeout\":" + digits + "}")
                .refuses("E_BAD_BODY IDENTIFY failed to decode JSON body");
    }

    @Test
    @Tag("P-30")
    void aBodyMayComeByteByByte() throws IOException {
        open().send(V2Client.command("IDENTIFY", "{\"client_id\":\"a\"}"), 1).answersOk();
    }

    @Test
    @Tag("P-70")
    void withoutAnAuthServerAuthIsDisabled() throws IOException {
        open().line("AUTH", "secret").refuses("E_AUTH_DISABLED AUTH disabled");
        open().send(V2Client.command("AUTH", "secret"), 1).refuses("E_AUTH_DISABLED AUTH disabled");
        open().line("AUTH", "x".repeat(MAX_BODY)).refuses("E_AUTH_DISABLED AUTH disabled");
    }

    @ParameterizedTest
    @Tag("P-70")
    @ValueSource(strings = {"AUTH ", "AUTH secret", "AUTH a b"})
    void authTakesNoParameters(String line) throws IOException {
        open().line(line).refuses("E_INVALID AUTH invalid number of parameters");
    }
}
