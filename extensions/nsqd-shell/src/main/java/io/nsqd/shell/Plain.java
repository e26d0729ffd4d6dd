package io.nsqd.shell;

/** Makes text fit for a terminal: whoever publishes or connects must not be able to send it control sequences. */
final class Plain {
    private Plain() {}

    /** The text with its control characters spelt out. */
    static String text(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c != '\t' && Character.isISOControl(c)) {
                plain.append(String.format("\\x%02x", c));
            } else {
                plain.appendCodePoint(c);
            }
        });
        return plain.toString();
    }
}
