package io.nsqd.net;

import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Map;

/** The parameters of RSA-PSS with which the Go daemon takes a signature: one sound hash throughout, and as much salt. */
final class SoundPss {
    /** The hashes, with the bytes of salt that go with each. */
    private static final Map<String, Integer> HASHES = Map.of("SHA-256", 32, "SHA-384", 48, "SHA-512", 64);

    private SoundPss() {}

    /** @param encoded the parameters in DER; {@code null} stands for the standard's own, which are SHA-1's */
    static boolean is(byte[] encoded) {
        if (encoded == null) {
            return false;
        }
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
            parameters.init(encoded);
            PSSParameterSpec pss = parameters.getParameterSpec(PSSParameterSpec.class);
            String hash = pss.getDigestAlgorithm();
            return HASHES.containsKey(hash)
                    && HASHES.get(hash) == pss.getSaltLength()
                    && pss.getMGFParameters() instanceof MGF1ParameterSpec mask
                    && mask.getDigestAlgorithm().equals(hash);
        } catch (IOException | GeneralSecurityException e) {
            return false;
        }
    }
}
