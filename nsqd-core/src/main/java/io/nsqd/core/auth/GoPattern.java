package io.nsqd.core.auth;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Turns a regular expression in Go's syntax (RE2) into a Java pattern that finds the same in the name of a topic or a
 * channel. What RE2 does not know is refused: look-around, backreferences, atomic groups, possessive quantifiers.
 *
 * <p>Names are ASCII without line ends, and it only counts whether something is found. So the flags {@code s}, {@code m} and
 * {@code U} make no difference and are left out, and groups need no names.
 */
final class GoPattern {
    /** As in Go: deeper nesting is refused; the compiler of patterns is recursive. */
    private static final int MAX_DEPTH = 1000;

    /** As in Go: {@code {n}}, and what they come to when nested. */
    private static final int MAX_REPEAT = 1000;

    private final String source;
    private final StringBuilder java = new StringBuilder();
    private int at;

    /** Whether there is something to repeat, and whether a quantifier has just been: none may follow then. */
    private boolean atom;

    private boolean quantified;

    /** How often the last atom repeats what is in it, and the most of any atom in each open group. */
    private int atomRepeats = 1;

    private final Deque<Integer> groupRepeats = new ArrayDeque<>(List.of(1));

    private GoPattern(String source) {
        this.source = source;
    }

    /**
     * Compiles an expression.
     *
     * @throws IOException when it is not valid in Go
     */
    static Pattern compile(String expression) throws IOException {
        GoPattern translation = new GoPattern(expression);
        translation.translate();
        try {
            return Pattern.compile(translation.java.toString(), Pattern.UNICODE_CASE);
        } catch (PatternSyntaxException e) {
            throw new IOException("error parsing regexp: " + e.getDescription() + ": `" + expression + "`", e);
        } catch (StackOverflowError e) {
            throw new IOException("error parsing regexp: expression nests too deeply", e);
        }
    }

    private IOException invalid(String what) {
        return new IOException("error parsing regexp: " + what + ": `" + source + "`");
    }

    private boolean isAt(String text) {
        return source.startsWith(text, at);
    }

    private void copy(int chars) {
        java.append(source, at, at + chars);
        at += chars;
    }

    private void translate() throws IOException {
        while (at < source.length()) {
            char c = source.charAt(at);
            boolean quantifier = c == '*' || c == '+' || c == '?' || (c == '{' && repeatLength() > 0);
            if (quantifier) {
                quantifier(c);
                continue;
            }
            quantified = false;
            atomRepeats = 1;
            atom = c != '(' && c != '|';
            switch (c) {
                case '(' -> open();
                case ')' -> close();
                case '[' -> characterClass();
                case '\\' -> escape(false);
                case '{', '}' -> {
                    java.append('\\');
                    copy(1);
                }
                default -> copy(1);
            }
        }
    }

    // ---- quantifiers

    private void quantifier(char c) throws IOException {
        if (!atom) {
            throw invalid("missing argument to repetition operator");
        }
        if (quantified) {
            throw invalid("invalid nested repetition operator");
        }
        quantified = true;
        copy(c == '{' ? checkedRepeatLength() : 1);
        if (isAt("?")) {
            copy(1);
        }
    }

    /** Characters of {@code {n}}, {@code {n,}} or {@code {n,m}}; 0 when this is no quantifier but a brace. */
    private int repeatLength() {
        int end = digits(at + 1);
        if (end == at + 1 || end == source.length()) {
            return 0;
        }
        if (source.charAt(end) == ',') {
            end = digits(end + 1);
        }
        return end < source.length() && source.charAt(end) == '}' ? end + 1 - at : 0;
    }

    private int digits(int from) {
        int end = from;
        while (end < source.length() && source.charAt(end) >= '0' && source.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    private int checkedRepeatLength() throws IOException {
        int length = repeatLength();
        int most = 0;
        for (String number : source.substring(at + 1, at + length - 1).split(",", -1)) {
            int count = number.isEmpty() ? 0 : number.length() > 4 ? MAX_REPEAT + 1 : Integer.parseInt(number);
            most = Math.max(most, count);
        }
        int repeats = Math.max(1, most) * atomRepeats;
        if (most > MAX_REPEAT || repeats > MAX_REPEAT) {
            throw invalid("invalid repeat count");
        }
        groupRepeats.push(Math.max(groupRepeats.pop(), repeats));
        return length;
    }

    // ---- groups

    private void open() throws IOException {
        if (groupRepeats.size() > MAX_DEPTH) {
            throw invalid("expression nests too deeply");
        }
        if (!isAt("(?")) {
            groupRepeats.push(1);
            copy(1);
        } else if (isAt("(?P<") || (isAt("(?<") && !isAt("(?<=") && !isAt("(?<!"))) {
            namedGroup();
        } else {
            flags();
        }
    }

    private void close() throws IOException {
        if (groupRepeats.size() == 1) {
            throw invalid("unexpected )");
        }
        atomRepeats = groupRepeats.pop();
        groupRepeats.push(Math.max(groupRepeats.pop(), atomRepeats));
        copy(1);
    }

    private void namedGroup() throws IOException {
        int start = source.indexOf('<', at) + 1;
        int end = source.indexOf('>', start);
        if (end <= start || !source.substring(start, end).chars().allMatch(c -> c == '_' || isAlphanumeric(c))) {
            throw invalid("invalid named capture");
        }
        groupRepeats.push(1);
        java.append('(');
        at = end + 1;
    }

    /** Only {@code i} matters. */
    private void flags() throws IOException {
        int end = at + 2;
        StringBuilder kept = new StringBuilder("(?");
        boolean negative = false;
        boolean any = false;
        for (; end < source.length() && source.charAt(end) != ')' && source.charAt(end) != ':'; end++) {
            char flag = source.charAt(end);
            if ((flag == '-' && negative) || "-imsU".indexOf(flag) < 0) {
                throw invalid("invalid or unsupported Perl syntax");
            }
            any = flag != '-';
            negative |= flag == '-';
            if (flag == '-' || flag == 'i') {
                kept.append(flag);
            }
        }
        if (end == source.length() || (negative && !any) || (source.charAt(end) == ')' && end == at + 2)) {
            throw invalid("missing argument or end of group");
        }
        boolean group = source.charAt(end) == ':';
        if (group) {
            groupRepeats.push(1);
        }
        at = end + 1;
        java.append(kept).append(group ? ':' : ')');
    }

    // ---- escapes

    private static boolean isAlphanumeric(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private void escape(boolean inClass) throws IOException {
        if (at + 1 == source.length()) {
            throw invalid("trailing backslash at end of expression");
        }
        char c = source.charAt(at + 1);
        if (c < 0x80 && !isAlphanumeric(c)) {
            copy(2);
        } else if ("adDfnrsStwW".indexOf(c) >= 0 || (!inClass && "AbBz".indexOf(c) >= 0)) {
            copy(2);
        } else if (c == 'v') {
            at += 2;
            java.append("\\x0B");
        } else if (c == 'Q' && !inClass) {
            quotation();
        } else if (c == 'x') {
            hexadecimal();
        } else if (c == 'p' || c == 'P') {
            property();
        } else if (c == '0' || (c > '0' && c <= '7' && at + 2 < source.length() && isOctal(source.charAt(at + 2)))) {
            octal();
        } else {
            throw invalid("invalid escape sequence \\" + c);
        }
    }

    private static boolean isOctal(char c) {
        return c >= '0' && c <= '7';
    }

    private void quotation() {
        int end = source.indexOf("\\E", at);
        String quoted = source.substring(at + 2, end < 0 ? source.length() : end);
        at = end < 0 ? source.length() : end + 2;
        quoted.codePoints().forEach(this::literal);
    }

    private void literal(int codePoint) {
        java.append(String.format(Locale.ROOT, "\\x{%x}", codePoint));
    }

    private void hexadecimal() throws IOException {
        boolean braces = isAt("\\x{");
        int start = at + (braces ? 3 : 2);
        int end = braces ? source.indexOf('}', start) : Math.min(start + 2, source.length());
        if (end <= start || (!braces && end - start < 2)) {
            throw invalid("invalid escape sequence \\x");
        }
        try {
            literal(Character.toString(Integer.parseUnsignedInt(source.substring(start, end), 16))
                    .codePointAt(0));
        } catch (IllegalArgumentException e) {
            throw invalid("invalid escape sequence \\x");
        }
        at = end + (braces ? 1 : 0);
    }

    private void octal() {
        int value = 0;
        int end = at + 1;
        for (; end < source.length() && end < at + 4 && isOctal(source.charAt(end)); end++) {
            value = value * 8 + (source.charAt(end) - '0');
        }
        literal(value);
        at = end;
    }

    /** A category has one or two letters; everything longer is a script. */
    private void property() throws IOException {
        boolean braces = at + 2 < source.length() && source.charAt(at + 2) == '{';
        int start = at + (braces ? 3 : 2);
        int end = braces ? source.indexOf('}', start) : start + 1;
        if (end <= start || end > source.length()) {
            throw invalid("invalid character class range");
        }
        String name = source.substring(start, end);
        boolean negative = source.charAt(at + 1) == 'P' ^ name.startsWith("^");
        name = name.startsWith("^") ? name.substring(1) : name;
        if (name.isEmpty() || !name.chars().allMatch(c -> c == '_' || isAlphanumeric(c))) {
            throw invalid("invalid character class range");
        }
        at = end + (braces ? 1 : 0);
        if (name.equals("Any")) {
            java.append(negative ? "[^\\x{0}-\\x{10ffff}]" : "[\\x{0}-\\x{10ffff}]");
        } else {
            java.append(negative ? "\\P{" : "\\p{")
                    .append(name.length() <= 2 ? name : "Is" + name)
                    .append('}');
        }
    }

    // ---- classes

    private void characterClass() throws IOException {
        java.append('[');
        at++;
        if (isAt("^")) {
            copy(1);
        }
        boolean first = true;
        while (at < source.length() && (first || source.charAt(at) != ']')) {
            if (isAt("[:")) {
                namedClass();
            } else if (source.charAt(at) == '\\') {
                escape(true);
            } else if (source.charAt(at) == '-') {
                hyphen(first);
            } else {
                int codePoint = source.codePointAt(at);
                at += Character.charCount(codePoint);
                literal(codePoint);
            }
            first = false;
        }
        if (at == source.length()) {
            throw invalid("missing closing ]");
        }
        copy(1);
    }

    /** Makes a range, but for the first and the last of a class, which stand for themselves. */
    private void hyphen(boolean first) {
        if (first || isAt("-]")) {
            at++;
            java.append("\\-");
        } else {
            copy(1);
        }
    }

    private void namedClass() throws IOException {
        int end = source.indexOf(":]", at);
        if (end < 0) {
            at++;
            java.append("\\[");
            return;
        }
        String name = source.substring(at + 2, end);
        boolean negative = name.startsWith("^");
        String posix =
                switch (negative ? name.substring(1) : name) {
                    case "alnum" -> "Alnum";
                    case "alpha" -> "Alpha";
                    case "ascii" -> "ASCII";
                    case "blank" -> "Blank";
                    case "cntrl" -> "Cntrl";
                    case "digit" -> "Digit";
                    case "graph" -> "Graph";
                    case "lower" -> "Lower";
                    case "print" -> "Print";
                    case "punct" -> "Punct";
                    case "space" -> "Space";
                    case "upper" -> "Upper";
                    case "xdigit" -> "XDigit";
                    case "word" -> "w";
                    default -> throw invalid("invalid character class range");
                };
        at = end + 2;
        if (posix.equals("w")) {
            java.append(negative ? "\\W" : "\\w");
        } else {
            java.append(negative ? "\\P{" : "\\p{").append(posix).append('}');
        }
    }
}
