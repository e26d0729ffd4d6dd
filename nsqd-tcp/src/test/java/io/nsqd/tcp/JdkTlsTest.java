package io.nsqd.tcp;

/** The same with the JDK's TLS: what there is where there is no native library. */
class JdkTlsTest extends TlsTest {
    @Override
    String provider() {
        return "jdk";
    }
}
