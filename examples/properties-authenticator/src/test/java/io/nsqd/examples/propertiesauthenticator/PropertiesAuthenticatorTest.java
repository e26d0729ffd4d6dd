package io.nsqd.examples.propertiesauthenticator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the file says is what clients may. */
final class PropertiesAuthenticatorTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void writeFile() throws IOException {
        file = directory.resolve("users.properties");
        Files.writeString(file, "sesame = ali ^cave$ .* publish,subscribe\nhush = eve ^cave$ ^ears$ subscribe\n");
    }

    private Authorization ask(String secret) {
        Credentials credentials = new Credentials(secret.getBytes(StandardCharsets.UTF_8), "::1", false, "");
        return new PropertiesAuthenticator(file, Runnable::run)
                .authenticate(credentials)
                .join();
    }

    @Test
    void aKnownSecretGivesWhatTheFileSays() {
        Authorization ali = ask("sesame");
        assertEquals("ali", ali.identity());
        assertTrue(ali.allows(Permission.PUBLISH, "cave", ""));
        assertTrue(ali.allows(Permission.SUBSCRIBE, "cave", "any"));
        assertFalse(ali.allows(Permission.PUBLISH, "caves", ""));
        Authorization eve = ask("hush");
        assertTrue(eve.allows(Permission.SUBSCRIBE, "cave", "ears"));
        assertFalse(eve.allows(Permission.SUBSCRIBE, "cave", "eyes"));
        assertFalse(eve.allows(Permission.PUBLISH, "cave", ""));
    }

    @Test
    void anUnknownSecretIsNobody() {
        assertTrue(ask("simsim").entries().isEmpty());
    }

    @Test
    void aChangeOfTheFileIsSeen() throws IOException {
        Files.writeString(file, "simsim = ali . .* publish\n");
        assertTrue(ask("sesame").entries().isEmpty());
        assertFalse(ask("simsim").entries().isEmpty());
    }

    @Test
    void aFileThatCannotBeReadOrUnderstoodIsAFailure() throws IOException {
        for (String line : new String[] {"sesame = ali cave", "sesame = ali ( .* publish", "sesame = a b c rule"}) {
            Files.writeString(file, line);
            assertThrows(CompletionException.class, () -> ask("sesame"), line);
        }
        Files.delete(file);
        assertThrows(CompletionException.class, () -> ask("sesame"));
    }
}
