package io.nsqd.examples.propertiesauthenticator;

import io.nsqd.spi.Authenticator;
import io.nsqd.spi.Authorization;
import io.nsqd.spi.Authorization.Entry;
import io.nsqd.spi.Authorization.Permission;
import io.nsqd.spi.Credentials;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;

/**
 * Users by their secrets: {@code <secret> = <name> <topics> <channels> <permission>[,<permission>]}. Topics and channels are
 * regular expressions, which are searched for; the permissions are {@code publish} and {@code subscribe}. A user who
 * publishes needs an expression for channels that fits the empty string, such as {@code .*}.
 *
 * <p>The file is read for each client anew, and for each that is connected once a minute: who is taken out of it is out.
 */
final class PropertiesAuthenticator implements Authenticator {
    private static final Duration GOOD_FOR = Duration.ofMinutes(1);

    private final Path file;
    private final Executor thread;

    /** @param thread reads the file: who calls an authenticator must not wait for a disk */
    PropertiesAuthenticator(Path file, Executor thread) {
        this.file = file;
        this.thread = thread;
    }

    @Override
    public CompletableFuture<Authorization> authenticate(Credentials credentials) {
        return CompletableFuture.supplyAsync(() -> find(credentials.secretText()), thread);
    }

    private Authorization find(String secret) {
        Properties users = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            users.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String user = users.getProperty(secret);
        if (user == null) {
            return new Authorization("", "", List.of(), GOOD_FOR);
        }
        String[] words = user.split(" +", -1);
        if (words.length != 4) {
            throw new IllegalStateException(file + ": not four words for user " + words[0]);
        }
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        for (String word : words[3].split(",", -1)) {
            permissions.add(Permission.valueOf(word.toUpperCase(Locale.ROOT)));
        }
        Entry entry = new Entry(Pattern.compile(words[1]), List.of(Pattern.compile(words[2])), permissions);
        return new Authorization(words[0], "", List.of(entry), GOOD_FOR);
    }
}
