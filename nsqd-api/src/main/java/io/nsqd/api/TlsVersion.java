package io.nsqd.api;

import java.util.Locale;

/** A version of TLS; the number is the protocol's own (O-42). */
public enum TlsVersion {
    /** TLS 1.0. */
    TLS1_0(769),
    /** TLS 1.1. */
    TLS1_1(770),
    /** TLS 1.2. */
    TLS1_2(771),
    /** TLS 1.3. */
    TLS1_3(772);

    private final int number;

    TlsVersion(int number) {
        this.number = number;
    }

    /** The number on the wire. */
    public int number() {
        return number;
    }

    /**
     * Reads {@code tls1.0} to {@code tls1.3} in any letter case.
     *
     * @throws NsqdException with {@link Reason#BAD_OPTION}
     */
    public static TlsVersion parse(String text) {
        for (TlsVersion version : values()) {
            if (version.toString().equals(text.toLowerCase(Locale.ROOT))) {
                return version;
            }
        }
        throw new NsqdException(Reason.BAD_OPTION, "unknown tlsVersionOption \"" + text + "\"");
    }

    /** The word as a flag takes it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
