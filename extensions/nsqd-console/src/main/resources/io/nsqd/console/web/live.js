import { Observable } from "./observable.js";
import { loadSession, session } from "./session.js";
import { Trend } from "./trend.js";

/** Where the figures of a topic lie in the array that the stream brings. */
export const TOPIC = { depth: 0, backendDepth: 1, messages: 2, inRate: 3, paused: 4, ephemeral: 5, channels: 6 };

/** Where those of a channel lie. */
export const CHANNEL = {
    depth: 0,
    backendDepth: 1,
    inFlight: 2,
    deferred: 3,
    messages: 4,
    requeues: 5,
    timeouts: 6,
    clients: 7,
    outRate: 8,
    oldest: 9,
    paused: 10,
};

/** The moment of a message that is not there, or not known. */
const NEVER = -1;

/** What time it is for the daemon, in milliseconds since 1970: its clock, not the browser's. */
function daemonTime() {
    return live.value.time + Date.now() - lastChange;
}

/** How long since a moment that the stream named, in milliseconds; -1 where there is none. */
export function age(moment) {
    return moment === NEVER || moment === undefined ? NEVER : Math.max(0, daemonTime() - moment);
}

/** How long nothing may come before the stream is taken for dead, in milliseconds; once it is known to have heartbeats. */
const SILENCE = 30_000;

/** How often the stream is looked at, in milliseconds. */
const LOOK = 5000;

/** When a stream that broke at once is asked for again, in milliseconds. */
const FIRST = 500;

/** A page that nobody sees lets go of its stream after so long. */
const HIDDEN = 30_000;

/** Whether the stream is there: "connecting", "live" or "lost". */
export const connection = new Observable("connecting");

/**
 * What the daemon looks like now. `topics` maps names to topics: `{topic, figures, channels, trend, …sums}`, whose `channels` map names
 * to `{topic, channel, figures, trend}`. These objects are changed in place; `structure` grows when
 * topics or channels come or go, `updates` with each event.
 */
export const live = new Observable({
    time: 0,
    structure: 0,
    updates: 0,
    health: "",
    depth: 0,
    rates: { in: 0, out: 0 },
    clients: 0,
    memory: { used: 0, max: 0 },
    problems: [],
    lookupds: [],
    topics: new Map(),
});

let source = null;
let timer = 0;
let failures = 0;
let lastEvent = 0;
let lastChange = 0;
let beats = false;

// ---- what comes

function topicOf(state, name) {
    let topic = state.topics.get(name);
    if (topic === undefined) {
        topic = { topic: name, key: name, figures: [], channels: new Map(), trend: new Trend() };
        state.topics.set(name, topic);
        state.structure++;
    }
    return topic;
}

function channelOf(state, topic, name) {
    let channel = topic.channels.get(name);
    if (channel === undefined) {
        channel = { topic: topic.topic, channel: name, key: `${topic.topic}:${name}`, figures: [], trend: new Trend() };
        topic.channels.set(name, channel);
        state.structure++;
    }
    return channel;
}

/** The earlier of two moments, of which either may be none. */
function older(one, other) {
    return one === NEVER || other === NEVER ? Math.max(one, other) : Math.min(one, other);
}

/** The figures of a topic with all of its channels together. */
function sum(topic) {
    topic.depth = topic.figures[TOPIC.depth];
    topic.inFlight = 0;
    topic.deferred = 0;
    topic.clients = 0;
    topic.outRate = 0;
    topic.oldest = NEVER;
    for (const { figures } of topic.channels.values()) {
        topic.depth += figures[CHANNEL.depth];
        topic.inFlight += figures[CHANNEL.inFlight];
        topic.deferred += figures[CHANNEL.deferred];
        topic.clients += figures[CHANNEL.clients];
        topic.outRate += figures[CHANNEL.outRate];
        topic.oldest = older(topic.oldest, figures[CHANNEL.oldest]);
    }
}

function applyTopics(state, changed) {
    for (const [name, figures] of Object.entries(changed)) {
        const topic = topicOf(state, name);
        topic.figures = figures;
        for (const [channelName, channelFigures] of Object.entries(figures[TOPIC.channels] ?? {})) {
            const channel = channelOf(state, topic, channelName);
            channel.figures = channelFigures;
            channel.trend.add(state.time, channelFigures[CHANNEL.depth]);
        }
        sum(topic);
        topic.trend.add(state.time, topic.depth);
    }
}

function applyGone(state, gone) {
    for (const name of gone) {
        const colon = name.indexOf(":");
        if (colon < 0) {
            state.topics.delete(name);
        } else {
            const topic = state.topics.get(name.slice(0, colon));
            if (topic?.channels.delete(name.slice(colon + 1))) {
                sum(topic);
            }
        }
        state.structure++;
    }
}

function apply(change) {
    const state = live.value;
    const { topics = {}, gone = [], ...rest } = change;
    Object.assign(state, rest);
    applyGone(state, gone);
    applyTopics(state, topics);
}

/** A snapshot is everything: what it does not name is gone. Trends go on. */
function applySnapshot(snapshot) {
    const state = live.value;
    const gone = [];
    // A topic may be called "constructor".
    for (const topic of state.topics.values()) {
        if (Object.hasOwn(snapshot.topics, topic.topic)) {
            const channels = snapshot.topics[topic.topic][TOPIC.channels] ?? {};
            gone.push(...[...topic.channels.values()].filter(({ channel }) => !Object.hasOwn(channels, channel)).map(({ key }) => key));
        } else {
            gone.push(topic.topic);
        }
    }
    apply({ ...snapshot, gone });
}

function received(applying) {
    return (event) => {
        lastEvent = Date.now();
        lastChange = lastEvent;
        failures = 0;
        applying(JSON.parse(event.data));
        live.value.updates++;
        if (connection.value !== "live") {
            connection.value = "live";
        }
        live.changed();
    };
}

// ---- the stream

/** Opens the stream, and keeps it open from then on. */
export function connect() {
    clearTimeout(timer);
    source?.close();
    lastEvent = Date.now();
    source = new EventSource("api/events");
    source.addEventListener("snapshot", received(applySnapshot));
    source.addEventListener("delta", received(apply));
    source.addEventListener("beat", () => {
        beats = true;
        lastEvent = Date.now();
    });
    source.addEventListener("error", lost);
}

/** Lets go of the stream until the next `connect`. */
export function disconnect() {
    clearTimeout(timer);
    source?.close();
    source = null;
}

/** The stream broke: bundles come and go. The session may be another one afterwards, or must be opened again. */
function lost() {
    disconnect();
    if (session.value.state === "loading") {
        // Who is there is not known yet: that decides.
        timer = setTimeout(again, FIRST);
        return;
    }
    connection.value = "lost";
    failures++;
    timer = setTimeout(again, Math.min(3000, 200 * 2 ** Math.min(failures, 5)));
}

async function again() {
    if (await loadSession()) {
        connect();
    } else if (session.value.state === "open") {
        lost();
    }
}

/** Watches over the stream: half-open connections say nothing, and nobody looks at a page that is hidden. */
export function watchStream() {
    setInterval(() => {
        if (source !== null && beats && Date.now() - lastEvent > SILENCE) {
            lost();
        } else if (connection.value === "live" && Date.now() - lastChange >= LOOK) {
            // Nothing has happened, but all has become older.
            live.changed();
        }
    }, LOOK);
    let hiding = 0;
    document.addEventListener("visibilitychange", () => {
        clearTimeout(hiding);
        if (document.hidden) {
            hiding = setTimeout(disconnect, HIDDEN);
        } else if (source === null && session.value.state === "open") {
            again();
        }
    });
}
