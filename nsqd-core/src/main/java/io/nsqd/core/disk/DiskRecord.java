package io.nsqd.core.disk;

import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The format of a record: length, timestamp, attempts, id, body (S-6). */
public final class DiskRecord {
    /** Bytes of the length field. */
    public static final int LENGTH_BYTES = 4;

    /** Bytes of timestamp, attempts and id: the least that the length field may say (S-9). */
    public static final int MIN_LENGTH = 8 + 2 + MessageId.LENGTH;

    /** Bytes of a record without its body. */
    public static final int HEADER_BYTES = LENGTH_BYTES + MIN_LENGTH;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

    private DiskRecord() {}

    /** Bytes that message {@code i} takes on disk. */
    static int size(MessageBatch batch, int i) {
        return HEADER_BYTES + batch.length(i);
    }

    /** Puts everything but the body of message {@code i}; {@code id} is scratch space for the digits. */
    static void putHeader(MessageBatch batch, int i, byte[] id, ByteBuffer target) {
        target.putInt(MIN_LENGTH + batch.length(i));
        target.putLong(batch.timestampNanos(i));
        target.putShort((short) batch.attempts(i));
        MessageId.write(batch.id(i), id, 0);
        target.put(id);
    }

    /** What the length field at {@code position} says. */
    public static int length(byte[] block, int position) {
        return (int) INT.get(block, position);
    }

    /** When the record at {@code position} was published, in nanoseconds since 1970. */
    public static long timestampNanos(byte[] block, int position) {
        return (long) LONG.get(block, position + LENGTH_BYTES);
    }

    /** Whether the record at {@code position} has an id as both daemons make them. */
    public static boolean hasValidId(byte[] block, int position) {
        return MessageId.isValid(block, position + LENGTH_BYTES + 8 + 2);
    }

    /** The id of the record at {@code position}; -1 when it is none that the daemons make. */
    static long idIfValid(byte[] block, int position) {
        return hasValidId(block, position) ? MessageId.parse(block, position + LENGTH_BYTES + 8 + 2) : -1;
    }

    /** Adds the record at {@code position} to {@code batch}; its body stays where it is. */
    static void read(byte[] block, int position, MessageBatch batch) {
        int length = length(block, position);
        int content = position + LENGTH_BYTES;
        batch.add(
                id(block, content + 8 + 2),
                (long) LONG.get(block, content),
                Short.toUnsignedInt((short) SHORT.get(block, content + 8)),
                0,
                block,
                content + MIN_LENGTH,
                length - MIN_LENGTH);
    }

    /** What is no id (bytes that rotted, a foreign writer) becomes one that no other message is likely to have. */
    private static long id(byte[] block, int position) {
        if (MessageId.isValid(block, position)) {
            return MessageId.parse(block, position);
        }
        return (long) LONG.get(block, position) * 0x9E3779B97F4A7C15L + (long) LONG.get(block, position + 8);
    }
}
