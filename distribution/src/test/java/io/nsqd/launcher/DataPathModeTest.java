package io.nsqd.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the process is no daemon. */
class DataPathModeTest {
    @Test
    void itIsADaemonUnlessADataPathIsToBeChecked() throws StartException {
        assertFalse(DataPathMode.of(CommandLine.parse("--data-path=x").values()).isPresent());
        assertTrue(DataPathMode.of(CommandLine.parse("--check-data-path=x").values())
                .isPresent());
        assertTrue(DataPathMode.of(CommandLine.parse("-check-data-path", "x", "-repair", "-format=json")
                        .values())
                .isPresent());
    }

    @ParameterizedTest
    @Tag("O-20")
    @CsvSource(
            delimiter = '|',
            value = {
                "--repair | flag -repair needs -check-data-path",
                "--fold-journal | flag -fold-journal needs -check-data-path",
                "--format=json | flag -format needs -check-data-path",
                "--check-data-path= | flag -check-data-path needs a directory",
                "--check-data-path=x --format=xml | invalid value \"xml\" for flag -format: unknown format (text, json)",
                "--check-data-path=x --repare | flag provided but not defined: -repare"
            })
    void aWrongUseIsRefusedWithTheUsageText(String arguments, String line) {
        StartException failure = assertThrows(
                StartException.class,
                () -> DataPathMode.of(
                        CommandLine.parse(arguments.split(" ", -1)).values()));
        assertEquals(StartException.USAGE, failure.exitCode());
        assertEquals(line + "\n" + Usage.text().stripTrailing(), failure.getMessage());
    }
}
