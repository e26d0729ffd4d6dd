package io.nsqd.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;

/** Durations in the text form of NSQ's flags, logs and pages: {@code 1h2m3.5s}, {@code 250ms} (O-7, T-39). */
public final class GoDuration {
    private static final long MICRO = 1_000L;
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;

    private GoDuration() {}

    /**
     * Reads a duration: a sequence of decimal numbers, each with a unit of {@code ns us µs ms s m h}, or a bare {@code 0}.
     *
     * @return nanoseconds
     * @throws NsqdException with {@link Reason#BAD_OPTION}
     */
    public static long parse(String text) {
        String rest = text;
        boolean negative = false;
        if (rest.startsWith("-") || rest.startsWith("+")) {
            negative = rest.startsWith("-");
            rest = rest.substring(1);
        }
        if (rest.equals("0")) {
            return 0;
        }
        if (rest.isEmpty()) {
            throw bad();
        }
        BigDecimal total = BigDecimal.ZERO;
        while (!rest.isEmpty()) {
            int number = numberLength(rest);
            int unit = number;
            while (unit < rest.length() && rest.charAt(unit) != '.' && !isDigit(rest.charAt(unit))) {
                unit++;
            }
            total = total.add(number(rest.substring(0, number))
                    .multiply(BigDecimal.valueOf(unitNanos(rest.substring(number, unit)))));
            rest = rest.substring(unit);
        }
        BigInteger nanos = (negative ? total.negate() : total).toBigInteger();
        if (nanos.bitLength() > 63) {
            throw bad();
        }
        return nanos.longValue();
    }

    private static int numberLength(String text) {
        int length = 0;
        while (length < text.length() && (isDigit(text.charAt(length)) || text.charAt(length) == '.')) {
            length++;
        }
        return length;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static BigDecimal number(String digits) {
        if (digits.isEmpty() || digits.equals(".") || digits.indexOf('.') != digits.lastIndexOf('.')) {
            throw bad();
        }
        return new BigDecimal(digits.startsWith(".") ? "0" + digits : digits);
    }

    private static long unitNanos(String unit) {
        return switch (unit) {
            case "ns" -> 1;
            case "us", "\u00b5s", "\u03bcs" -> MICRO;
            case "ms" -> MILLI;
            case "s" -> SECOND;
            case "m" -> MINUTE;
            case "h" -> HOUR;
            default -> throw bad();
        };
    }

    private static NsqdException bad() {
        return new NsqdException(Reason.BAD_OPTION, "parse error");
    }

    /** The text of a duration: largest unit first, below a second in {@code ms}, {@code µs} or {@code ns} (T-39). */
    public static String toString(long nanos) {
        if (nanos == 0) {
            return "0s";
        }
        if (nanos == Long.MIN_VALUE) {
            return "-2562047h47m16.854775808s";
        }
        String sign = nanos < 0 ? "-" : "";
        long n = Math.abs(nanos);
        if (n < MICRO) {
            return sign + n + "ns";
        }
        if (n < MILLI) {
            return sign + decimal(n, MICRO, 3) + "\u00b5s";
        }
        if (n < SECOND) {
            return sign + decimal(n, MILLI, 6) + "ms";
        }
        StringBuilder text = new StringBuilder(sign);
        if (n >= HOUR) {
            text.append(n / HOUR).append('h');
        }
        if (n >= MINUTE) {
            text.append(n % HOUR / MINUTE).append('m');
        }
        return text.append(decimal(n % MINUTE, SECOND, 9)).append('s').toString();
    }

    private static String decimal(long value, long unit, int digits) {
        String whole = Long.toString(value / unit);
        if (value % unit == 0) {
            return whole;
        }
        String fraction = String.format(Locale.ROOT, "%0" + digits + "d", value % unit);
        return whole + "." + fraction.replaceAll("0+$", "");
    }
}
