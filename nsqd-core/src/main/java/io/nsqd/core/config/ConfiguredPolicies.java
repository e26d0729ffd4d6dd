package io.nsqd.core.config;

import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.core.policy.PolicyStore;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.policy.PolicyRule;
import java.util.Collections;
import java.util.Dictionary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The policies that configurations say: {@code topic}, {@code channel} where it is about channels, and the keys of {@link
 * io.nsqd.policy.PolicyKey}. Each is in force for as long as its configuration is there; one that cannot be used has the policy stay as it
 * was. The daemon may come and go meanwhile. Any thread.
 */
public final class ConfiguredPolicies {
    /** What is not of a policy: Configuration Admin's, File Install's, Karaf's. */
    private static final Set<String> FOREIGN_PREFIXES = Set.of("service.", "felix.", "component.", "org.", ".");

    private static final Logger LOG = LoggerFactory.getLogger(ConfiguredPolicies.class);

    private final String daemon;

    /** What was said, by the configurations' names: for the next life of the daemon, too. Guarded by this. */
    private final Map<String, PolicyRule> said = new LinkedHashMap<>();

    /** Guarded by this. */
    private Optional<PolicyStore> store = Optional.empty();

    /** @param daemon the name of the daemon; a configuration may name another one with {@value Nsqd#NAME} */
    public ConfiguredPolicies(String daemon) {
        this.daemon = daemon;
    }

    /** The daemon is there. */
    public synchronized void begin(PolicyStore policies) {
        store = Optional.of(policies);
        said.forEach((pid, rule) -> {
            try {
                policies.replace(pid, List.of(rule));
            } catch (NsqdException e) {
                LOG.error("POLICY: the configuration {} cannot be used - {}", pid, e.getMessage());
            }
        });
    }

    /** It is not any more. */
    public synchronized void end() {
        store = Optional.empty();
    }

    /**
     * A configuration is there, or is another one.
     *
     * @throws NsqdException with a sentence that says why it cannot be used
     */
    synchronized void updated(String pid, Dictionary<String, ?> configuration) {
        Optional<PolicyRule> rule = rule(pid, configuration);
        if (store.isPresent()) {
            store.get().replace(pid, rule.stream().toList());
        }
        rule.ifPresentOrElse(given -> said.put(pid, given), () -> said.remove(pid));
        rule.ifPresent(given -> LOG.info("POLICY: {} is {} ({})", given.about(), given.values(), pid));
    }

    /** Empty where it is about another daemon. */
    private Optional<PolicyRule> rule(String pid, Dictionary<String, ?> configuration) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String key : Collections.list(configuration.keys())) {
            if (FOREIGN_PREFIXES.stream().noneMatch(key::startsWith)) {
                texts.put(key, String.valueOf(configuration.get(key)).strip());
            }
        }
        String whose = Optional.ofNullable(texts.remove(Nsqd.NAME)).orElse(Nsqd.DEFAULT_NAME);
        String topic = Optional.ofNullable(texts.remove("topic")).orElse("*");
        Optional<String> channel = Optional.ofNullable(texts.remove("channel")).filter(glob -> !glob.isEmpty());
        return whose.equals(daemon) ? Optional.of(PolicyRule.of(topic, channel, texts, pid)) : Optional.empty();
    }

    /** A configuration is gone. */
    synchronized void deleted(String pid) {
        if (said.remove(pid) != null && store.isPresent()) {
            try {
                store.get().replace(pid, List.of());
                LOG.info("POLICY: the configuration {} is gone", pid);
            } catch (NsqdException e) {
                LOG.error("POLICY: the configuration {} stays in force - {}", pid, e.getMessage());
            }
        }
    }
}
