package io.nsqd.core.config;

import io.nsqd.api.NsqdException;
import io.nsqd.policy.PolicyKey;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeProvider;
import org.osgi.service.metatype.ObjectClassDefinition;

/** Describes the configurations of policies to Metatype, for consoles that show forms. It is made from the table of keys. Immutable. */
public final class PolicyMetatype implements MetaTypeProvider {
    private PolicyMetatype() {}

    /** @return takes it back */
    public static Runnable register(BundleContext context) {
        ServiceRegistration<MetaTypeProvider> registration = context.registerService(
                MetaTypeProvider.class,
                new PolicyMetatype(),
                FrameworkUtil.asDictionary(Map.of(MetaTypeProvider.METATYPE_FACTORY_PID, PolicyFactory.PID)));
        return registration::unregister;
    }

    @Override
    public ObjectClassDefinition getObjectClassDefinition(String id, String locale) {
        if (!id.equals(PolicyFactory.PID)) {
            throw new IllegalArgumentException("no configuration " + id);
        }
        return new Policy();
    }

    @Override
    public String[] getLocales() {
        // Only the default one: null is what the contract says of that.
        return null;
    }

    private static final class Policy implements ObjectClassDefinition {
        @Override
        public String getName() {
            return "nsqd policy";
        }

        @Override
        public String getID() {
            return PolicyFactory.PID;
        }

        @Override
        public String getDescription() {
            return "What the daemon enforces for topics and channels";
        }

        @Override
        public AttributeDefinition[] getAttributeDefinitions(int filter) {
            List<AttributeDefinition> definitions = new ArrayList<>();
            if (filter != OPTIONAL) {
                definitions.add(
                        new Name("topic", "the topics that it is about: a name, or a pattern with * and ?", "*"));
            }
            if (filter != REQUIRED) {
                definitions.add(new Name("channel", "the same of channels; empty where it is about topics", ""));
                for (PolicyKey key : PolicyKey.values()) {
                    definitions.add(new Key(key));
                }
            }
            return definitions.toArray(new AttributeDefinition[0]);
        }

        @Override
        public InputStream getIcon(int size) {
            return null;
        }
    }

    private record Name(String getID, String getDescription, String standard) implements AttributeDefinition {
        @Override
        public String getName() {
            return getID;
        }

        @Override
        public int getCardinality() {
            return 0;
        }

        @Override
        public int getType() {
            return STRING;
        }

        @Override
        public String[] getOptionValues() {
            return null;
        }

        @Override
        public String[] getOptionLabels() {
            return null;
        }

        @Override
        public String validate(String value) {
            return "";
        }

        @Override
        public String[] getDefaultValue() {
            return new String[] {standard};
        }
    }

    private record Key(PolicyKey key) implements AttributeDefinition {
        @Override
        public String getName() {
            return key.word();
        }

        @Override
        public String getID() {
            return key.word();
        }

        @Override
        public String getDescription() {
            return key.help()
                    + switch (key.on()) {
                        case TOPIC -> " (of topics)";
                        case CHANNEL -> " (of channels)";
                        case BOTH -> "";
                    };
        }

        @Override
        public int getCardinality() {
            return 0;
        }

        @Override
        public int getType() {
            return key.kind() == PolicyKey.Kind.NUMBER ? LONG : STRING;
        }

        @Override
        public String[] getOptionValues() {
            return key.words().isEmpty() ? null : key.words().toArray(new String[0]);
        }

        @Override
        public String[] getOptionLabels() {
            return getOptionValues();
        }

        @Override
        public String validate(String value) {
            try {
                Object unused = key.parse(value);
                return "";
            } catch (NsqdException e) {
                return e.getMessage();
            }
        }

        @Override
        public String[] getDefaultValue() {
            // None: what is left out is left to others.
            return null;
        }
    }
}
