package io.nsqd.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How often the loop is bothered with what is done. */
class PendingAnswersFlushTest implements PendingAnswers.Owner {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final OutputBuffer output = new OutputBuffer(channel);
    private final PendingAnswers answers = new PendingAnswers(channel.eventLoop(), output, this);
    private int turns;

    @Override
    public void answered() {
        turns++;
        output.flush();
    }

    @Override
    public void failed(ProtocolException failure) {
        throw new AssertionError(failure);
    }

    @Override
    public void broken(Throwable failure) {
        throw new AssertionError(failure);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void pend(CompletableFuture<?> result) {
        answers.when(result, 1, () -> {}, FrameEncoder.OK);
    }

    private int sent() {
        channel.runPendingTasks();
        int bytes = 0;
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            bytes += out.readableBytes();
            out.release();
        }
        return bytes / (8 + FrameEncoder.OK.length);
    }

    /** Each has a completion of its own, which follows from that of the commit. */
    @Test
    void whatIsDoneTogetherIsAnsweredInOneTurn() {
        CompletableFuture<Void> commit = new CompletableFuture<>();
        for (int i = 0; i < 100; i++) {
            CompletableFuture<Void> publish = new CompletableFuture<>();
            commit.whenComplete((done, failure) -> publish.complete(null));
            pend(publish);
        }
        assertEquals(0, sent());
        commit.complete(null);
        assertEquals(100, sent());
        assertEquals(1, turns);
    }

    @Test
    void onlyTheOldestIsWaitedFor() {
        List<CompletableFuture<Void>> publishes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            publishes.add(new CompletableFuture<>());
            pend(publishes.get(i));
        }
        for (int i = 99; i > 0; i--) {
            publishes.get(i).complete(null);
        }
        assertEquals(0, sent());
        assertEquals(0, turns);
        publishes.get(0).complete(null);
        assertEquals(100, sent());
        assertEquals(1, turns);
    }

    @Test
    void nothingIsKeptWhereNothingIsPending() {
        answers.response(FrameEncoder.OK);
        output.flush();
        assertEquals(1, sent());
        assertEquals(0, turns);
        CompletableFuture<Void> publish = new CompletableFuture<>();
        pend(publish);
        answers.response(FrameEncoder.OK);
        output.flush();
        assertEquals(0, sent());
        publish.complete(null);
        assertEquals(2, sent());
        answers.response(FrameEncoder.OK);
        output.flush();
        assertEquals(1, sent());
    }
}
