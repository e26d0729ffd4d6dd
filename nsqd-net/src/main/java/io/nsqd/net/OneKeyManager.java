package io.nsqd.net;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * A key and its chain, served as it stands in the file. The JDK's own key managers refuse a chain that is out of order, which
 * clients do not mind.
 */
final class OneKeyManager extends X509ExtendedKeyManager {
    private static final String ALIAS = "nsqd";

    private final PrivateKey key;
    private final X509Certificate[] chain;

    OneKeyManager(PrivateKey key, X509Certificate... chain) {
        this.key = key;
        this.chain = chain.clone();
    }

    /** The types are of the kind {@code RSA}, {@code RSASSA-PSS}, {@code EC_EC}: the key's algorithm comes last, or first. */
    private String alias(String keyType) {
        String algorithm = key.getAlgorithm();
        boolean fits = keyType.equals(algorithm)
                || keyType.endsWith("_" + algorithm)
                || (algorithm.equals("RSA") && keyType.startsWith("RSA"));
        return fits ? ALIAS : null;
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return alias(keyType);
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return alias(keyType);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        return alias(keyType) == null ? null : new String[] {ALIAS};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return chain.clone();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return key;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return null;
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return null;
    }

    @Override
    public String toString() {
        return "a key of " + Arrays.stream(chain).findFirst().map(X509Certificate::getSubjectX500Principal);
    }
}
