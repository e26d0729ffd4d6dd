package io.nsqd.core.journal.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A directory in memory that forgets in a crash what was not forced, be it all of it or any part, and whose calls fail when a test says so.
 */
final class MemoryFiles implements SegmentFiles {
    private static final AtomicInteger DIRECTORIES = new AtomicInteger();

    /** What is asked of the file system. */
    enum Call {
        LIST,
        CREATE,
        OPEN,
        READ,
        WRITE,
        MAP,
        FORCE,
        FORCE_DIRECTORY,
        TRUNCATE,
        DELETE,
        KEEP
    }

    /** Decides about a call. */
    @FunctionalInterface
    interface Faults {
        /** No fault. */
        Faults NONE = (call, file) -> {};

        /** Throws, or takes its time. */
        void before(Call call, Path file) throws IOException;
    }

    private static final class Node {
        /** What is read and written: a mapping of it, and what was written behind that. */
        private byte[] mapped = {};

        private byte[] more = {};
        private byte[] durable = {};

        private byte[] content() {
            byte[] content = Arrays.copyOf(mapped, mapped.length + more.length);
            System.arraycopy(more, 0, content, mapped.length, more.length);
            return content;
        }

        private long size() {
            return (long) mapped.length + more.length;
        }

        private void set(byte[] content) {
            mapped = new byte[0];
            more = content;
        }
    }

    /** What happened to the directory and may be forgotten; {@code null} for what is gone. */
    private record Change(String name, Node node) {}

    private final Path directory = Path.of("/memory/" + DIRECTORIES.incrementAndGet());
    private final Map<String, Node> nodes = new TreeMap<>();
    private final Map<String, Node> durable = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();
    private volatile Faults faults = Faults.NONE;
    private long capacity = Long.MAX_VALUE;

    void set(Faults now) {
        faults = now;
    }

    /** As the operating system puts it. */
    static FileSystemException error(Path file, String reason) {
        return new FileSystemException(file.toString(), null, reason);
    }

    /** How many bytes there is room for. */
    synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    synchronized long used() {
        return nodes.values().stream().mapToLong(Node::size).sum();
    }

    Path directory() {
        return directory;
    }

    synchronized List<String> names() {
        return new ArrayList<>(nodes.keySet());
    }

    /** The names of segments. */
    synchronized List<String> segments() {
        return nodes.keySet().stream().filter(name -> name.endsWith(".log")).toList();
    }

    synchronized byte[] content(String name) {
        return nodes.get(name).content();
    }

    /** Puts a file there, durably. */
    synchronized void put(String name, byte[] content) {
        Node node = new Node();
        node.set(content.clone());
        node.durable = content.clone();
        nodes.put(name, node);
        durable.put(name, node);
    }

    synchronized void remove(String name) {
        nodes.remove(name);
        durable.remove(name);
    }

    /** What the power supply may leave of it. */
    synchronized MemoryFiles crash(Random random) {
        Map<String, Node> left = new TreeMap<>(durable);
        boolean none = random.nextInt(4) == 0;
        boolean all = random.nextInt(3) == 0;
        for (Change change : changes) {
            if (all || (!none && random.nextBoolean())) {
                if (change.node() == null) {
                    left.remove(change.name());
                } else {
                    left.put(change.name(), change.node());
                }
            }
        }
        MemoryFiles after = new MemoryFiles();
        left.forEach((name, node) -> after.put(name, left(node, random)));
        return after;
    }

    /** What another process sees, whatever becomes of this one. */
    synchronized MemoryFiles copy() {
        MemoryFiles copy = new MemoryFiles();
        nodes.forEach((name, node) -> copy.put(name, node.content()));
        return copy;
    }

    private static byte[] left(Node node, Random random) {
        byte[] now = node.content();
        byte[] was = node.durable;
        int kind = random.nextInt(5);
        if (kind == 0) {
            return was.clone();
        }
        if (kind == 1) {
            return now;
        }
        int size = random.nextBoolean() ? now.length : was.length;
        byte[] left = Arrays.copyOf(was, size);
        if (kind == 2) {
            // Up to some byte of what is not durable.
            int first = Math.max(0, Arrays.mismatch(was, now));
            int last = Math.min(now.length, first + 2000);
            int cut = first + (last > first ? random.nextInt(last - first) : 0);
            System.arraycopy(now, 0, left, 0, Math.min(size, cut));
            return left;
        }
        int block = new int[] {1, 8, 64, 512, 4096}[random.nextInt(5)];
        for (int at = 0; at < size; at += block) {
            if (random.nextBoolean() && at < now.length) {
                System.arraycopy(now, at, left, at, Math.min(Math.min(block, size - at), now.length - at));
            }
        }
        return left;
    }

    @Override
    public Path real(Path path) {
        return directory;
    }

    @Override
    public List<String> names(Path path) throws IOException {
        faults.before(Call.LIST, path);
        return names();
    }

    @Override
    public synchronized long size(Path file) throws IOException {
        return node(file).content().length;
    }

    @Override
    public synchronized long usableBytes(Path path) {
        // A file system that does not say so has it found out.
        return 0;
    }

    private Node node(Path file) throws IOException {
        Node node = nodes.get(file.getFileName().toString());
        if (node == null) {
            throw new NoSuchFileException(file.toString());
        }
        return node;
    }

    @Override
    public SegmentFile create(Path file) throws IOException {
        faults.before(Call.CREATE, file);
        synchronized (this) {
            String name = file.getFileName().toString();
            if (nodes.containsKey(name)) {
                throw new FileAlreadyExistsException(file.toString());
            }
            Node node = new Node();
            nodes.put(name, node);
            changes.add(new Change(name, node));
            return new MemoryFile(file, node);
        }
    }

    @Override
    public SegmentInput open(Path file) throws IOException {
        faults.before(Call.OPEN, file);
        synchronized (this) {
            return new MemoryInput(file, node(file));
        }
    }

    @Override
    public void delete(Path file) throws IOException {
        faults.before(Call.DELETE, file);
        synchronized (this) {
            String name = file.getFileName().toString();
            if (nodes.remove(name) != null) {
                changes.add(new Change(name, null));
            }
        }
    }

    @Override
    public void empty(Path file) throws IOException {
        faults.before(Call.TRUNCATE, file);
        synchronized (this) {
            Node node = node(file);
            node.set(new byte[0]);
            node.durable = new byte[0];
        }
    }

    @Override
    public synchronized boolean exists(Path file) {
        return nodes.containsKey(file.getFileName().toString());
    }

    @Override
    public synchronized boolean same(Path file, Path other) throws IOException {
        return node(file) == node(other);
    }

    @Override
    public void keep(Path file, Path second) throws IOException {
        faults.before(Call.KEEP, file);
        synchronized (this) {
            Node node = node(file);
            nodes.put(second.getFileName().toString(), node);
            changes.add(new Change(second.getFileName().toString(), node));
        }
    }

    @Override
    public void forceDirectory(Path path) throws IOException {
        faults.before(Call.FORCE_DIRECTORY, path);
        synchronized (this) {
            durable.clear();
            durable.putAll(nodes);
            changes.clear();
        }
    }

    private final class MemoryFile implements SegmentFile {
        private final Path file;
        private final Node node;
        private boolean closed;

        MemoryFile(Path file, Node node) {
            this.file = file;
            this.node = node;
        }

        private void check() throws IOException {
            if (closed) {
                throw new IOException("closed");
            }
        }

        @Override
        public int write(byte[] bytes, int offset, int length, long at) throws IOException {
            faults.before(Call.WRITE, file);
            synchronized (MemoryFiles.this) {
                check();
                int end = (int) at + length;
                int size = node.mapped.length + node.more.length;
                long room = capacity - used();
                if (end > size && room <= 0) {
                    throw error(file, "No space left on device");
                }
                int taken = end > size ? (int) Math.min(length, size - at + room) : length;
                put((int) at, bytes, offset, taken);
                return taken;
            }
        }

        private void put(int at, byte[] bytes, int offset, int length) {
            int inMap = Math.max(0, Math.min(length, node.mapped.length - at));
            System.arraycopy(bytes, offset, node.mapped, Math.min(at, node.mapped.length), inMap);
            if (inMap < length) {
                int index = at + inMap - node.mapped.length;
                int end = index + length - inMap;
                node.more = Arrays.copyOf(node.more, Math.max(node.more.length, end));
                System.arraycopy(bytes, offset + inMap, node.more, index, length - inMap);
            }
        }

        @Override
        public ByteBuffer map(int size) throws IOException {
            faults.before(Call.MAP, file);
            synchronized (MemoryFiles.this) {
                check();
                byte[] content = node.content();
                node.mapped = Arrays.copyOf(content, size);
                node.more = new byte[0];
                return ByteBuffer.wrap(node.mapped);
            }
        }

        @Override
        public void force() throws IOException {
            faults.before(Call.FORCE, file);
            synchronized (MemoryFiles.this) {
                check();
                node.durable = node.content();
            }
        }

        @Override
        public void truncate() throws IOException {
            faults.before(Call.TRUNCATE, file);
            synchronized (MemoryFiles.this) {
                check();
                node.set(new byte[0]);
            }
        }

        @Override
        public void close() {
            synchronized (MemoryFiles.this) {
                closed = true;
            }
        }
    }

    private final class MemoryInput implements SegmentInput {
        private final Path file;
        private final Node node;

        MemoryInput(Path file, Node node) {
            this.file = file;
            this.node = node;
        }

        @Override
        public long size() {
            synchronized (MemoryFiles.this) {
                return node.size();
            }
        }

        @Override
        public int read(byte[] bytes, int offset, int length, long at) throws IOException {
            faults.before(Call.READ, file);
            synchronized (MemoryFiles.this) {
                byte[] content = node.content();
                if (at >= content.length) {
                    return -1;
                }
                // Few at a time, as a system may.
                int read = Math.min(Math.min(length, 3000), content.length - (int) at);
                System.arraycopy(content, (int) at, bytes, offset, read);
                return read;
            }
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }
}
