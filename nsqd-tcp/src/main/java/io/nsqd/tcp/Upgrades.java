package io.nsqd.tcp;

/**
 * What a connection is about to be wrapped in after IDENTIFY (P-36).
 *
 * @param tls TLS
 * @param deflate deflate, within TLS if there is any
 * @param snappy snappy framing, within TLS if there is any
 */
record Upgrades(boolean tls, boolean deflate, boolean snappy) {
    /** Nothing. */
    static final Upgrades NONE = new Upgrades(false, false, false);
}
