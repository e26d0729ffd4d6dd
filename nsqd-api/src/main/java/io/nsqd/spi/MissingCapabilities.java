package io.nsqd.spi;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.resource.Capability;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;

/**
 * What a bundle that cannot be resolved waits for, in words for one line: {@code the package io.nsqd.api}, or {@code com.example.base,
 * which waits for the package com.example.x}. The framework says the same in a way that takes some reading.
 */
public final class MissingCapabilities {
    /** The namespaces that people have a word for. */
    private static final Map<String, String> WORDS = Map.of(
            PackageNamespace.PACKAGE_NAMESPACE, "the package ",
            BundleNamespace.BUNDLE_NAMESPACE, "the bundle ",
            HostNamespace.HOST_NAMESPACE, "the host ");

    private static final Pattern FROM = Pattern.compile("\\((?:bundle-)?version>=([^)]+)\\)");
    private static final Pattern BELOW = Pattern.compile("\\(!\\((?:bundle-)?version>=([^)]+)\\)\\)");

    private final FrameworkWiring wiring;
    private final Set<Bundle> visited = new HashSet<>();

    private MissingCapabilities(FrameworkWiring wiring) {
        this.wiring = wiring;
    }

    /**
     * What a bundle waits for.
     *
     * @param wiring the framework's
     * @return empty when all that it requires is there, so that something else is in its way
     */
    public static String of(Bundle bundle, FrameworkWiring wiring) {
        return String.join(", ", new MissingCapabilities(wiring).find(bundle));
    }

    private Set<String> find(Bundle bundle) {
        Set<String> missing = new LinkedHashSet<>();
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        if (revision == null || !visited.add(bundle)) {
            return missing;
        }
        for (Requirement requirement : revision.getRequirements(null)) {
            if (isMandatory(requirement)) {
                missing.addAll(find(requirement));
            }
        }
        return missing;
    }

    private static boolean isMandatory(Requirement requirement) {
        Map<String, String> directives = requirement.getDirectives();
        String resolution =
                directives.getOrDefault(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE, Namespace.RESOLUTION_MANDATORY);
        String effective =
                directives.getOrDefault(Namespace.REQUIREMENT_EFFECTIVE_DIRECTIVE, Namespace.EFFECTIVE_RESOLVE);
        return resolution.equals(Namespace.RESOLUTION_MANDATORY) && effective.equals(Namespace.EFFECTIVE_RESOLVE);
    }

    /** Nothing if one of those that provide it is resolved, or could be. */
    private Set<String> find(Requirement requirement) {
        Collection<? extends Capability> providers = wiring.findProviders(requirement);
        if (providers.isEmpty()) {
            return Set.of(words(requirement));
        }
        List<String> reasons = new ArrayList<>();
        for (Capability provider : providers) {
            Bundle bundle = ((BundleRevision) provider.getResource()).getBundle();
            Set<String> missing = bundle.getState() == Bundle.INSTALLED ? find(bundle) : Set.of();
            if (missing.isEmpty()) {
                return Set.of();
            }
            reasons.add(bundle.getSymbolicName() + ", which waits for " + String.join(" and ", missing));
        }
        return reasons.stream().limit(1).collect(Collectors.toSet());
    }

    private static String words(Requirement requirement) {
        String namespace = requirement.getNamespace();
        String filter = requirement.getDirectives().getOrDefault(Constants.FILTER_DIRECTIVE, "");
        Matcher name = Pattern.compile("\\(" + Pattern.quote(namespace) + "=([^)]+)\\)")
                .matcher(filter);
        if (WORDS.containsKey(namespace) && name.find()) {
            return WORDS.get(namespace) + name.group(1) + versions(filter);
        }
        return "the capability " + namespace + (filter.isEmpty() ? "" : " " + filter);
    }

    private static String versions(String filter) {
        Matcher below = BELOW.matcher(filter);
        String end = below.find() ? " below " + below.group(1) : "";
        Matcher from = FROM.matcher(below.reset().replaceAll(""));
        return (from.find() ? " from " + from.group(1) + (end.isEmpty() ? " on" : "") : "") + end;
    }
}
