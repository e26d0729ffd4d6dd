package io.nsqd.core;

import io.nsqd.api.Durability;
import io.nsqd.api.Errors;
import io.nsqd.api.Names;
import io.nsqd.api.Nsqd;
import io.nsqd.api.NsqdException;
import io.nsqd.api.Option;
import io.nsqd.api.Options;
import io.nsqd.api.Reason;
import io.nsqd.api.Topic;
import io.nsqd.core.disk.DiskQueueFactory;
import io.nsqd.core.disk.EphemeralQueue;
import io.nsqd.core.disk.FileMetadataService;
import io.nsqd.core.journal.QueueJournal;
import io.nsqd.core.journal.Replay;
import io.nsqd.core.policy.FileDocuments;
import io.nsqd.core.policy.PolicyStore;
import io.nsqd.core.retention.Retention;
import io.nsqd.log.Logger;
import io.nsqd.log.LoggerFactory;
import io.nsqd.spi.BackendQueue;
import io.nsqd.spi.BackendQueueFactory;
import io.nsqd.spi.DocumentStore;
import io.nsqd.spi.JournalStore;
import io.nsqd.spi.Metadata;
import io.nsqd.spi.MetadataService;
import io.nsqd.spi.NsqdListener;
import io.nsqd.spi.Transport;
import io.nsqd.stats.ClientStats;
import io.nsqd.stats.MemoryStats;
import io.nsqd.stats.NsqdStats;
import io.nsqd.stats.StatsFilter;
import io.nsqd.stats.TopicStats;
import io.nsqd.stats.Trouble;
import io.nsqd.stats.Troubles;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The daemon: its topics, its loops, and what the options say. Lives from {@link #start} to {@link #close}, once.
 */
final class Broker implements Nsqd, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

    /** Threads that close topics, and topics that make a further one worth while. */
    private static final int MAX_CLOSING = 16;

    private static final int TOPICS_PER_CLOSING = 8;
    private static final int PUMP_THREADS = 2;

    /** How long threads may take to end that have nothing more to do. */
    private static final long STOP_SECONDS = 10;

    /** What is wrong when clients must authenticate and cannot. */
    static final String NOBODY_TO_ASK =
            "authentication is required and there is no authenticator: clients are refused until there is one";

    private static final JournalStore NO_JOURNAL = (owner, durability, listener) -> {
        throw new IOException("there is no journal store");
    };

    private final BackendQueueFactory storage;
    private final MetadataService metadata;
    private final Clock clock;
    private final Consumer<String> fatal;
    private final Troubles troubles = new Troubles();
    private final MemoryBudget budget;
    private final Whiteboard whiteboard;
    private final MetadataSaver saver;
    private final PolicyStore policies;
    private final Undertaker undertaker;
    private final BrokerJournal journal;
    private final Delays delays;
    private final Retention retention;

    /** Reads messages again that the journal has, and may wait for the disk. */
    private final ScheduledThreadPoolExecutor reader;

    private final QueueScanLoop scanLoop;
    private final MemoryFigures memory = new MemoryFigures();
    private final StopReport stopReport = new StopReport();
    private final ScheduledThreadPoolExecutor pumps;
    private final Instant startTime = Instant.now();

    /** Guards the coming and going of topics. */
    private final Object topology = new Object();

    private final ConcurrentSkipListMap<String, BrokerTopic> topics = new ConcurrentSkipListMap<>();
    private volatile Options options;
    private final KnownAuthenticators authenticators;
    private volatile String name = DEFAULT_NAME;
    private volatile String healthError = "";

    /** What was told of the health. */
    private final AtomicReference<String> lastHealth = new AtomicReference<>("OK");

    private volatile Consumer<String> logLevel = level -> {};
    private volatile boolean closing;
    /** Whether new topics and channels are news: not so while what was saved is loaded. */
    private volatile boolean running;

    /** A broker that has no journal, and so promises nothing. */
    Broker(
            Options options,
            MetadataService metadata,
            BackendQueueFactory storage,
            Clock clock,
            Consumer<String> fatal) {
        this(options, metadata, storage, NO_JOURNAL, clock, fatal);
    }

    /**
     * @param fatal told, in words, why the daemon cannot go on
     */
    Broker(
            Options options,
            MetadataService metadata,
            BackendQueueFactory storage,
            JournalStore journalStore,
            Clock clock,
            Consumer<String> fatal) {
        this.options = options;
        this.metadata = metadata;
        this.storage = storage;
        this.clock = clock;
        this.fatal = fatal;
        authenticators = new KnownAuthenticators(options, DiskQueueFactory.dataPath(options));
        whiteboard = new Whiteboard(troubles, topics::values);
        budget = new MemoryBudget(MemoryBudget.limit(
                options.integer(Option.MEM_QUEUE_BYTES), Runtime.getRuntime().maxMemory()));
        saver = new MetadataSaver(metadata, this::snapshot, troubles);
        policies = new PolicyStore(
                metadata instanceof DocumentStore documents
                        ? documents
                        : new FileDocuments(DiskQueueFactory.dataPath(options)),
                () -> topics.values().forEach(BrokerTopic::policyChanged));
        undertaker = new Undertaker(this, new LetterBook(DiskQueueFactory.dataPath(options)));
        retention = new Retention(DiskQueueFactory.dataPath(options), troubles, clock::epochNanos);
        delays = new Delays(DiskQueueFactory.dataPath(options), clock);
        reader = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nsqd-reader"));
        reader.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        journal = new BrokerJournal(
                journalStore, options.durability(), storage.durability(), clock, troubles, this::lookAtHealth);
        saver.onChange(this::lookAtHealth);
        authenticators.onChange(this::lookAtHealth);
        scanLoop = new QueueScanLoop(clock, troubles, failure -> fatal("QUEUESCAN: " + failure, failure));
        AtomicInteger number = new AtomicInteger();
        pumps = new ScheduledThreadPoolExecutor(
                PUMP_THREADS, task -> new Thread(task, "nsqd-pump-" + number.incrementAndGet()));
        // What is not routed when the topics are closed is flushed.
        pumps.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    // ---- what the parts ask for

    Clock clock() {
        return clock;
    }

    QueueScanLoop scanLoop() {
        return scanLoop;
    }

    ScheduledExecutorService pumps() {
        return pumps;
    }

    Whiteboard whiteboard() {
        return whiteboard;
    }

    /** Who can be asked about clients, and who could be. */
    KnownAuthenticators authenticators() {
        return authenticators;
    }

    /** Told of what the stop cannot save. */
    StopReport stopReport() {
        return stopReport;
    }

    @Override
    public PolicyStore policies() {
        return policies;
    }

    /** What messages take of the memory, and may take. */
    MemoryBudget budget() {
        return budget;
    }

    long memQueueSize() {
        return options.integer(Option.MEM_QUEUE_SIZE);
    }

    /** What topics retain. */
    Retention retention() {
        return retention;
    }

    /** Hands dead letters over. */
    Undertaker undertaker() {
        return undertaker;
    }

    long messageTimeoutNanos() {
        return options.nanos(Option.MSG_TIMEOUT);
    }

    long maxMessageTimeoutNanos() {
        return options.nanos(Option.MAX_MSG_TIMEOUT);
    }

    long maxChannelConsumers() {
        return options.integer(Option.MAX_CHANNEL_CONSUMERS);
    }

    int nodeId() {
        return (int) options.integer(Option.NODE_ID);
    }

    /** A channel's latency window; {@code null} where no percentile is configured, so that it costs nothing. */
    LatencyWindow newLatencyWindow() {
        List<Double> quantiles = options.floats(Option.E2E_PROCESSING_LATENCY_PERCENTILE);
        return quantiles.isEmpty()
                ? null
                : new LatencyWindow(quantiles, options.nanos(Option.E2E_PROCESSING_LATENCY_WINDOW_TIME), clock);
    }

    // ---- start and stop

    /**
     * What the metadata service has is loaded, then saved, so that what cannot be saved is known before anything depends on it; then
     * the loops begin (B-27).
     *
     * @throws IOException with the words of O-27
     */
    void start() throws IOException {
        loadPolicies();
        openJournal();
        load();
        lookForOthers();
        restore();
        persist();
        startLoops();
    }

    private void loadPolicies() throws IOException {
        try {
            policies.load();
            undertaker.book().load();
            journal.raise(policies.mostDurable());
            if (policies.mostDurable() != Durability.MEMORY && metadata instanceof FileMetadataService file) {
                file.raise(policies.mostDurable());
            }
        } catch (IOException | RuntimeException e) {
            throw new IOException("failed to load the policies - " + Errors.describe(e), e);
        }
    }

    private void openJournal() throws IOException {
        try {
            journal.open(name);
        } catch (IOException e) {
            throw new IOException("failed to open the journal - " + Errors.describe(e), e);
        }
    }

    /** A Go daemon that ran since the last stop, which was none, has known nothing of the journal. */
    private void lookForOthers() {
        if (journal.isLeftOpen()
                && metadata instanceof FileMetadataService file
                && !file.isFromDaemonWithJournal().orElse(true)) {
            LOG.warn("JOURNAL: another daemon has used the data path since this one was killed:"
                    + " what it has delivered of the messages in the journal is delivered again");
        }
    }

    /** What was acknowledged before a stop that was not clean is where it was. */
    private void restore() throws IOException {
        try {
            for (Replay.Left left : journal.left()) {
                restore(left);
            }
            journal.restore((topic, channel) -> {
                BrokerTopic of = topics.get(topic);
                return of == null ? null : of.target(channel);
            });
            for (BrokerTopic topic : topics.values()) {
                topic.restored();
            }
            journal.forgetLeft();
            for (Delays.Found found : delays.read()) {
                BrokerTopic topic = topics.get(found.topic());
                if (topic != null) {
                    topic.delays(found);
                }
            }
        } catch (IOException | NsqdException e) {
            throw new IOException("failed to read the journal - " + Errors.describe(e), e);
        }
    }

    private void restore(Replay.Left left) {
        if (!Names.isValid(left.topic()) || !left.channel().isEmpty() && !Names.isValid(left.channel())) {
            LOG.error("JOURNAL: messages of the invalid name {}:{} are left alone", left.topic(), left.channel());
            return;
        }
        BrokerTopic known = topics.get(left.topic());
        BrokerTopic topic = known != null ? known : create(left.topic(), false);
        if (left.channel().isEmpty()) {
            topic.restore(left, journal);
        } else {
            topic.create(left.channel(), false, false).restore(left, journal);
            topic.idsAbove(left.highestId());
        }
    }

    /** The view that a topic's queue, or a channel, has of the journal; {@code null} where nothing is promised. */
    QueueJournal journalOf(QueueJournal.Owner owner, String topic, String channel) {
        boolean promised =
                options.durability() != Durability.MEMORY || policies.durability(topic, channel) != Durability.MEMORY;
        return promised ? journal.queue(owner, topic, channel) : null;
    }

    /** Delays that are noted over a stop. */
    Delays delays() {
        return delays;
    }

    /** Has something done that waits for the disk; not at all once the daemon stops. */
    void fetch(Runnable task) {
        try {
            reader.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the daemon stops", e);
        }
    }

    /** Has something done on the threads of the pumps; not at all once the daemon stops. */
    void later(Runnable task, long delayMillis) {
        try {
            pumps.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the daemon stops", e);
        }
    }

    private void allReadable() {
        for (BrokerTopic topic : topics.values()) {
            topic.allReadable();
        }
    }

    private void load() throws IOException {
        try {
            load(metadata.load());
        } catch (IOException | RuntimeException | LinkageError e) {
            throw new IOException("failed to load metadata - " + Errors.describe(e), e);
        }
    }

    private void persist() throws IOException {
        try {
            saver.save();
        } catch (IOException e) {
            throw new IOException("failed to persist metadata - " + Errors.describe(e), e);
        }
    }

    /** Begins to work: time-outs, delays, routing. */
    private void startLoops() {
        memory.start();
        scanLoop.start();
        // A thread that cannot be started is to be known now, and not when a topic needs it.
        pumps.prestartAllCoreThreads();
        journal.start(this::allReadable);
        running = true;
        topics.values().forEach(BrokerTopic::start);
        topics.values().forEach(BrokerTopic::findDelayed);
        topics.values().forEach(BrokerTopic::rewindOn);
    }

    private void load(Metadata saved) {
        for (Metadata.TopicEntry entry : saved.topics()) {
            if (!Names.isValid(entry.name())) {
                LOG.warn("skipping creation of invalid topic {}", entry.name());
                continue;
            }
            // A name that comes twice is one topic, as it is to the Go daemon.
            BrokerTopic known = topics.get(entry.name());
            BrokerTopic topic = known != null ? known : create(entry.name(), entry.paused());
            if (entry.paused()) {
                topic.pause();
            }
            for (Metadata.ChannelEntry channel : entry.channels()) {
                if (Names.isValid(channel.name())) {
                    BrokerChannel loaded = topic.create(channel.name(), channel.paused(), false);
                    if (channel.paused()) {
                        loaded.pause();
                    }
                } else {
                    LOG.warn("skipping creation of invalid channel {}", channel.name());
                }
            }
        }
    }

    /**
     * Saves the metadata and moves every message to the storage, however long that takes (B-33). Who uses the daemon has detached
     * before. What could not be saved is in {@link #stopReport}.
     */
    @Override
    public void close() {
        closing = true;
        if (running) {
            stopReport.waitsFor(() -> "the metadata to be saved to " + metadata.location());
            saver.saveLast();
        }
        LOG.info("NSQ: closing topics");
        List<BrokerTopic> all;
        synchronized (topology) {
            all = List.copyOf(topics.values());
        }
        stopReport.waitsFor(() -> "the disk, for what is being read from and moved in the journal");
        undertaker.close();
        retention.stop();
        reader.shutdown();
        Patience.await(reader::awaitTermination, STOP_SECONDS);
        journal.stop();
        closeAll(all);
        retention.close();
        closeDelays();
        closeJournal();
        LOG.info("NSQ: stopping subsystems");
        pumps.shutdown();
        if (running) {
            scanLoop.close();
        }
        memory.close();
        whiteboard.close();
        stopReport.waitsFor(() -> "the metadata to be saved to " + metadata.location());
        saver.close().ifPresent(this::notSaved);
        if (!Patience.await(pumps::awaitTermination, STOP_SECONDS)) {
            LOG.warn("NSQ: a topic pump did not end within {} seconds", STOP_SECONDS);
        }
        stopReport.over();
        stopReport.unsaved().ifPresent(what -> LOG.error("NSQ: {}", what));
        LOG.info("NSQ: bye");
    }

    private void closeDelays() {
        if (!running || journal.outlivesDaemon()) {
            return;
        }
        try {
            delays.finish();
        } catch (IOException | RuntimeException e) {
            LOG.error("NSQ: deferred messages come at once with the next start - {}", Errors.describe(e));
            stopReport.failed("the delays of deferred messages");
        }
    }

    private void closeJournal() {
        stopReport.waitsFor(() -> "the journal to be closed");
        try {
            boolean stays = journal.outlivesDaemon();
            long left = journal.close(running && !stays);
            if (left > 0 && !stays) {
                LOG.warn("NSQ: {} messages are in the journal alone, and come back with the next start", left);
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("JOURNAL: failed to close - {}", Errors.describe(e));
            stopReport.failed("the journal");
        }
    }

    private void notSaved(IOException failure) {
        LOG.error("failed to persist metadata - {}", Errors.describe(failure));
        stopReport.failed("the metadata");
    }

    /** Many at a time where there are many: each waits for the disk, which makes one wait of those that come together. */
    private void closeAll(List<BrokerTopic> all) {
        // The queues of a plug-in each take their own time, if they come back at all.
        int worthWhile = storage instanceof DiskQueueFactory ? all.size() / TOPICS_PER_CLOSING : all.size();
        int threads = Math.max(1, Math.min(MAX_CLOSING, worthWhile));
        AtomicInteger number = new AtomicInteger();
        ExecutorService closers = Executors.newFixedThreadPool(
                threads, task -> new Thread(task, "nsqd-close-" + number.incrementAndGet()));
        AtomicInteger closed = new AtomicInteger();
        stopReport.waitsFor(() -> "the topics: " + closed + " of " + all.size() + " are closed, "
                + all.stream().mapToLong(BrokerTopic::inMemory).sum() + " messages are left to be saved");
        for (BrokerTopic topic : all) {
            closers.execute(() -> {
                close(topic);
                closed.incrementAndGet();
            });
        }
        closers.shutdown();
        Patience.await(closers::awaitTermination, Patience.ENDLESS);
    }

    private void close(BrokerTopic topic) {
        try {
            stopReport.lost(running && !journal.outlivesDaemon() ? topic.close() : topic.abandon());
        } catch (RuntimeException | Error e) {
            // One topic's trouble must not keep the others from the disk.
            LOG.error("TOPIC({}): failed to close - {}", topic.name(), e.toString(), e);
            stopReport.failed("topic " + topic.name());
        }
    }

    @Override
    public void fatal(String what, Throwable cause) {
        fatal.accept(LastWords.of(what, cause));
    }

    // ---- topics

    @Override
    public Topic topic(String name) {
        BrokerTopic existing = topics.get(name);
        if (existing != null) {
            return existing;
        }
        BrokerTopic topic;
        synchronized (topology) {
            if (closing) {
                throw new NsqdException(Reason.EXITING, "exiting");
            }
            existing = topics.get(name);
            if (existing != null) {
                return existing;
            }
            topic = create(name, false);
        }
        whiteboard.tell(listener -> listener.topicCreated(name));
        saveUnlessEphemeral(topic);
        startWhenChannelsAreKnown(topic);
        return topic;
    }

    private BrokerTopic create(String name, boolean paused) {
        if (!Names.isValid(name)) {
            throw new NsqdException(Reason.BAD_TOPIC, "topic name is not valid");
        }
        TopicBackend listener = new TopicBackend();
        BrokerTopic topic = new BrokerTopic(name, this, open(name, name, listener), paused);
        listener.readable = topic::readable;
        topics.put(name, topic);
        // What changes from now on reaches it by itself.
        topic.policyChanged();
        whiteboard.tap(topic);
        LOG.info("TOPIC({}): created", name);
        return topic;
    }

    BrokerChannel newChannel(BrokerTopic topic, String name, boolean paused) {
        TopicBackend listener = new TopicBackend();
        BackendQueue backend = open(topic.name() + ":" + name, name, listener);
        BrokerChannel channel = new BrokerChannel(topic, name, this, backend, paused);
        listener.readable = channel::readable;
        return channel;
    }

    private BackendQueue open(String queueName, String ownName, BackendQueueFactory.Listener listener) {
        if (Names.isEphemeral(ownName)) {
            return new EphemeralQueue();
        }
        try {
            BackendQueue queue = storage.open(queueName, listener);
            return storage instanceof DiskQueueFactory ? queue : new GuardedQueue(queueName, queue, listener);
        } catch (IOException | RuntimeException | LinkageError e) {
            throw new NsqdException(Reason.BACKEND, Errors.describe(e), e);
        }
    }

    /** Hears a backend; its owner is made after it. */
    private final class TopicBackend implements BackendQueueFactory.Listener {
        private volatile Runnable readable = () -> {};

        @Override
        public void readable() {
            readable.run();
        }

        @Override
        public void health(String error) {
            healthError = error;
            lookAtHealth();
        }

        @Override
        public void trouble(Trouble trouble, long more) {
            troubles.add(trouble, more);
        }
    }

    /** B-2: a new topic hands nothing on until the channels are there that it has elsewhere; nobody waits for it. */
    private void startWhenChannelsAreKnown(BrokerTopic topic) {
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        long timeout =
                options.nanos(Option.HTTP_CLIENT_CONNECT_TIMEOUT) + options.nanos(Option.HTTP_CLIENT_REQUEST_TIMEOUT);
        for (CompletableFuture<List<String>> answer : whiteboard.channels(topic.name())) {
            answers.add(answer.orTimeout(timeout, TimeUnit.NANOSECONDS).handle((names, failure) -> {
                if (failure == null) {
                    names.forEach(channel -> preCreate(topic, channel));
                } else {
                    LOG.warn(
                            "failed to query nsqlookupd for channels to pre-create for topic {} - {}",
                            topic.name(),
                            failure.toString());
                }
                return null;
            }));
        }
        if (answers.isEmpty()) {
            topic.start();
        } else {
            CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                    .whenComplete((done, failure) -> topic.start());
        }
    }

    private static void preCreate(BrokerTopic topic, String channel) {
        if (Names.isEphemeral(channel)) {
            return;
        }
        try {
            topic.channel(channel);
        } catch (NsqdException e) {
            LOG.warn("TOPIC({}): cannot pre-create channel {} - {}", topic.name(), channel, e.getMessage());
        }
    }

    @Override
    public long move(String from, Optional<String> channel, String to, long count) {
        return Mover.move(this, from, channel, to, count);
    }

    @Override
    public Optional<Topic> existingTopic(String name) {
        return Optional.ofNullable(topics.get(name));
    }

    @Override
    public List<Topic> topics() {
        return List.copyOf(topics.values());
    }

    @Override
    public void deleteTopic(String name) {
        BrokerTopic topic = topics.get(name);
        if (topic == null || !topic.markExiting()) {
            throw new NsqdException(Reason.TOPIC_NOT_FOUND, "topic does not exist");
        }
        remove(topic);
        Outcome.await("deleting topic " + name, topic.gone());
    }

    /** The last channel of an ephemeral topic is gone (B-9). */
    void topicVanishes(BrokerTopic topic) {
        if (topic.markExiting()) {
            remove(topic);
        }
    }

    /** A topic keeps its name until what it stored is gone. */
    private void remove(BrokerTopic topic) {
        topic.delete().thenRun(() -> {
            topics.remove(topic.name(), topic);
            whiteboard.tell(listener -> listener.topicDeleted(topic.name()));
            saveUnlessEphemeral(topic);
            topic.gone().complete(null);
        });
    }

    void channelCreated(BrokerTopic topic, BrokerChannel channel) {
        whiteboard.tell(listener -> listener.channelCreated(topic.name(), channel.name()));
        if (!channel.isEphemeral()) {
            saveUnlessEphemeral(topic);
        }
    }

    void channelDeleted(BrokerTopic topic, BrokerChannel channel) {
        whiteboard.tell(listener -> listener.channelDeleted(topic.name(), channel.name()));
        if (!channel.isEphemeral() && !topic.isExiting()) {
            saveUnlessEphemeral(topic);
        }
    }

    private void saveUnlessEphemeral(BrokerTopic topic) {
        if (running && !topic.isEphemeral()) {
            saver.saveSoon();
        }
    }

    // ---- metadata

    @Override
    public void persistMetadata() {
        try {
            saver.save();
        } catch (IOException e) {
            LOG.error("failed to persist metadata - {}", Errors.describe(e));
        }
    }

    /** A topic or channel was paused, or is so no more: that outlives a crash once it is answered (H-66). */
    void pauseChanged() {
        if (!running) {
            return;
        }
        try {
            saver.save();
        } catch (IOException e) {
            // Said by whoever tried; and tried until it works.
            saver.saveSoon();
        }
    }

    private Metadata snapshot() {
        List<Metadata.TopicEntry> entries = new ArrayList<>();
        for (BrokerTopic topic : topics.values()) {
            if (topic.isEphemeral() || (topic.isExiting() && !closing)) {
                continue;
            }
            List<Metadata.ChannelEntry> channels = topic.channels().stream()
                    .filter(channel -> !channel.isEphemeral())
                    .filter(channel -> closing || !((BrokerChannel) channel).isExiting())
                    .map(channel -> new Metadata.ChannelEntry(channel.name(), channel.isPaused()))
                    .toList();
            entries.add(new Metadata.TopicEntry(topic.name(), topic.isPaused(), channels));
        }
        return new Metadata(List.copyOf(entries));
    }

    // ---- options, figures

    @Override
    public Options options() {
        return options;
    }

    @Override
    public void reconfigure(Map<Option, Object> changes) {
        for (Option option : changes.keySet()) {
            if (option.change() != Option.Change.RUNTIME) {
                throw new NsqdException(Reason.BAD_OPTION, option.flag() + " cannot be changed at run time");
            }
        }
        configure(changes);
    }

    /** Changes options that may change while the daemon runs, those among them that only its configuration may change. */
    void configure(Map<Option, Object> changes) {
        synchronized (topology) {
            Options changed = options.with(changes);
            changed.check();
            options = changed;
        }
        if (changes.containsKey(Option.LOG_LEVEL)) {
            logLevel.accept(options.logLevel().toString());
        }
        whiteboard.tell(NsqdListener::optionsChanged);
    }

    /** Gives it a name; before it starts. */
    void name(String given) {
        name = given;
    }

    @Override
    public String name() {
        return name;
    }

    /** Who is told of a new log level: logging is not the broker's. */
    void onLogLevel(Consumer<String> listener) {
        logLevel = listener;
    }

    @Override
    public Instant startTime() {
        return startTime;
    }

    @Override
    public List<Transport> transports() {
        return whiteboard.transports();
    }

    @Override
    public Troubles troubles() {
        return troubles;
    }

    @Override
    public String health() {
        String error = healthError.isEmpty() ? saver.failure() : healthError;
        if (error.isEmpty()) {
            error = journal.failure();
        }
        if (error.isEmpty() && lacksAuthenticator()) {
            error = NOBODY_TO_ASK;
        }
        return error.isEmpty() ? "OK" : "NOK - " + error;
    }

    /** Tells of the health if it is another one. */
    void lookAtHealth() {
        String now = health();
        if (!now.equals(lastHealth.getAndSet(now))) {
            whiteboard.tell(listener -> listener.healthChanged(now));
        }
    }

    /** Whether clients must authenticate and cannot. */
    boolean lacksAuthenticator() {
        return requiresAuthentication("tcp") && !authenticators.isPossible();
    }

    @Override
    public boolean knowsAuthenticator() {
        return authenticators.any();
    }

    @Override
    public NsqdStats stats(StatsFilter filter) {
        List<TopicStats> topicStats = new ArrayList<>();
        for (BrokerTopic topic : topics.values()) {
            if (filter.topic().isPresent() && !filter.topic().get().equals(topic.name())) {
                continue;
            }
            if (filter.channel().isPresent()
                    && topic.existingChannel(filter.channel().get()).isEmpty()) {
                continue;
            }
            topicStats.add(topic.stats(filter));
        }
        List<ClientStats> producers = new ArrayList<>();
        if (filter.includeClients()) {
            transports().forEach(transport -> producers.addAll(transport.producers()));
        }
        Optional<MemoryStats> memoryStats = filter.includeMemory() ? Optional.of(memory.stats()) : Optional.empty();
        return new NsqdStats(
                VERSION,
                health(),
                startTime,
                List.copyOf(topicStats),
                memoryStats,
                List.copyOf(producers),
                journal.stats(options.string(Option.JOURNAL_STORE)));
    }
}
