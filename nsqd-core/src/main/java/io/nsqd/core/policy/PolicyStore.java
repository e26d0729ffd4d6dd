package io.nsqd.core.policy;

import io.nsqd.api.Durability;
import io.nsqd.api.Errors;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.policy.EffectivePolicy;
import io.nsqd.policy.Policies;
import io.nsqd.policy.PolicyRule;
import io.nsqd.spi.DocumentStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The rules in force. Those that were said to the daemon are a document of its own, {@value #DOCUMENT}; those of configurations are kept
 * by who keeps the configurations. A change is checked, stored and put in force, in this order, so that what fails has changed nothing.
 * Any thread.
 */
public final class PolicyStore implements Policies {
    /** The document's name. */
    public static final String DOCUMENT = "policies";

    private static final Logger LOG = LoggerFactory.getLogger(PolicyStore.class);

    private static final EffectivePolicy NOTHING = new EffectivePolicy(Map.of());

    private final DocumentStore documents;
    private final Runnable changed;

    /** Held by who changes something, also while it waits for the disk. */
    private final Object changing = new Object();

    private volatile RuleBook book = RuleBook.EMPTY;

    /**
     * @param documents where the rules are kept
     * @param changed puts them in force, as {@link #topic} and {@link #channel} say then; called while a change is under way
     */
    public PolicyStore(DocumentStore documents, Runnable changed) {
        this.documents = documents;
        this.changed = changed;
    }

    /**
     * Reads what is kept; before anything else. What cannot be understood is kept aside, and does not keep the daemon from starting: a
     * policy that is missing loses no message.
     *
     * @throws IOException where it cannot be read at all just now
     */
    public void load() throws IOException {
        book = RuleBook.of(read());
        if (!book.isEmpty()) {
            LOG.info(
                    "POLICY: {} in force",
                    book.rules().size() == 1 ? "1 rule" : book.rules().size() + " rules");
        }
        documents.watchDocument(DOCUMENT, this::loadAgain);
    }

    /** Another daemon, which shares the rules, has changed them. */
    private void loadAgain() {
        synchronized (changing) {
            try {
                RuleBook next = RuleBook.of(read());
                for (PolicyRule configured : book.rules()) {
                    if (!configured.source().isEmpty()) {
                        next = next.with(configured);
                    }
                }
                if (!next.rules().equals(book.rules())) {
                    next.checkCircles();
                    book = next;
                    LOG.info("POLICY: another node has changed the policies");
                    changed.run();
                }
            } catch (IOException | NsqdException e) {
                LOG.error("POLICY: what another node has said does not count here - {}", Errors.describe(e));
            }
        }
    }

    private List<PolicyRule> read() throws IOException {
        Optional<byte[]> content = documents.loadDocument(DOCUMENT);
        if (content.isEmpty()) {
            return List.of();
        }
        List<PolicyRule> rules = List.of();
        boolean[] whole = {true};
        try {
            rules = RuleText.read(content.get(), skipped -> {
                whole[0] = false;
                LOG.error("POLICY: a policy cannot be understood, and does not count - {}", skipped);
            });
        } catch (IOException e) {
            whole[0] = false;
            LOG.error("POLICY: the policies cannot be understood, and none counts - {}", Errors.describe(e));
        }
        if (!whole[0]) {
            keepAside(content.get());
        }
        return rules;
    }

    private void keepAside(byte[] content) {
        try {
            documents.saveDocument(DOCUMENT + ".bad", content);
        } catch (IOException e) {
            // Where the document is shared, another daemon may have done so.
            LOG.warn("POLICY: what cannot be understood is not kept aside - {}", Errors.describe(e));
        }
    }

    @Override
    public List<PolicyRule> rules() {
        return book.rules();
    }

    @Override
    public void set(PolicyRule rule) {
        synchronized (changing) {
            use(book.with(rule), rule.source().isEmpty());
        }
        LOG.info("POLICY: {} is {}{}", rule.about(), rule.values(), of(rule.source()));
    }

    @Override
    public boolean remove(String topic, Optional<String> channel, String source) {
        synchronized (changing) {
            RuleBook rest = book.without(rule -> rule.topic().equals(topic)
                    && rule.channel().equals(channel)
                    && rule.source().equals(source));
            if (rest.rules().size() == book.rules().size()) {
                return false;
            }
            use(rest, source.isEmpty());
        }
        LOG.info(
                "POLICY: {} has no policy any more{}",
                topic + channel.map(c -> ":" + c).orElse(""),
                of(source));
        return true;
    }

    /**
     * Has rules in place of all that came from a configuration.
     *
     * @param source the configuration's name, not empty
     * @param rules what it says now
     * @throws NsqdException as of {@link #set}
     */
    public void replace(String source, List<PolicyRule> rules) {
        synchronized (changing) {
            RuleBook next = book.without(rule -> rule.source().equals(source));
            for (PolicyRule rule : rules) {
                next = next.with(rule);
            }
            use(next, false);
        }
    }

    private static String of(String source) {
        return source.isEmpty() ? "" : " (" + source + ")";
    }

    private void use(RuleBook next, boolean store) {
        next.checkCircles();
        if (store) {
            save(next);
        }
        book = next;
        changed.run();
    }

    /** On a thread that nobody interrupts: it writes a file. */
    private void save(RuleBook next) {
        CompletableFuture<Void> saved = new CompletableFuture<>();
        Thread writer = new Thread(
                () -> {
                    try {
                        List<PolicyRule> own = next.rules().stream()
                                .filter(rule -> rule.source().isEmpty())
                                .toList();
                        documents.saveDocument(DOCUMENT, RuleText.write(own));
                        saved.complete(null);
                    } catch (IOException | RuntimeException | Error e) {
                        saved.completeExceptionally(e);
                    }
                },
                "nsqd-policies");
        writer.start();
        try {
            saved.join();
        } catch (CompletionException e) {
            throw new NsqdException(
                    Reason.BACKEND, "the policies cannot be stored - " + Errors.describe(e.getCause()), e.getCause());
        }
    }

    @Override
    public EffectivePolicy effective(String topic, Optional<String> channel) {
        RuleBook now = book;
        return now.isEmpty() ? NOTHING : now.effective(topic, channel);
    }

    /** The most that any rule promises. */
    public Durability mostDurable() {
        return book.durability(rule -> true);
    }

    /**
     * What rules promise for a topic or a channel; a topic promises what the most durable of its channels does, as messages come to these
     * by way of it.
     *
     * @param channel empty for the topic
     */
    public Durability durability(String topic, String channel) {
        if (book.isEmpty()) {
            return Durability.MEMORY;
        }
        return book.durability(rule -> new Glob(rule.topic()).matches(topic)
                && (channel.isEmpty()
                        || rule.channel().isEmpty()
                        || new Glob(rule.channel().get()).matches(channel)));
    }

    /** What is in force for a topic; {@code null} where nothing is said of it. */
    public TopicRules topic(String name) {
        EffectivePolicy policy = book.isEmpty() ? null : effective(name, Optional.empty());
        return policy == null || policy.isEmpty() ? null : new TopicRules(policy);
    }

    /** What is in force for a channel; {@code null} where nothing is said of it. */
    public ChannelRules channel(String topic, String name) {
        EffectivePolicy policy = book.isEmpty() ? null : effective(topic, Optional.of(name));
        return policy == null || policy.isEmpty() ? null : new ChannelRules(policy);
    }
}
