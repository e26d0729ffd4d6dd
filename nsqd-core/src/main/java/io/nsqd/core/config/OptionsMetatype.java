package io.nsqd.core.config;

import io.nsqd.api.LogLevel;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Option.Change;
import io.nsqd.api.TlsRequired;
import io.nsqd.api.TlsVersion;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeProvider;
import org.osgi.service.metatype.ObjectClassDefinition;

/** Describes the configuration to Metatype, for consoles that show forms. It is made from the table of options. Immutable. */
public final class OptionsMetatype implements MetaTypeProvider {
    /** A list of any length, given as an array. */
    private static final int ANY_LENGTH = Integer.MAX_VALUE;

    private OptionsMetatype() {}

    /** @return takes it back */
    public static Runnable register(BundleContext context) {
        ServiceRegistration<MetaTypeProvider> registration = context.registerService(
                MetaTypeProvider.class,
                new OptionsMetatype(),
                FrameworkUtil.asDictionary(Map.of(
                        MetaTypeProvider.METATYPE_PID,
                        OptionsConfiguration.PID,
                        MetaTypeProvider.METATYPE_FACTORY_PID,
                        OptionsConfiguration.PID)));
        return registration::unregister;
    }

    @Override
    public ObjectClassDefinition getObjectClassDefinition(String id, String locale) {
        if (!id.equals(OptionsConfiguration.PID)) {
            throw new IllegalArgumentException("no configuration " + id);
        }
        return new Options();
    }

    @Override
    public String[] getLocales() {
        // Only the default one: null is what the contract says of that.
        return null;
    }

    private static final class Options implements ObjectClassDefinition {
        @Override
        public String getName() {
            return "nsqd";
        }

        @Override
        public String getID() {
            return OptionsConfiguration.PID;
        }

        @Override
        public String getDescription() {
            return "NSQ's daemon";
        }

        @Override
        public AttributeDefinition[] getAttributeDefinitions(int filter) {
            if (filter == REQUIRED) {
                return new AttributeDefinition[0];
            }
            List<AttributeDefinition> definitions = new ArrayList<>();
            for (Option option : Option.values()) {
                if (option.configKey().isPresent()) {
                    definitions.add(new Attribute(option));
                }
            }
            return definitions.toArray(new AttributeDefinition[0]);
        }

        @Override
        public InputStream getIcon(int size) {
            return null;
        }
    }

    private record Attribute(Option option) implements AttributeDefinition {
        private boolean isList() {
            return option.kind() == Option.Kind.STRING_LIST || option.kind() == Option.Kind.FLOAT_LIST;
        }

        @Override
        public String getName() {
            return option.flag();
        }

        @Override
        public String getID() {
            return option.configKey().orElseThrow();
        }

        @Override
        public String getDescription() {
            String limits = option.limits();
            return option.help()
                    + (limits.isEmpty() ? "" : " (" + limits + ")")
                    + (option.change() == Change.RUNTIME || option.change() == Change.CONFIGURATION
                            ? ""
                            : " (takes effect at the next start)");
        }

        @Override
        public int getCardinality() {
            return isList() ? ANY_LENGTH : 0;
        }

        @Override
        public int getType() {
            return switch (option.kind()) {
                case BOOL -> BOOLEAN;
                case INT -> LONG;
                case FLOAT_LIST -> DOUBLE;
                default -> STRING;
            };
        }

        @Override
        public String[] getOptionValues() {
            return switch (option.kind()) {
                case LOG_LEVEL -> words(LogLevel.values());
                case TLS_REQUIRED -> words(TlsRequired.values());
                case TLS_VERSION -> words(TlsVersion.values());
                // No list means that any value will do.
                default ->
                    option.choices().isEmpty() ? null : words(option.choices().toArray());
            };
        }

        private static String[] words(Object[] values) {
            return Arrays.stream(values).map(Object::toString).toArray(String[]::new);
        }

        @Override
        public String[] getOptionLabels() {
            return getOptionValues();
        }

        @Override
        public String validate(String value) {
            try {
                option.check(option.parse(value));
                return "";
            } catch (NsqdException e) {
                return e.getMessage();
            }
        }

        @Override
        public String[] getDefaultValue() {
            return isList() ? new String[0] : new String[] {option.defaultText()};
        }
    }
}
