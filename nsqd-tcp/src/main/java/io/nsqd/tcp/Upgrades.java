package io.nsqd.tcp;

/**
 * What a connection is wrapped in after IDENTIFY (P-36).
 *
 * @param tls TLS
 * @param deflate deflate, within TLS if there is any
 * @param snappy snappy framing, within TLS if there is any
 */
record Upgrades(boolean tls, boolean deflate, boolean snappy) {
    /** Nothing. */
    static final Upgrades NONE = new Upgrades(false, false, false);

    /**
     * What a client gets of what it asks for. A connection is wrapped once: a later IDENTIFY gets only what can go on top of
     * what there is.
     *
     * @param certified whether there is a certificate
     * @throws ProtocolException when it would get both compressions (P-37)
     */
    static Upgrades granted(Identify identify, Limits limits, boolean certified, Upgrades present)
            throws ProtocolException {
        boolean tls = identify.flag("tls_v1") && certified && !present.any();
        boolean deflate = identify.flag("deflate") && limits.deflate() && !present.isCompressed();
        boolean snappy = identify.flag("snappy") && limits.snappy() && !present.isCompressed();
        if (deflate && snappy) {
            throw new ProtocolException("E_IDENTIFY_FAILED", "cannot enable both deflate and snappy compression");
        }
        return new Upgrades(tls, deflate, snappy);
    }

    boolean any() {
        return tls || isCompressed();
    }

    boolean isCompressed() {
        return deflate || snappy;
    }

    Upgrades and(Upgrades more) {
        return new Upgrades(tls || more.tls, deflate || more.deflate, snappy || more.snappy);
    }
}
