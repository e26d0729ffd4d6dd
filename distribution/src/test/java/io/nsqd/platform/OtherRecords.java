package io.nsqd.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.nsqd.launcher.Daemon;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Makes jars of nsqd-tcp as those of other releases will be: what they write down of a connection has another version. */
final class OtherRecords {
    private static final Path SOURCE = Path.of("../nsqd-tcp/src/main/java/io/nsqd/tcp/ClientRecord.java");

    private OtherRecords() {}

    /** The jar that there is, with such records, in which is also a value that others do not know. */
    static Path jar(Path directory, int version, int readableSince) throws IOException {
        String source = Files.readString(SOURCE);
        source = replaced(source, "int VERSION = 1;", "int VERSION = " + version + ";");
        source = replaced(source, "int READABLE_SINCE = 1;", "int READABLE_SINCE = " + readableSince + ";");
        source = replaced(
                source,
                "return new ConnectionRecord(PROTOCOL",
                "values.put(\"novelty\", " + version + ");\n        return new ConnectionRecord(PROTOCOL");
        Path folder = Files.createDirectories(directory.resolve("records-" + version));
        Path file = Files.writeString(folder.resolve(SOURCE.getFileName()), source);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int failed = compiler.run(
                null,
                null,
                null,
                "-proc:none",
                "-nowarn",
                "--release",
                "17",
                "-d",
                folder.toString(),
                "-classpath",
                jars(),
                file.toString());
        assertEquals(0, failed, "compiles");
        Path jar = Files.copy(
                Daemon.home().resolve("bundles").resolve(Platform.TCP + ".jar"), folder.resolve("nsqd-tcp.jar"));
        String name = "io/nsqd/tcp/ClientRecord.class";
        try (FileSystem content = FileSystems.newFileSystem(jar)) {
            Path target = content.getPath(name);
            assertNotEquals(-1, Files.mismatch(target, folder.resolve(name)), "is another class");
            Files.copy(folder.resolve(name), target, StandardCopyOption.REPLACE_EXISTING);
        }
        return jar;
    }

    private static String replaced(String source, String old, String by) {
        assertEquals(source.indexOf(old), source.lastIndexOf(old), old);
        assertNotEquals(-1, source.indexOf(old), old);
        return source.replace(old, by);
    }

    private static String jars() throws IOException {
        try (Stream<Path> bundles = Files.list(Daemon.home().resolve("bundles"));
                Stream<Path> libraries = Files.list(Daemon.home().resolve("lib"))) {
            List<Path> jars = Stream.concat(bundles, libraries)
                    .filter(path -> path.toString().endsWith(".jar"))
                    .toList();
            return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        }
    }
}
