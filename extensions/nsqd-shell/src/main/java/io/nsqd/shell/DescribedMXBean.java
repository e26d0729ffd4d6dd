package io.nsqd.shell;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.NotificationEmitter;
import javax.management.StandardEmitterMBean;

/**
 * An MXBean that tells operators' tools what its interface says of itself: {@link Described}, and the names of arguments, which the
 * compiler was told to keep. Its types are the open ones of every MXBean; whatever it does is an action, and what it tells is an attribute.
 */
final class DescribedMXBean<T> extends StandardEmitterMBean {
    private final Class<T> type;

    DescribedMXBean(T bean, Class<T> type, NotificationEmitter emitter) {
        super(bean, type, true, emitter);
        this.type = type;
        // Made when the superclass's constructor asked for it, and the interface was not known yet.
        cacheMBeanInfo(null);
    }

    private static Optional<String> described(AnnotatedElement element) {
        return Optional.ofNullable(element.getAnnotation(Described.class)).map(Described::value);
    }

    private Optional<Method> method(String name) {
        return type == null
                ? Optional.empty()
                : Arrays.stream(type.getMethods())
                        .filter(method -> method.getName().equals(name))
                        .findFirst();
    }

    @Override
    protected String getDescription(MBeanInfo info) {
        return Optional.<AnnotatedElement>ofNullable(type)
                .flatMap(DescribedMXBean::described)
                .orElseGet(() -> super.getDescription(info));
    }

    @Override
    protected String getDescription(MBeanAttributeInfo info) {
        return method((info.isIs() ? "is" : "get") + info.getName())
                .flatMap(DescribedMXBean::described)
                .orElseGet(() -> super.getDescription(info));
    }

    @Override
    protected String getDescription(MBeanOperationInfo info) {
        return method(info.getName()).flatMap(DescribedMXBean::described).orElseGet(() -> super.getDescription(info));
    }

    @Override
    protected String getParameterName(MBeanOperationInfo info, MBeanParameterInfo parameter, int index) {
        return method(info.getName())
                .map(found -> found.getParameters()[index].getName())
                .orElseGet(() -> super.getParameterName(info, parameter, index));
    }

    @Override
    protected String getDescription(MBeanOperationInfo info, MBeanParameterInfo parameter, int index) {
        return "the name of the " + getParameterName(info, parameter, index);
    }

    @Override
    protected int getImpact(MBeanOperationInfo info) {
        return MBeanOperationInfo.ACTION;
    }
}
