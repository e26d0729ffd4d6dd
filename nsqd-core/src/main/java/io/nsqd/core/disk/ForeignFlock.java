package io.nsqd.core.disk;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.Optional;

/**
 * {@link NativeFlock} through the foreign-function API of Java 22 and later, reached by reflection because this code is
 * compiled for 17: {@code Linker.nativeLinker().downcallHandle(address, descriptor)}.
 */
final class ForeignFlock extends NativeFlock {
    private static final String PACKAGE = "java.lang.foreign.";

    private final Object linker;
    private final Class<?> layoutType = type("MemoryLayout");
    private final Object intLayout;
    private final Object addressLayout;
    private final MethodHandle open;
    private final MethodHandle flock;
    private final MethodHandle close;

    ForeignFlock() throws IOException {
        try {
            linker = type("Linker").getMethod("nativeLinker").invoke(null);
            intLayout = type("ValueLayout").getField("JAVA_INT").get(null);
            addressLayout = type("ValueLayout").getField("ADDRESS").get(null);
            open = find("open", addressLayout, intLayout);
            flock = find("flock", intLayout, intLayout);
            close = find("close", intLayout);
        } catch (ReflectiveOperationException e) {
            throw new IOException("no foreign-function API", e);
        }
    }

    private static Class<?> type(String name) {
        try {
            return Class.forName(PACKAGE + name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("Java " + Runtime.version() + " has no " + PACKAGE + name, e);
        }
    }

    /** The C function of that name and parameters that returns an int. */
    private MethodHandle find(String name, Object... parameters) throws ReflectiveOperationException {
        Object layouts = Array.newInstance(layoutType, parameters.length);
        for (int i = 0; i < parameters.length; i++) {
            Array.set(layouts, i, parameters[i]);
        }
        Object descriptor = type("FunctionDescriptor")
                .getMethod("of", layoutType, layouts.getClass())
                .invoke(null, intLayout, layouts);
        Object lookup = type("Linker").getMethod("defaultLookup").invoke(linker);
        Object address = ((Optional<?>)
                        type("SymbolLookup").getMethod("find", String.class).invoke(lookup, name))
                .orElseThrow(() -> new NoSuchMethodException(name));
        Object options = Array.newInstance(type("Linker$Option"), 0);
        Method downcall = type("Linker")
                .getMethod("downcallHandle", type("MemorySegment"), type("FunctionDescriptor"), options.getClass());
        return (MethodHandle) downcall.invoke(linker, address, descriptor, options);
    }

    @Override
    int open(String path, int flags) {
        try (AutoCloseable arena =
                (AutoCloseable) type("Arena").getMethod("ofConfined").invoke(null)) {
            Object text = type("SegmentAllocator")
                    .getMethod("allocateFrom", String.class)
                    .invoke(arena, path);
            return (int) open.invoke(text, flags);
        } catch (Throwable e) {
            throw new IllegalStateException("open", e);
        }
    }

    @Override
    int flock(int descriptor, int operation) {
        try {
            return (int) flock.invoke(descriptor, operation);
        } catch (Throwable e) {
            throw new IllegalStateException("flock", e);
        }
    }

    @Override
    int close(int descriptor) {
        try {
            return (int) close.invoke(descriptor);
        } catch (Throwable e) {
            throw new IllegalStateException("close", e);
        }
    }

    @Override
    int allocate(int descriptor, long offset, long length) {
        try {
            Object longLayout = type("ValueLayout").getField("JAVA_LONG").get(null);
            return (int)
                    find("posix_fallocate", intLayout, longLayout, longLayout).invoke(descriptor, offset, length);
        } catch (Throwable e) {
            throw new IllegalStateException("posix_fallocate", e);
        }
    }
}
