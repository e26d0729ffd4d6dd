package io.nsqd.interop;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What a client's connection is wrapped in, in the words of go-nsq's options. */
enum Wrapping {
    PLAIN(false, ""),
    TLS(true, ""),
    DEFLATE(false, "deflate"),
    SNAPPY(false, "snappy"),
    TLS_DEFLATE(true, "deflate"),
    TLS_SNAPPY(true, "snappy");

    final boolean tls;
    final String compression;

    Wrapping(boolean tls, String compression) {
        this.tls = tls;
        this.compression = compression;
    }

    /** The options, each as the value of a flag. The certificate is the test's own. */
    List<String> options() {
        return Stream.of(
                        tls ? "tls_v1,true" : "",
                        tls ? "tls_insecure_skip_verify,true" : "",
                        compression.isEmpty() ? "" : compression + ",true")
                .filter(option -> !option.isEmpty())
                .toList();
    }

    /** Flags with the options, one for each. */
    String[] flags(String... names) {
        return Arrays.stream(names)
                .flatMap(name -> options().stream().map(option -> "--" + name + "=" + option))
                .toArray(String[]::new);
    }
}
