package io.nsqd.policy;

import io.nsqd.api.NsqdException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The rules of a daemon. Any thread. What changes them may wait for the disk, and has taken effect everywhere when it returns: no
 * client needs to connect anew.
 */
@ProviderType
public interface Policies {
    /** A daemon without any. */
    Policies NONE = new NoPolicies();

    /** All rules, in the order in which they count: of those that match, the last that says something of a key wins. */
    List<PolicyRule> rules();

    /**
     * Says a rule, in place of what was said of the same topics and channels in the same place.
     *
     * @throws NsqdException with {@link io.nsqd.api.Reason#BAD_POLICY} and a sentence when it would lead dead letters in a circle, with
     *     {@link io.nsqd.api.Reason#BACKEND} when it cannot be stored; nothing is changed then
     */
    void set(PolicyRule rule);

    /**
     * Takes a rule back.
     *
     * @param topic as it was said, pattern and all
     * @param channel as it was said
     * @param source as it was said
     * @return whether there was one
     * @throws NsqdException as by {@link #set}
     */
    boolean remove(String topic, Optional<String> channel, String source);

    /** What holds for a topic, or for one of its channels, be they there or not. */
    EffectivePolicy effective(String topic, Optional<String> channel);
}
