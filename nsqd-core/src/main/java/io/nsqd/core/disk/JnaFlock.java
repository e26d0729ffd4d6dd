package io.nsqd.core.disk;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;

/** {@link NativeFlock} through JNA, for Java before 22. */
final class JnaFlock extends NativeFlock {
    private final NativeLibrary libc = NativeLibrary.getProcess();

    @Override
    int open(String path, int flags) {
        return call("open", path, flags);
    }

    @Override
    int flock(int descriptor, int operation) {
        return call("flock", descriptor, operation);
    }

    @Override
    int close(int descriptor) {
        return call("close", descriptor);
    }

    @Override
    int allocate(int descriptor, long offset, long length) {
        return call("posix_fallocate", descriptor, offset, length);
    }

    private int call(String name, Object... arguments) {
        Function function = libc.getFunction(name);
        return function.invokeInt(arguments);
    }
}
