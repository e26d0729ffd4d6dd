package io.nsqd.tcp;

import io.nsqd.api.Consumer;
import io.nsqd.api.MessageBatch;
import io.nsqd.api.MessageSink;
import io.nsqd.api.Names;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Reason;
import io.nsqd.api.SubscribeOptions;
import io.nsqd.api.Subscription;
import io.nsqd.testing.FakeChannel;
import io.nsqd.testing.FakeNsqd;
import io.nsqd.testing.FakeTopic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A broker for one client on one thread, which does the same each time. How it answers is in the first letter of a name:
 * topics with {@code s} are slow (a publish completes when {@link #completePending} is called), with {@code f} full, with
 * {@code g} gone; channels with {@code b} have no room for a consumer. What becomes of FIN, REQ and TOUCH depends on the id
 * alone and not on what is in flight, so that it does not depend on the moment either: odd ids are settled.
 */
final class ScriptedNsqd extends FakeNsqd {
    final List<byte[]> accepted = new ArrayList<>();
    private final ArrayDeque<CompletableFuture<Void>> pending = new ArrayDeque<>();
    private final Set<String> refusedOnce = new HashSet<>();

    /** Completes what is pending; whether there was any. */
    boolean completePending() {
        boolean any = !pending.isEmpty();
        while (!pending.isEmpty()) {
            pending.poll().complete(null);
        }
        return any;
    }

    @Override
    public FakeTopic topic(String name) {
        if (name.startsWith("g")) {
            throw new NsqdException(Reason.EXITING, "exiting");
        }
        return super.topic(name);
    }

    @Override
    protected FakeTopic newTopic(String name) {
        return new ScriptedTopic(name);
    }

    private final class ScriptedTopic extends FakeTopic {
        ScriptedTopic(String name) {
            super(ScriptedNsqd.this, name);
        }

        @Override
        public CompletableFuture<Void> publishDeferred(MessageBatch batch, long delayNanos) {
            if (name().startsWith("f")) {
                return CompletableFuture.failedFuture(new NsqdException(Reason.BACKEND, "no space left on device"));
            }
            for (int i = 0; i < batch.size(); i++) {
                int start = batch.offset(i);
                accepted.add(Arrays.copyOfRange(batch.block(i), start, start + batch.length(i)));
            }
            CompletableFuture<Void> done = super.publishDeferred(batch, delayNanos);
            if (!name().startsWith("s")) {
                return done;
            }
            CompletableFuture<Void> later = new CompletableFuture<>();
            pending.add(later);
            return later;
        }

        @Override
        protected FakeChannel newChannel(String channelName) {
            return new ScriptedChannel(this, channelName);
        }
    }

    private final class ScriptedChannel extends FakeChannel {
        ScriptedChannel(ScriptedTopic topic, String name) {
            super(topic, name);
        }

        @Override
        public synchronized Subscription subscribe(Consumer subscribing, SubscribeOptions options) {
            if (name().startsWith("b")) {
                throw new NsqdException(Reason.TOO_MANY_CONSUMERS, "consumers for t:" + name() + " exceeds limit of 1");
            }
            if (Names.isEphemeral(name()) && refusedOnce.add(name())) {
                throw new NsqdException(Reason.EXITING, "exiting");
            }
            return super.subscribe(subscribing, options);
        }

        @Override
        public int poll(int maxMessages, long maxBytes, MessageSink sink) {
            return super.poll(maxMessages, maxBytes, message -> {
                if (inFlight() > consumer().stats().readyCount()) {
                    throw new AssertionError("more in flight than the client is ready for");
                }
                sink.message(message);
            });
        }

        @Override
        public void finish(long[] ids, int howMany, Refused refused) {
            for (int i = 0; i < howMany; i++) {
                if ((ids[i] & 1) == 0) {
                    refused.refused(ids[i], Reason.NOT_IN_FLIGHT);
                } else {
                    settle(ids[i]);
                }
            }
        }

        @Override
        public void requeue(long id, long delayNanos) {
            touch(id);
            settle(id);
        }

        @Override
        public synchronized void touch(long id) {
            if ((id & 1) == 0) {
                throw new NsqdException(Reason.NOT_OWNER, "client does not own message");
            }
        }
    }
}
