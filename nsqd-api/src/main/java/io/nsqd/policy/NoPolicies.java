package io.nsqd.policy;

import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Of a daemon that knows of none. */
final class NoPolicies implements Policies {
    @Override
    public List<PolicyRule> rules() {
        return List.of();
    }

    @Override
    public void set(PolicyRule rule) {
        throw new NsqdException(Reason.BAD_POLICY, "this daemon has no policies");
    }

    @Override
    public boolean remove(String topic, Optional<String> channel, String source) {
        return false;
    }

    @Override
    public EffectivePolicy effective(String topic, Optional<String> channel) {
        return new EffectivePolicy(Map.of());
    }
}
