package io.nsqd.http;

import io.nsqd.api.MessageBatch;

/** The body of an {@code /mpub}: nothing is published before all of it is known to be good (H-52, H-53). */
abstract class MpubBody implements RequestBody {
    private final Sink sink;
    private final MessageBlocks blocks;

    /** Where the messages of a good body go. */
    @FunctionalInterface
    interface Sink {
        /** Publishes and answers. */
        void publish(MessageBatch batch, Exchange exchange);
    }

    MpubBody(long announced, Sink sink) {
        blocks = new MessageBlocks(announced);
        this.sink = sink;
    }

    final MessageBlocks blocks() {
        return blocks;
    }

    @Override
    public final long held() {
        return blocks.held();
    }

    @Override
    public final long heldWith(int added) {
        return blocks.heldWith(added);
    }

    /** The body is complete; {@link #blocks} has its messages. */
    final void publish(Exchange exchange) {
        MessageBatch batch = blocks.take();
        if (batch.isEmpty()) {
            exchange.answer(Response.OK);
        } else {
            sink.publish(batch, exchange);
        }
    }
}
