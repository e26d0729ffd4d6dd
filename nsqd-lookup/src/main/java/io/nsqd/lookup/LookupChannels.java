package io.nsqd.lookup;

import io.nsqd.api.Errors;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.Option;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.peer.PeerHttp;
import io.nsqd.peer.PeerWorkers;
import io.nsqd.spi.ChannelDirectory;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Asks every known nsqlookupd which channels a new topic has elsewhere (L-40 to L-45). Any thread; the answer comes on one
 * of the {@link PeerWorkers}, and an answer always comes.
 */
final class LookupChannels implements ChannelDirectory, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LookupChannels.class);

    /** Topics asked for at a time: a client that makes thousands must not open as many connections. */
    private static final int MAX_ASKING = 16;

    private final Nsqd nsqd;
    private final LookupLoop loop;
    private final Executor workers;
    private final PeerHttp http;

    /** Guards the three fields below. */
    private final Object lock = new Object();

    private final Deque<Question> waiting = new ArrayDeque<>();
    private final Set<Question> asking = new HashSet<>();
    private boolean closed;

    /** A topic, and the broker's future: done already when the broker got tired of waiting. Identity is what counts. */
    private static final class Question {
        private final String topic;
        private final CompletableFuture<List<String>> answer = new CompletableFuture<>();

        Question(String topic) {
            this.topic = topic;
        }
    }

    LookupChannels(Nsqd nsqd, LookupLoop loop, Executor workers) {
        this.nsqd = nsqd;
        this.loop = loop;
        this.workers = workers;
        http = PeerHttp.trustingThePlatform(nsqd.options(), workers);
    }

    @Override
    public CompletableFuture<List<String>> channels(String topic) {
        if (nsqd.options().strings(Option.LOOKUPD_TCP_ADDRESS).isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        Question question = new Question(topic);
        synchronized (lock) {
            if (closed) {
                return CompletableFuture.completedFuture(List.of());
            }
            waiting.add(question);
        }
        askNext();
        return question.answer;
    }

    private void askNext() {
        Question question;
        synchronized (lock) {
            if (closed || asking.size() == MAX_ASKING) {
                return;
            }
            do {
                question = waiting.poll();
                if (question == null) {
                    return;
                }
            } while (question.answer.isDone());
            asking.add(question);
        }
        ask(question);
    }

    private void ask(Question question) {
        // On a worker in any case, so that one answer leads to the next question without nesting.
        var unused = loop.firstContact()
                .thenComposeAsync(contact -> ask(question.topic), workers)
                .exceptionally(failure -> {
                    warn(question.topic, Errors.describe(failure));
                    return List.of();
                })
                .thenAccept(names -> answered(question, names));
    }

    private void answered(Question question, List<String> names) {
        synchronized (lock) {
            asking.remove(question);
        }
        question.answer.complete(names);
        askNext();
    }

    private CompletableFuture<List<String>> ask(String topic) {
        List<PeerInfo> peers = loop.knownPeers();
        if (peers.isEmpty()) {
            LOG.error("no available nsqlookupd to query for channels to pre-create for topic {}", topic);
            return CompletableFuture.completedFuture(List.of());
        }
        SortedSet<String> names = new TreeSet<>();
        List<String> failures = new ArrayList<>();
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        for (PeerInfo peer : peers) {
            answers.add(ask(peer, topic).handle((channels, failure) -> {
                // Two peers may answer at once.
                synchronized (names) {
                    if (failure == null) {
                        names.addAll(channels);
                    } else {
                        failures.add(Errors.describe(failure));
                    }
                }
                return null;
            }));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApplyAsync(
                        done -> {
                            if (!failures.isEmpty()) {
                                warn(topic, String.join("; ", failures));
                            }
                            names.removeIf(Names::isEphemeral);
                            return List.copyOf(names);
                        },
                        workers);
    }

    private CompletableFuture<List<String>> ask(PeerInfo peer, String topic) {
        String url =
                "http://" + peer.httpAddress() + "/channels?topic=" + URLEncoder.encode(topic, StandardCharsets.UTF_8);
        LOG.info("CI: querying nsqlookupd {}", url);
        return http.get(url).handle((body, failure) -> {
            try {
                if (failure != null) {
                    throw new IOException(Errors.describe(failure), failure);
                }
                return LookupJson.channels(body);
            } catch (IOException e) {
                throw new CompletionException(new IOException("GET " + url + ": " + e.getMessage(), e));
            }
        });
    }

    private static void warn(String topic, String failure) {
        LOG.warn("failed to query nsqlookupd for channels to pre-create for topic {} - {}", topic, failure);
    }

    /** Answers what is still asked; nothing more is found out. */
    @Override
    public void close() {
        List<Question> left = new ArrayList<>();
        synchronized (lock) {
            closed = true;
            left.addAll(waiting);
            left.addAll(asking);
            waiting.clear();
        }
        left.forEach(question -> question.answer.complete(List.of()));
        http.close();
    }
}
