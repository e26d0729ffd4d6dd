package io.nsqd.core.config;

import io.nsqd.api.NsqdException;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import java.util.Dictionary;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationException;
import org.osgi.service.cm.ManagedServiceFactory;

/**
 * Makes a policy of each configuration of the factory {@value #PID}, such as a file {@code io.nsqd.policy-orders.cfg}. Called by
 * Configuration Admin.
 */
public final class PolicyFactory implements ManagedServiceFactory {
    /** The factory. */
    public static final String PID = "io.nsqd.policy";

    private static final Logger LOG = LoggerFactory.getLogger(PolicyFactory.class);

    private final ConfiguredPolicies policies;

    private PolicyFactory(ConfiguredPolicies policies) {
        this.policies = policies;
    }

    /**
     * Begins to listen for configurations.
     *
     * @return ends it
     */
    public static Runnable listen(BundleContext context, ConfiguredPolicies policies) {
        ServiceRegistration<ManagedServiceFactory> registration = context.registerService(
                ManagedServiceFactory.class,
                new PolicyFactory(policies),
                FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_PID, PID)));
        return registration::unregister;
    }

    @Override
    public String getName() {
        return "policies of nsqd";
    }

    @Override
    public void updated(String pid, Dictionary<String, ?> configuration) throws ConfigurationException {
        try {
            policies.updated(pid, configuration);
        } catch (NsqdException e) {
            // The one line that counts; Configuration Admin has its own way of telling.
            LOG.error("POLICY: the configuration {} cannot be used - {}", pid, e.getMessage());
            throw new ConfigurationException(null, e.getMessage(), e);
        }
    }

    @Override
    public void deleted(String pid) {
        policies.deleted(pid);
    }
}
