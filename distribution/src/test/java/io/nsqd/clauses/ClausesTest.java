package io.nsqd.clauses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Which clauses of the behaviour contract have a test that names them. Writes {@code target/clauses.md}: for each clause its
 * tests, and first of all those without.
 */
class ClausesTest {
    /** The parts of the contract in which no clause may be without a test. */
    private static final List<String> COMPLETE = List.of("P", "B", "S", "H", "T", "O", "L", "D", "X");

    private static final Path TOP = Path.of("..").toAbsolutePath().normalize();
    private static final Path REPORT = Path.of("target", "clauses.md");

    private static final Pattern TAG = Pattern.compile("@Tag\\(\"([A-Z]-\\d+)\"\\)");
    private static final Pattern METHOD = Pattern.compile("^    (?:public )?void (\\w+)\\(");

    /** All clauses, in the order of the contract, with the tests that name them. */
    private static Map<String, SortedSet<String>> clauses() throws IOException {
        Map<String, SortedSet<String>> clauses = new TreeMap<>(ClausesTest::compare);
        for (String line : Files.readAllLines(Path.of("src/test/resources/clauses.txt"))) {
            for (String clause : line.split(" ", -1)) {
                clauses.put(clause, new TreeSet<>());
            }
        }
        return clauses;
    }

    private static int compare(String one, String other) {
        int part = Character.compare(one.charAt(0), other.charAt(0));
        return part != 0 ? part : Integer.compare(number(one), number(other));
    }

    private static int number(String clause) {
        return Integer.parseInt(clause.substring(2));
    }

    /** Which tests name which clause. */
    private static SortedMap<String, SortedSet<String>> tests() throws IOException {
        SortedMap<String, SortedSet<String>> tests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(TOP, 20)) {
            files.filter(file ->
                            file.toString().endsWith(".java") && file.toString().contains("/src/test/java/"))
                    .forEach(file -> read(file, tests));
        }
        return tests;
    }

    private static void read(Path file, Map<String, SortedSet<String>> tests) {
        String name = file.getFileName().toString().replace(".java", "");
        SortedSet<String> tags = new TreeSet<>();
        try {
            for (String line : Files.readAllLines(file)) {
                Matcher tag = TAG.matcher(line);
                while (tag.find()) {
                    tags.add(tag.group(1));
                }
                Matcher method = METHOD.matcher(line);
                if (method.find()) {
                    for (String clause : tags) {
                        tests.computeIfAbsent(clause, c -> new TreeSet<>()).add(name + "." + method.group(1));
                    }
                    tags.clear();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Map<String, SortedSet<String>> clauses, List<String> missing) throws IOException {
        StringBuilder report = new StringBuilder("# Clauses of the behaviour contract\n\n");
        report.append("Without a test: ")
                .append(missing.isEmpty() ? "none" : String.join(", ", missing))
                .append("\n\n| clause | tests |\n|---|---|\n");
        clauses.forEach((clause, tests) -> report.append("| ")
                .append(clause)
                .append(" | ")
                .append(String.join(", ", tests))
                .append(" |\n"));
        Files.createDirectories(REPORT.getParent());
        Files.writeString(REPORT, report);
    }

    @Test
    void everyClauseOfAFinishedPartHasATest() throws IOException {
        Map<String, SortedSet<String>> clauses = clauses();
        SortedMap<String, SortedSet<String>> tests = tests();
        assertFalse(tests.isEmpty(), "there are no tests in " + TOP);
        List<String> unknown = tests.keySet().stream()
                .filter(clause -> !clauses.containsKey(clause))
                .toList();
        assertEquals(List.of(), unknown, "tests name clauses that there are not");
        tests.forEach((clause, names) -> clauses.get(clause).addAll(names));
        List<String> missing = clauses.entrySet().stream()
                .filter(clause -> clause.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
        write(clauses, missing);
        System.out.println("clauses without a test: " + (missing.isEmpty() ? "none" : String.join(" ", missing)));
        List<String> due = missing.stream()
                .filter(clause -> COMPLETE.contains(clause.substring(0, 1)))
                .toList();
        assertEquals(List.of(), due, "clauses without a test; see " + REPORT);
    }
}
