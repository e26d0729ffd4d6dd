package io.nsqd.console;

import io.nsqd.spi.Authorization;
import io.nsqd.spi.Credentials;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Who has logged in. Kept in memory: at most so many, the one that was not seen longest makes room, and one that was not seen for
 * {@value #IDLE_HOURS} hours is none. Any thread.
 */
final class Sessions {
    static final int MOST = 1000;
    static final int IDLE_HOURS = 12;

    private static final long IDLE_NANOS = IDLE_HOURS * 3_600_000_000_000L;
    private static final int TOKEN_BYTES = 32;

    private final SecureRandom random = new SecureRandom();
    private final LongSupplier nanoTime;
    private final Map<String, Session> sessions = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Session> eldest) {
            return size() > MOST;
        }
    };

    /** @param nanoTime a clock as {@link System#nanoTime} */
    Sessions(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** One login. What may change is guarded by the sessions. */
    final class Session {
        private final String id = token();
        private final String csrf = token();
        private final Credentials credentials;
        private Authorization authorization;
        private long seenAt = nanoTime.getAsLong();

        Session(Credentials credentials, Authorization authorization) {
            this.credentials = credentials;
            this.authorization = authorization;
        }

        String id() {
            return id;
        }

        String csrf() {
            return csrf;
        }

        /** With what the authenticator is asked again once the authorization has expired. */
        Credentials credentials() {
            return credentials;
        }

        Authorization authorization() {
            synchronized (sessions) {
                return authorization;
            }
        }

        void renew(Authorization newer) {
            synchronized (sessions) {
                authorization = newer;
            }
        }

        /** Whether it is neither forgotten nor to be asked about again. */
        boolean isGood() {
            synchronized (sessions) {
                return sessions.get(id) == this && !authorization.isExpired(nanoTime.getAsLong());
            }
        }
    }

    /** What nobody can guess. */
    String token() {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    Session open(Credentials credentials, Authorization authorization) {
        Session session = new Session(credentials, authorization);
        synchronized (sessions) {
            sessions.put(session.id, session);
        }
        return session;
    }

    /** The session of that id, which counts as seen. */
    Optional<Session> find(String id) {
        synchronized (sessions) {
            Session session = sessions.get(id);
            if (session == null) {
                return Optional.empty();
            }
            long now = nanoTime.getAsLong();
            if (now - session.seenAt > IDLE_NANOS) {
                sessions.remove(id);
                return Optional.empty();
            }
            session.seenAt = now;
            return Optional.of(session);
        }
    }

    void close(Session session) {
        synchronized (sessions) {
            sessions.remove(session.id);
        }
    }
}
