package io.nsqd.tcp;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How lines are read and split. */
class CommandLineTest extends DaemonCase {
    private static final int LIMIT = 16_384;
    private static final String UNKNOWN_ID = "0123456789abcdef";

    private static String padded(String start, int length) {
        return start + "x".repeat(length - start.length());
    }

    @Test
    @Tag("P-10")
    void aCarriageReturnBeforeTheNewlineIsDropped() throws IOException {
        V2Client client = open().send("NOP\r\nPUB " + topic + "\r\n" + V2Client.sized("x"));
        client.answersOk();
        client.send("SUB " + topic + " c\r\n").answersOk();
        client.send("RDY 1\r\n").delivery();
    }

    @Test
    @Tag("P-10")
    void onlyOneCarriageReturnIsDropped() throws IOException {
        open().send("NOP\r\r\n").refuses("E_INVALID invalid command NOP\r");
    }

    @Test
    @Tag("P-10")
    void aCarriageReturnElsewhereIsKept() throws IOException {
        open().send("\rNOP\n").refuses("E_INVALID invalid command \rNOP");
    }

    @Test
    @Tag("P-10")
    void aCarriageReturnAndItsNewlineMayComeApart() throws IOException {
        V2Client client = open().send("NOP\r");
        client.isSilentFor(MOMENT);
        assertOpen(client.send("\n"));
    }

    @Test
    @Tag("P-11")
    void twoSpacesMakeAnEmptyParameter() throws IOException {
        open().line("PUB  " + topic).refuses("E_BAD_TOPIC PUB topic name \"\" is not valid");
    }

    @Test
    @Tag("P-11")
    void aTrailingSpaceMakesATrailingEmptyParameter() throws IOException {
        open().line("SUB " + topic + " ").refuses("E_BAD_CHANNEL SUB channel name \"\" is not valid");
    }

    @Test
    @Tag("P-11")
    @Tag("P-12")
    void aLeadingSpaceMakesAnEmptyCommand() throws IOException {
        open().line(" NOP").refuses("E_INVALID invalid command ");
    }

    @Test
    @Tag("P-11")
    @Tag("P-12")
    void aTabDoesNotSeparate() throws IOException {
        open().line("PUB\t" + topic).refuses("E_INVALID invalid command PUB\t" + topic);
    }

    @ParameterizedTest
    @Tag("P-12")
    @ValueSource(strings = {"", "X", "nop", "Pub", "PUBLISH", "NO", "NOPE", "IDENTIFYX", "AUTHORIZE", "\0NOP", "NOP\0"})
    void anUnknownCommandIsNamed(String command) throws IOException {
        open().line(command).refuses("E_INVALID invalid command " + command);
    }

    @Test
    @Tag("P-12")
    void ofAnUnknownCommandOnlyTheNameIsShown() throws IOException {
        open().line("HELLO big world").refuses("E_INVALID invalid command HELLO");
    }

    @Test
    @Tag("P-12")
    void anUnknownCommandIsShownByteForByte() throws IOException {
        V2Client client = open().line("\u00ff\u00c3\u00a9\u00e2\u0080\u0001");
        client.answersWith(new Frame(Frame.ERROR, "E_INVALID invalid command \u00ff\u00c3\u00a9\u00e2\u0080\u0001"));
        client.closes();
    }

    @Test
    @Tag("P-12")
    void aCommandIsUnknownInEveryState() throws IOException {
        subscriber("c").line("HELLO").refuses("E_INVALID invalid command HELLO");
        subscriber("c").line("CLS").answers("CLOSE_WAIT").line("HELLO").refuses("E_INVALID invalid command HELLO");
    }

    @ParameterizedTest
    @Tag("P-13")
    @ValueSource(ints = {LIMIT, 1, 1000, LIMIT - 1})
    void aLineOf16384BytesIsRead(int pieceLength) throws IOException {
        assertOpen(open().send(padded("NOP ", LIMIT - 1) + "\n", pieceLength));
    }

    @Test
    @Tag("P-13")
    void aLineOf16384BytesWithACarriageReturnIsRead() throws IOException {
        assertOpen(open().send(padded("NOP ", LIMIT - 2) + "\r\n"));
    }

    @Test
    @Tag("P-13")
    void aLongLineIsReadBehindAnother() throws IOException {
        assertOpen(open().send("NOP\n" + padded("NOP ", LIMIT - 1) + "\n" + padded("NOP ", LIMIT - 1) + "\nNOP\n"));
    }

    @ParameterizedTest
    @Tag("P-13")
    @Tag("P-6")
    @ValueSource(ints = {LIMIT + 1, 1, 1000, LIMIT})
    void aLineOf16385BytesClosesWithoutAFrame(int pieceLength) throws IOException {
        V2Client client = open();
        try {
            client.send(padded("NOP ", LIMIT) + "\n", pieceLength);
        } catch (IOException e) {
            // Closed before the last piece: as good.
        }
        client.closes();
    }

    @Test
    @Tag("P-13")
    void sixteenKibibytesWithoutANewlineCloseWithoutAFrame() throws IOException {
        open().send(padded("NOP ", LIMIT)).closes();
    }

    @Test
    @Tag("P-13")
    void whatWasSentBeforeALongLineIsAnswered() throws IOException {
        V2Client client = open();
        assertOpen(client);
        client.send(V2Client.command("PUB " + topic, "x")).answersOk();
        client.send(padded("NOP ", LIMIT)).closes();
    }

    @Test
    @Tag("P-14")
    void theEndBetweenLinesClosesAfterTheAnswers() throws IOException {
        open().line("PUB " + topic, "x").shutdownOutput().answersOk().closes();
    }

    @ParameterizedTest
    @Tag("P-14")
    @ValueSource(strings = {"N", "NOP", "NOP\r", "PUB topic", "HELLO", " ", "FIN"})
    void theEndWithinALineClosesWithoutAFrame(String start) throws IOException {
        open().send(start).shutdownOutput().closes();
        open().line("PUB " + topic, "x")
                .send(start)
                .shutdownOutput()
                .answersOk()
                .closes();
    }

    @ParameterizedTest
    @Tag("P-15")
    @ValueSource(strings = {"+1", "-1", "0x1", "1.0", "1e3", "\t1", "1\t", "a", "1_000", "\u0661"})
    void whatIsNotDigitsIsNoNumber(String number) throws IOException {
        String bytes = Frame.bytes(number);
        subscriber("c").line("RDY " + bytes).refuses("E_INVALID RDY could not parse count " + number);
        subscriber("c")
                .line("REQ " + UNKNOWN_ID + " " + bytes)
                .refuses("E_INVALID REQ could not parse timeout " + number);
        open().line("DPUB " + topic + " " + bytes, "x").refuses("E_INVALID DPUB could not parse timeout " + number);
    }

    @Test
    @Tag("P-15")
    void aBadNumberIsShownByteForByte() throws IOException {
        V2Client client = subscriber("c").line("RDY \u00ff1");
        client.answersWith(new Frame(Frame.ERROR, "E_INVALID RDY could not parse count \u00ff1"));
        client.closes();
    }

    @ParameterizedTest
    @Tag("P-15")
    @Tag("P-54")
    @CsvSource({
        "007, 7",
        "18446744073709551617, 1",
        "18446744073709551616, 0",
        "36893488147419103234, 2",
        "00000000000000000000000000000000000000000000000000000000000002500, 2500"
    })
    void numbersWrapSilently(String number, int ready) throws IOException {
        V2Client client = subscriber("c").line("RDY " + number);
        assertOpen(client);
        eventually(() -> clientStats("c").path("ready_count").asInt() == ready);
    }

    @ParameterizedTest
    @Tag("P-16")
    @ValueSource(strings = {"NOP x  y", "NOP "})
    void surplusParametersAreIgnored(String line) throws IOException {
        assertOpen(open().line(line));
    }

    @Test
    @Tag("P-16")
    void surplusParametersOfEachCommandAreIgnored() throws IOException {
        V2Client client = open();
        client.line("IDENTIFY a b", "{}").answersOk();
        client.line("PUB " + topic + " extra ", "1").answersOk();
        client.line("MPUB " + topic + " extra", V2Client.batch("2")).answersOk();
        client.line("DPUB " + topic + " 0 extra", "3").answersOk();
        client.line("SUB " + topic + " c extra").answersOk();
        client.line("RDY 1 x");
        String id = client.delivery().id();
        client.line("TOUCH " + id + " extra").line("REQ " + id + " 0 extra");
        client.line("FIN " + client.delivery().id() + " extra");
        client.line("FIN " + client.delivery().id() + " a b c d e f");
        client.delivery();
        client.line("CLS extra").answers("CLOSE_WAIT");
    }

    @Test
    @Tag("P-17")
    void aBodyMayComeLongAfterItsLine() throws IOException {
        V2Client client = open().line("PUB " + topic);
        client.isSilentFor(MOMENT);
        client.send(V2Client.int32(4) + "bo");
        client.isSilentFor(MOMENT);
        client.send("dy").answersOk();
    }

    @Test
    @Tag("P-17")
    void aBodyIsNotReadAsLines() throws IOException {
        V2Client client = open().line("PUB " + topic, "HELLO\nHELLO\n").answersOk();
        assertOpen(client);
    }
}
