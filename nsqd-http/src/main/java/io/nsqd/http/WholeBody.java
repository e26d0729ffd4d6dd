package io.nsqd.http;

import io.netty.buffer.ByteBuf;

/** A body that is of use when all of it is there: it is kept until then. Confined to the connection's loop. */
abstract class WholeBody implements RequestBody {
    private final BodyBytes bytes;
    private final long limit;
    private final String tooBig;

    /**
     * @param announced the length, or a negative number if not known
     * @param limit the most bytes that it may have
     * @param tooBig what a client is told whose body has more
     */
    WholeBody(long announced, long limit, String tooBig) {
        bytes = new BodyBytes(announced);
        this.limit = limit;
        this.tooBig = tooBig;
    }

    @Override
    public final void add(ByteBuf piece) throws HttpException {
        if (!bytes.add(piece, limit)) {
            throw new HttpException(413, tooBig);
        }
    }

    @Override
    public final long held() {
        return bytes.held();
    }

    @Override
    public final long heldWith(int added) {
        return bytes.heldWith(added, limit);
    }

    /** What has come. */
    final BodyBytes bytes() {
        return bytes;
    }
}
