package io.nsqd.tcp;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The snappy framing format as a client has it: strict in what it reads; compresses only runs of one byte. */
final class SnappyStreams {
    static final byte[] IDENTIFIER = "\u00ff\u0006\0\0sNaPpY".getBytes(StandardCharsets.ISO_8859_1);
    private static final int MAX_CHUNK = 65_536;

    private SnappyStreams() {}

    private static int checksum(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        int value = (int) crc.getValue();
        return ((value >>> 15) | (value << 17)) + 0xa282ead8;
    }

    static byte[] chunk(int type, byte[] content, int checksum) {
        int length = content.length + 4;
        return ByteBuffer.allocate(4 + length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(type | length << 8)
                .putInt(checksum)
                .put(content)
                .array();
    }

    static final class Output extends FilterOutputStream {
        private boolean started;

        Output(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteArrayOutputStream chunks = new ByteArrayOutputStream();
            if (!started) {
                started = true;
                chunks.writeBytes(IDENTIFIER);
            }
            for (int at = offset; at < offset + length; at += MAX_CHUNK) {
                byte[] data = Arrays.copyOfRange(bytes, at, Math.min(at + MAX_CHUNK, offset + length));
                boolean run = data.length > 64 && isRun(data);
                chunks.writeBytes(chunk(run ? 0 : 1, run ? compressRun(data) : data, checksum(data)));
            }
            out.write(chunks.toByteArray());
        }

        private static boolean isRun(byte[] data) {
            for (byte b : data) {
                if (b != data[0]) {
                    return false;
                }
            }
            return true;
        }

        private static byte[] compressRun(byte[] data) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int left = data.length; left > 0; left >>>= 7) {
                out.write(left & 0x7f | (left > 0x7f ? 0x80 : 0));
            }
            out.write(0);
            out.write(data[0]);
            for (int left = data.length - 1; left > 0; left -= 64) {
                out.write((Math.min(left, 64) - 1) << 2 | 2);
                out.write(1);
                out.write(0);
            }
            return out.toByteArray();
        }
    }

    static final class Input extends InputStream {
        private final DataInputStream in;
        private byte[] chunk = new byte[0];
        private int at;
        private boolean started;
        /** Compressed chunks that were read. */
        int compressed;
        /** Others. */
        int uncompressed;

        Input(InputStream in) {
            this.in = new DataInputStream(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            while (at == chunk.length) {
                int type = in.read();
                if (type < 0) {
                    return -1;
                }
                next(type);
            }
            int take = Math.min(length, chunk.length - at);
            System.arraycopy(chunk, at, bytes, offset, take);
            at += take;
            return take;
        }

        private void next(int type) throws IOException {
            int length = in.read() | in.read() << 8 | in.read() << 16;
            byte[] content = new byte[length];
            in.readFully(content);
            if (type == 0xff) {
                started = true;
                return;
            }
            if (!started || type > 1 || length < 4) {
                throw new IOException("chunk of type " + type);
            }
            ByteBuffer body = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
            int checksum = body.getInt();
            byte[] data = Arrays.copyOfRange(content, 4, length);
            chunk = type == 0 ? decode(data) : data;
            at = 0;
            if (type == 0) {
                compressed++;
            } else {
                uncompressed++;
            }
            if (checksum(chunk) != checksum || chunk.length > MAX_CHUNK) {
                throw new IOException("bad chunk");
            }
        }

        private static byte[] decode(byte[] data) throws IOException {
            ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
            int size = 0;
            int shift = 0;
            int b;
            do {
                b = in.get();
                size |= (b & 0x7f) << shift;
                shift += 7;
            } while (b < 0);
            byte[] out = new byte[size];
            int to = 0;
            while (in.hasRemaining()) {
                int tag = in.get() & 0xff;
                int length = tag >> 2;
                if ((tag & 3) == 0) {
                    if (length >= 60) {
                        int bytes = length - 59;
                        length = 0;
                        for (int i = 0; i < bytes; i++) {
                            length |= (in.get() & 0xff) << (8 * i);
                        }
                    }
                    in.get(out, to, length + 1);
                    to += length + 1;
                    continue;
                }
                int offset;
                if ((tag & 3) == 1) {
                    offset = (tag >> 5) << 8 | in.get() & 0xff;
                    length = length & 7;
                    length += 4;
                } else {
                    offset = (tag & 3) == 2 ? in.getShort() & 0xffff : in.getInt();
                    length++;
                }
                for (int i = 0; i < length; i++, to++) {
                    out[to] = out[to - offset];
                }
            }
            if (to != size) {
                throw new EOFException();
            }
            return out;
        }
    }
}
