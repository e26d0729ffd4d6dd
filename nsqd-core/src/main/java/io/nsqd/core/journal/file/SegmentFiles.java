package io.nsqd.core.journal.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * What the journal asks of the file system: everything that it does to files goes through here, so that a test can let any of it fail,
 * or forget what was not forced. All of it may wait for the disk, but {@link SegmentFile#map}'s memory.
 */
interface SegmentFiles {
    /** Those of the operating system. */
    SegmentFiles SYSTEM = new SystemSegmentFiles();

    /** One path for each directory, whatever it was called. */
    Path real(Path directory) throws IOException;

    /** The names of what is in a directory, in no order. */
    List<String> names(Path directory) throws IOException;

    /** The size in bytes. */
    long size(Path file) throws IOException;

    /** Bytes that can still be written; 0 or less where that is not known. */
    long usableBytes(Path directory) throws IOException;

    /** Makes a file that must not be there yet. */
    SegmentFile create(Path file) throws IOException;

    /** Opens a file that is there; what is no regular file is refused. */
    SegmentInput open(Path file) throws IOException;

    /** Deletes a file that may be gone already. */
    void delete(Path file) throws IOException;

    /** Takes everything out of a file, durably. */
    void empty(Path file) throws IOException;

    /** Whether a name is taken. */
    boolean exists(Path file);

    /** Whether two names are those of one file, or of files of the same content. */
    boolean same(Path file, Path other) throws IOException;

    /** Gives a file a second name or, where a file cannot have two, makes a copy of that name. */
    void keep(Path file, Path second) throws IOException;

    /** Makes what came or went in a directory durable; nothing where directories cannot be opened. */
    void forceDirectory(Path directory) throws IOException;

    /** A segment that is being written. An interrupt of a thread that writes or reads does nothing to it. */
    interface SegmentFile extends Closeable {
        /**
         * Writes at a position.
         *
         * @return how many bytes were written; they may be fewer than asked for, without an exception, where the disk is nearly full
         */
        int write(byte[] bytes, int offset, int length, long at) throws IOException;

        /**
         * Gives the file a size, and all the room for it, without writing it.
         *
         * @return false where that cannot be had: it is to be written then
         * @throws IOException when there is no room
         */
        default boolean allocate(int size) throws IOException {
            return false;
        }

        /** The first bytes of the file as memory: what is put there is written. It must not be touched after {@link #truncate}. */
        ByteBuffer map(int size) throws IOException;

        /** Makes what was written durable, in memory too. Not to be called by a thread that may be interrupted. */
        void force() throws IOException;

        /** Gives the room of all content back at once, however long its memory lives. Not by a thread that may be interrupted. */
        void truncate() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** A segment that is being read. An interrupt does nothing to it. */
    interface SegmentInput extends Closeable {
        /** The size in bytes. */
        long size() throws IOException;

        /** Reads some bytes at a position; returns how many, or a negative number behind the end. */
        int read(byte[] bytes, int offset, int length, long at) throws IOException;

        @Override
        void close() throws IOException;
    }
}
