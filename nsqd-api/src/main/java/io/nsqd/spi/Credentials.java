package io.nsqd.spi;

import java.nio.charset.StandardCharsets;

/** What an {@link Authenticator} is told of a client. Immutable; its text does not show the secret. */
public final class Credentials {
    private final byte[] secret;
    private final String remoteIp;
    private final boolean tls;
    private final String commonName;

    /**
     * What is known of a client.
     *
     * @param secret the body of its AUTH, any bytes
     * @param remoteIp its address without port or brackets, empty over a unix socket
     * @param tls whether the connection is encrypted
     * @param commonName that of the TLS client certificate, verified or not; empty where there is none
     */
    public Credentials(byte[] secret, String remoteIp, boolean tls, String commonName) {
        this.secret = secret.clone();
        this.remoteIp = remoteIp;
        this.tls = tls;
        this.commonName = commonName;
    }

    /** The body of its AUTH. */
    public byte[] secret() {
        return secret.clone();
    }

    /** The body of its AUTH as text, which it usually is; what is no UTF-8 becomes U+FFFD. */
    public String secretText() {
        return new String(secret, StandardCharsets.UTF_8);
    }

    /** Its address without port or brackets, empty over a unix socket. */
    public String remoteIp() {
        return remoteIp;
    }

    /** Whether the connection is encrypted. */
    public boolean tls() {
        return tls;
    }

    /** The common name of the TLS client certificate, verified or not; empty where there is none. */
    public String commonName() {
        return commonName;
    }

    @Override
    public String toString() {
        return "Credentials[remoteIp=" + remoteIp + ", tls=" + tls + ", commonName=" + commonName + "]";
    }
}
