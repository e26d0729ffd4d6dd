package io.nsqd.api;

import java.util.Locale;

/** Which clients must use TLS (O-10); the number is what {@code /config/tls_required} shows. */
public enum TlsRequired {
    /** None. */
    FALSE(0),
    /** TCP clients; HTTP may be plain. */
    TCP_HTTPS(1),
    /** All. */
    TRUE(2);

    private final int number;

    TlsRequired(int number) {
        this.number = number;
    }

    /** 0, 1 or 2. */
    public int number() {
        return number;
    }

    /**
     * Reads {@code tcp-https} in any letter case, or a boolean.
     *
     * @throws NsqdException with {@link Reason#BAD_OPTION}
     */
    public static TlsRequired parse(String text) {
        if (text.toLowerCase(Locale.ROOT).equals("tcp-https")) {
            return TCP_HTTPS;
        }
        if (!OptionText.isBoolean(text)) {
            throw new NsqdException(Reason.BAD_OPTION, "strconv.ParseBool: parsing \"" + text + "\": invalid syntax");
        }
        return OptionText.parseBoolean(text) ? TRUE : FALSE;
    }

    /** The word as a flag takes it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
