package io.nsqd.console;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nsqd.spi.Authorization;
import io.nsqd.testing.FakeNsqd;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LiveTest {
    private final FakeNsqd nsqd = new FakeNsqd();
    private final Live live =
            new Live(nsqd, List::of, new History(), new OldestMessages(nsqd, Runnable::run), Clock.systemUTC());

    private final AtomicBoolean good = new AtomicBoolean(true);

    /** A page, which takes what it asks for. */
    private static final class Page implements Flow.Subscriber<ByteBuffer> {
        private final List<String> events = new CopyOnWriteArrayList<>();
        private volatile Flow.Subscription subscription;
        private volatile boolean over;

        @Override
        public void onSubscribe(Flow.Subscription subscribed) {
            subscription = subscribed;
        }

        @Override
        public void onNext(ByteBuffer event) {
            events.add(StandardCharsets.UTF_8.decode(event).toString());
        }

        @Override
        public void onError(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void onComplete() {
            over = true;
        }

        String last() {
            return events.isEmpty() ? "" : events.get(events.size() - 1);
        }
    }

    @BeforeEach
    void start() {
        live.start();
    }

    @AfterEach
    void stop() {
        live.close();
    }

    private Page open(Optional<Authorization> authorization) {
        Page page = new Page();
        live.open(new Visitor("ann", "", "", authorization), good::get)
                .orElseThrow()
                .subscribe(page);
        return page;
    }

    @Test
    void firstAllThenWhatChanges() {
        nsqd.figures(Samples.of(Samples.topic("a", 5, Samples.channel("c", 5, 5, 0)), Samples.topic("b", 1)));
        Page page = open(Optional.empty());
        page.subscription.request(100);
        await().until(() -> page.events.size() == 1);
        assertTrue(page.last().contains("event: snapshot\ndata: {"), page.last());
        assertTrue(page.last().contains("\"a\":[0,0,5,0,0,0,{\"c\":[5,"), page.last());
        assertTrue(page.last().endsWith("\n\n"), page.last());
        nsqd.figures(Samples.of(Samples.topic("a", 5), Samples.topic("b", 1), Samples.topic("d", 0)));
        await().until(() -> page.events.size() == 2);
        assertTrue(page.last().startsWith("event: delta\n"), page.last());
        assertTrue(page.last().contains("\"d\":["), page.last());
        assertTrue(page.last().contains("\"gone\":[\"a:c\"]"), page.last());
        assertFalse(page.last().contains("\"b\""), page.last());
        assertFalse(page.last().contains("health"), page.last());
    }

    @Test
    void whereNothingHappensNothingIsSaid() {
        nsqd.figures(Samples.of(Samples.topic("a", 5)));
        Page page = open(Optional.empty());
        page.subscription.request(100);
        await().until(() -> page.events.size() == 1);
        // The figures were looked at several times meanwhile.
        int looked = nsqd.filters().size();
        await().until(() -> nsqd.filters().size() >= looked + 3);
        assertEquals(1, page.events.size());
    }

    @Test
    void withoutAPageNobodyLooksEverySecond() {
        Page page = open(Optional.empty());
        page.subscription.request(1);
        await().until(() -> page.events.size() == 1);
        page.subscription.cancel();
        await().until(() -> live.pages() == 0);
        int looked = nsqd.filters().size();
        await().during(Duration.ofMillis(2500))
                .atMost(Duration.ofSeconds(5))
                .until(() -> nsqd.filters().size() <= looked + 2);
    }

    @Test
    void whoIsSlowGetsAllAnew() {
        nsqd.figures(Samples.of(Samples.topic("a", 1)));
        Page page = open(Optional.empty());
        page.subscription.request(1);
        await().until(() -> page.events.size() == 1);
        int looked = nsqd.filters().size();
        nsqd.figures(Samples.of(Samples.topic("a", 2)));
        await().until(() -> nsqd.filters().size() >= looked + 2);
        assertEquals(1, page.events.size());
        page.subscription.request(1);
        await().until(() -> page.events.size() == 2);
        assertTrue(page.last().contains("event: snapshot"), page.last());
        assertTrue(page.last().contains("\"a\":[0,0,2,"), page.last());
    }

    @Test
    void eachSeesWhatIsHis() {
        nsqd.figures(Samples.of(
                Samples.topic("mine", 1, Samples.channel("c", 0, 0, 0), Samples.channel("secret", 0, 0, 0)),
                Samples.topic("others", 1, Samples.channel("c", 0, 0, 0))));
        Authorization reader = new Authorization(
                "r",
                "",
                List.of(new Authorization.Entry(
                        Pattern.compile("^mine$"),
                        List.of(Pattern.compile("^c$")),
                        Set.of(Authorization.Permission.SUBSCRIBE))),
                Duration.ofHours(1));
        Page page = open(Optional.of(reader));
        page.subscription.request(100);
        await().until(() -> page.events.size() == 1);
        assertTrue(page.last().contains("\"mine\""), page.last());
        assertFalse(page.last().contains("secret"), page.last());
        assertFalse(page.last().contains("others"), page.last());
        nsqd.figures(Samples.of(Samples.topic("mine", 1, Samples.channel("c", 0, 0, 0))));
        await().until(() -> page.events.size() == 2);
        assertFalse(page.last().contains("others"), page.last());
        assertFalse(page.last().contains("secret"), page.last());
    }

    @Test
    void whoWouldNotBeLetInAnyMoreIsToldNothingMore() {
        Page page = open(Optional.empty());
        page.subscription.request(100);
        await().until(() -> page.events.size() == 1);
        good.set(false);
        await().until(() -> page.over);
        assertEquals(0, live.pages());
    }

    @Test
    void aStopEndsThePages() {
        Page page = open(Optional.empty());
        page.subscription.request(1);
        live.close();
        assertTrue(page.over);
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("nsqd-console-live") && thread.isAlive()));
    }
}
