package io.nsqd.launcher;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * How long tests wait for a condition, unless they say otherwise: longer than a busy machine takes, as the ten seconds that are usual are not.
 * In force for all of them: JUnit finds it itself.
 */
public final class Patience implements Extension, BeforeAllCallback {
    private static final Duration MOST = Duration.ofSeconds(60);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(MOST);
    }
}
