package io.nsqd.core.fsck;

import java.nio.file.Path;

/**
 * What is to be done.
 *
 * @param dataPath what to check
 * @param repair whether to repair it, too
 * @param fold whether to move what the journal has to the files of queues
 * @param json whether the report is for programs
 * @param terminal whether somebody is watching, who likes to know how far it is
 * @param limits what the daemon's options say about files
 */
record Request(Path dataPath, boolean repair, boolean fold, boolean json, boolean terminal, Limits limits) {
    private static final long DEFAULT_MESSAGE_BYTES = 1024 * 1024;
    private static final long DEFAULT_FILE_BYTES = 100 * 1024 * 1024;

    /** Whether anything is to be changed. */
    boolean changes() {
        return repair || fold;
    }

    /**
     * Reads arguments.
     *
     * @throws IllegalArgumentException with a line for the user
     */
    static Request parse(String... arguments) {
        String dataPath = "";
        boolean repair = false;
        boolean fold = false;
        boolean json = false;
        boolean terminal = false;
        long messageBytes = DEFAULT_MESSAGE_BYTES;
        long fileBytes = DEFAULT_FILE_BYTES;
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            String value = equals < 0 ? "" : argument.substring(equals + 1);
            switch (name) {
                case "--data-path" -> dataPath = value;
                case "--repair" -> repair = true;
                case "--fold-journal" -> fold = true;
                case "--terminal" -> terminal = true;
                case "--format" -> json = isJson(value);
                case "--max-msg-size" -> messageBytes = positive(name, value);
                case "--max-bytes-per-file" -> fileBytes = positive(name, value);
                default -> throw new IllegalArgumentException("unknown argument " + argument);
            }
        }
        if (dataPath.isEmpty()) {
            throw new IllegalArgumentException("--data-path is missing");
        }
        return new Request(
                Path.of(dataPath).toAbsolutePath().normalize(),
                repair,
                fold,
                json,
                terminal,
                new Limits(messageBytes, fileBytes));
    }

    private static boolean isJson(String format) {
        return switch (format) {
            case "text" -> false;
            case "json" -> true;
            default -> throw new IllegalArgumentException("unknown format " + format + " (text, json)");
        };
    }

    private static long positive(String name, String value) {
        try {
            long number = Long.parseLong(value);
            if (number > 0) {
                return Math.min(number, Integer.MAX_VALUE * 1024L * 1024);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " must be a number, not " + value, e);
        }
        throw new IllegalArgumentException(name + " must be more than 0");
    }
}
