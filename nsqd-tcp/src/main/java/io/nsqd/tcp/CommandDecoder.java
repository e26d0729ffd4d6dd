package io.nsqd.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.nsqd.api.MessageBatch;
import io.nsqd.net.InputBudget;
import io.nsqd.net.InputEnd;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns bytes into commands and bodies, in whatever pieces they come (P-10 to P-17, P-68). Limits are checked before
 * anything is allocated, and memory grows only with what has arrived.
 *
 * <p>Bodies are copied once. Those of an MPUB share blocks, which go to the broker; what stays here between two reads is
 * at most a part of a line, of a number or of one body. While the connection waits (for a completion, or for room
 * among its pending answers) nothing is decoded: the only kind of waiting there is. Confined to the connection's loop.
 */
final class CommandDecoder extends ChannelInboundHandlerAdapter {
    /** Bytes of a block that several bodies share. */
    private static final int BLOCK_BYTES = 32 * 1024;

    /** A body is given this much at first, however big it says it is. */
    private static final int FIRST_BODY_BYTES = 16 * 1024;

    /** By how much a body's array grows when it is full: what has come vouches for this much more, and little is copied. */
    private static final int BODY_GROWTH = 8;

    private static final byte[] MAGIC = FrameEncoder.ascii("  V2");

    private enum State {
        MAGIC,
        LINE,
        SIZE,
        BODY,
        BATCH_SIZE,
        BATCH_COUNT,
        MESSAGE_SIZE,
        MESSAGE_BODY,
        /** After a fatal error: whatever comes is thrown away. */
        DISCARD
    }

    private final ClientConnection connection;
    private final LoopState loop;

    /** What has come while the connection is suspended. */
    private final ArrayDeque<ByteBuf> undecoded = new ArrayDeque<>(0);

    private ChannelHandlerContext context;
    private State state;
    /** What is being decoded. */
    private ByteBuf decoding = Unpooled.EMPTY_BUFFER;

    private boolean inputEnded;

    /** What the connection has of the memory for unfinished input; {@code null} before there was much of it. */
    private InputBudget.Claim claim;

    /** Whether there is no memory for more of it just now. */
    private boolean starved;

    /** Memory of the command that is being read. */
    private long held;

    /** A part of a line or of the magic. */
    private byte[] partial = new byte[0];

    private int partialLength;

    /** A number as far as it came. */
    private int number;

    private int numberBytes;

    /** The body, or the block, being filled; {@code target} is where the next byte goes, {@code missing} what it lacks. */
    private byte[] block;

    private int blockUsed;
    private int bodySize;
    private int bodyStart;
    private int missing;

    private MessageBatch batch;
    private int batchBytes;
    private int batchMessages;
    private int messagesLeft;
    private int messageIndex;
    private long batchBytesLeft;

    CommandDecoder(ClientConnection connection, LoopState loop) {
        this(connection, loop, false);
    }

    /** @param begun whether the client has said which protocol it speaks */
    CommandDecoder(ClientConnection connection, LoopState loop, boolean begun) {
        this.connection = connection;
        this.loop = loop;
        state = begun ? State.LINE : State.MAGIC;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        // A client that ends its side still gets the answer to what it sent.
        added.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        connection.decoder(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (state != State.DISCARD && (rests() || !undecoded.isEmpty())) {
            undecoded.add(in);
            return;
        }
        try {
            decode(in);
            claim();
        } finally {
            if (in.isReadable() && state != State.DISCARD) {
                undecoded.add(in);
            } else {
                in.release();
            }
        }
    }

    /** Whether nothing is decoded: until a completion is there, or memory. */
    private boolean rests() {
        return starved || connection.isSuspended();
    }

    /** Whether the client is not listened to for want of memory. */
    boolean isStarved() {
        return starved;
    }

    /** Tells how much memory what is unfinished takes; where that is too much, the client has to wait. */
    private void claim() {
        if (!starved && (claim != null || held > InputBudget.FREE_BYTES)) {
            starved = !claimed().takes(held) && state != State.DISCARD;
        }
    }

    /** Asks for memory before it is taken; where there is none, nothing more is decoded for now. */
    private boolean mayHold(long bytes) {
        starved =
                (claim != null || bytes > InputBudget.FREE_BYTES) && !claimed().mayTake(bytes);
        return !starved;
    }

    private InputBudget.Claim claimed() {
        if (claim == null) {
            claim = InputBudget.shared().claim(context.executor(), this::fed, this::givenUp);
        }
        return claim;
    }

    private void fed() {
        if (starved) {
            starved = false;
            connection.fed();
            resume();
        }
    }

    private void givenUp() {
        if (state != State.DISCARD && held > 0) {
            connection.inputEnded(brokenOff());
        }
    }

    private void release() {
        held = 0;
        if (claim != null) {
            claim.takes(0);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        connection.readComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        connection.writabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (InputEnd.is(event)) {
            endInput();
        }
    }

    /** The client will send no more. */
    void endInput() {
        inputEnded = true;
        endIfDone();
    }

    boolean hasInputEnded() {
        return inputEnded;
    }

    /** The client has said all it will: answers the command that it broke off, then closes (P-14). */
    private void endIfDone() {
        if (inputEnded && !rests() && undecoded.isEmpty()) {
            connection.readComplete();
            connection.inputEnded(brokenOff());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        undecoded.forEach(ByteBuf::release);
        undecoded.clear();
        release();
        connection.closed();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        connection.failed(cause);
    }

    /** The connection waits no more. */
    void resume() {
        assert context.channel().eventLoop().inEventLoop();
        while (!undecoded.isEmpty() && !rests()) {
            ByteBuf in = undecoded.peek();
            decode(in);
            claim();
            // It is gone already when the connection was closed meanwhile.
            if (!undecoded.isEmpty() && (!in.isReadable() || state == State.DISCARD)) {
                undecoded.remove().release();
            }
        }
        if (!rests()) {
            connection.readComplete();
            endIfDone();
        }
        connection.parkIfDone();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        connection.removed();
    }

    /** Whether the client has said which protocol it speaks. */
    boolean hasBegun() {
        return state != State.MAGIC;
    }

    /**
     * All that has arrived of commands that were not carried out, for another decoder to begin with. Of a command that was begun it is
     * what the client had sent of it, as it has had no effect yet. This decoder is at an end.
     */
    List<ByteBuf> takeUndecoded() {
        List<ByteBuf> bytes = new ArrayList<>();
        switch (state) {
            case SIZE, BATCH_SIZE -> {
                bytes.add(connection.unfinishedLine());
                bytes.add(partialNumber());
            }
            case BODY -> {
                bytes.add(connection.unfinishedLine());
                bytes.add(Unpooled.copyInt(bodySize));
                bytes.add(partialBody());
            }
            case BATCH_COUNT -> {
                bytes.add(connection.unfinishedLine());
                bytes.add(Unpooled.copyInt(batchBytes));
                bytes.add(partialNumber());
            }
            case MESSAGE_SIZE -> {
                addBatch(bytes);
                bytes.add(partialNumber());
            }
            case MESSAGE_BODY -> {
                addBatch(bytes);
                bytes.add(Unpooled.copyInt(bodySize));
                bytes.add(partialBody());
            }
            case MAGIC, LINE -> bytes.add(Unpooled.copiedBuffer(partial, 0, partialLength));
            case DISCARD -> throw new IllegalStateException("the connection has ended");
        }
        bytes.addAll(undecoded);
        undecoded.clear();
        discard();
        return bytes;
    }

    private ByteBuf partialNumber() {
        ByteBuf bytes = Unpooled.buffer(Integer.BYTES);
        for (int i = numberBytes - 1; i >= 0; i--) {
            bytes.writeByte(number >>> i * Byte.SIZE);
        }
        return bytes;
    }

    private ByteBuf partialBody() {
        return Unpooled.wrappedBuffer(block, bodyStart, bodySize - missing);
    }

    private void addBatch(List<ByteBuf> bytes) {
        bytes.add(connection.unfinishedLine());
        bytes.add(Unpooled.copyInt(batchBytes, batchMessages));
        for (int i = 0; i < batch.size(); i++) {
            bytes.add(Unpooled.copyInt(batch.length(i)));
            bytes.add(Unpooled.wrappedBuffer(batch.block(i), batch.offset(i), batch.length(i)));
        }
    }

    /** Loses what has come behind the command being handled: it was not sent over what the connection becomes (P-36). */
    void forget() {
        decoding.skipBytes(decoding.readableBytes());
        undecoded.forEach(in -> in.skipBytes(in.readableBytes()));
    }

    /** Whatever follows is not for us. */
    void discard() {
        state = State.DISCARD;
        block = null;
        batch = null;
        release();
    }

    private void decode(ByteBuf in) {
        decoding = in;
        try {
            while (in.isReadable() && state != State.DISCARD && !rests()) {
                step(in);
            }
            connection.settleGathered();
        } catch (ProtocolException e) {
            connection.fail(e);
        } finally {
            decoding = Unpooled.EMPTY_BUFFER;
        }
    }

    private void step(ByteBuf in) throws ProtocolException {
        switch (state) {
            case MAGIC -> magic(in);
            case LINE -> line(in);
            case SIZE -> {
                if (number(in)) {
                    connection.bodySize(number);
                    beginBody(number);
                }
            }
            case BODY -> {
                if (body(in)) {
                    byte[] body = block;
                    block = null;
                    held = 0;
                    state = State.LINE;
                    connection.body(body);
                }
            }
            case BATCH_SIZE -> {
                if (number(in)) {
                    connection.batchSize(number);
                    batchBytes = number;
                    batchBytesLeft = number;
                    state = State.BATCH_COUNT;
                }
            }
            case BATCH_COUNT -> {
                if (number(in)) {
                    connection.batchCount(number);
                    batchMessages = number;
                    messagesLeft = number;
                    messageIndex = 0;
                    batch = new MessageBatch();
                    state = State.MESSAGE_SIZE;
                }
            }
            case MESSAGE_SIZE -> {
                if (number(in)) {
                    connection.batchMessageSize(messageIndex, number);
                    beginMessage(number);
                }
            }
            case MESSAGE_BODY -> {
                if (body(in)) {
                    endMessage();
                }
            }
            case DISCARD -> in.skipBytes(in.readableBytes());
        }
    }

    private void magic(ByteBuf in) throws ProtocolException {
        int take = Math.min(MAGIC.length - partialLength, in.readableBytes());
        keep(in, take);
        if (partialLength == MAGIC.length) {
            partialLength = 0;
            connection.magic(Arrays.equals(partial, 0, MAGIC.length, MAGIC, 0, MAGIC.length), partial);
            state = state == State.DISCARD ? state : State.LINE;
        }
    }

    private void line(ByteBuf in) throws ProtocolException {
        int start = in.readerIndex();
        int newline = in.indexOf(start, in.writerIndex(), (byte) '\n');
        int length = (newline < 0 ? in.writerIndex() : newline + 1) - start;
        if (partialLength + length > Limits.MAX_LINE_BYTES
                || (newline < 0 && partialLength + length == Limits.MAX_LINE_BYTES)) {
            connection.lineTooLong();
            return;
        }
        if (newline < 0) {
            keep(in, length);
            return;
        }
        byte[] line = loop.line;
        System.arraycopy(partial, 0, line, 0, partialLength);
        in.readBytes(line, partialLength, length);
        int end = partialLength + length - 1;
        if (partialLength > 0) {
            partialLength = 0;
            partial = new byte[0];
        }
        if (end > 0 && line[end - 1] == '\r') {
            end--;
        }
        switch (connection.command(line, end)) {
            case NOTHING -> {
                // The next line.
            }
            case BODY -> state = State.SIZE;
            case BATCH -> state = State.BATCH_SIZE;
        }
    }

    private void keep(ByteBuf in, int bytes) {
        if (partialLength + bytes > partial.length) {
            partial = Arrays.copyOf(partial, Math.max(64, Math.max(partialLength + bytes, partial.length * 2)));
        }
        in.readBytes(partial, partialLength, bytes);
        partialLength += bytes;
    }

    /** Collects four bytes; true when {@link #number} is complete. */
    private boolean number(ByteBuf in) {
        if (numberBytes == 0 && in.readableBytes() >= Integer.BYTES) {
            number = in.readInt();
            return true;
        }
        while (numberBytes < Integer.BYTES && in.isReadable()) {
            number = number << 8 | in.readUnsignedByte();
            numberBytes++;
        }
        if (numberBytes < Integer.BYTES) {
            return false;
        }
        numberBytes = 0;
        return true;
    }

    private void beginBody(int size) {
        bodySize = size;
        bodyStart = 0;
        missing = size;
        block = newBlock(Math.min(size, FIRST_BODY_BYTES));
        state = State.BODY;
    }

    private byte[] newBlock(int length) {
        held += length;
        return new byte[length];
    }

    /** Copies what has come of the body; true when it is whole. */
    private boolean body(ByteBuf in) {
        int have = bodySize - missing;
        int take = Math.min(missing, in.readableBytes());
        int needed = bodyStart + have + take;
        if (needed > block.length) {
            // Only a body with an array of its own grows; it ends at its exact size.
            int grown = (int) Math.min(bodySize, Math.max(needed, (long) block.length * BODY_GROWTH));
            // Both are there for a moment.
            if (!mayHold(held + grown)) {
                return false;
            }
            held += grown - block.length;
            block = Arrays.copyOf(block, grown);
        }
        in.readBytes(block, bodyStart + have, take);
        missing -= take;
        return missing == 0;
    }

    /** Finds room for a message of an MPUB: in the block, in a new one, or, for a big one, on its own. */
    private void beginMessage(int size) {
        batchBytesLeft -= Integer.BYTES;
        bodySize = size;
        missing = size;
        state = State.MESSAGE_BODY;
        if (size > BLOCK_BYTES) {
            bodyStart = 0;
            block = newBlock(FIRST_BODY_BYTES);
            return;
        }
        if (block == null || block.length - blockUsed < size) {
            block = newBlock((int) Math.max(size, Math.min(BLOCK_BYTES, batchBytesLeft)));
            blockUsed = 0;
        }
        bodyStart = blockUsed;
    }

    private void endMessage() throws ProtocolException {
        batch.add(block, bodyStart, bodySize);
        batchBytesLeft -= bodySize;
        if (bodySize > BLOCK_BYTES) {
            block = null;
        } else {
            blockUsed = bodyStart + bodySize;
        }
        messageIndex++;
        messagesLeft--;
        if (messagesLeft > 0) {
            state = State.MESSAGE_SIZE;
            return;
        }
        MessageBatch complete = batch;
        batch = null;
        block = null;
        held = 0;
        state = State.LINE;
        connection.batch(complete);
    }

    /** Whether the client is in the middle of a body: then a time-out has an answer (P-46). */
    ClientConnection.BrokenOff brokenOff() {
        return switch (state) {
            case MAGIC -> ClientConnection.BrokenOff.MAGIC;
            case LINE, DISCARD -> ClientConnection.BrokenOff.LINE;
            case SIZE, BATCH_SIZE -> ClientConnection.BrokenOff.SIZE;
            case BODY -> ClientConnection.BrokenOff.BODY;
            case BATCH_COUNT -> ClientConnection.BrokenOff.COUNT;
            case MESSAGE_SIZE -> ClientConnection.BrokenOff.MESSAGE_SIZE;
            case MESSAGE_BODY -> ClientConnection.BrokenOff.MESSAGE_BODY;
        };
    }

    /** The number of the message of an MPUB that is being read. */
    int messageIndex() {
        return messageIndex;
    }
}
