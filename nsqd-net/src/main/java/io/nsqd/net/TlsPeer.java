package io.nsqd.net;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;

/** What a TLS client has shown of itself. */
public final class TlsPeer {
    private TlsPeer() {}

    /**
     * The common name of the client's certificate, verified or not (P-73). Called on the channel's loop.
     *
     * @return empty where there is no TLS, no certificate, or no name in it
     */
    public static String commonName(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            return "";
        }
        try {
            String subject = tls.engine().getSession().getPeerPrincipal().getName();
            for (Rdn rdn : new LdapName(subject).getRdns()) {
                if (rdn.getType().equalsIgnoreCase("CN")) {
                    return String.valueOf(rdn.getValue());
                }
            }
            return "";
        } catch (SSLPeerUnverifiedException | InvalidNameException e) {
            // The client showed no certificate, or one without a readable subject.
            return "";
        }
    }
}
