import { act } from "./api.js";
import { AreaField, FormDialog, notify, open, SelectField, TextField } from "./dialogs.js";
import { count } from "./format.js";
import { CHANNEL, live, TOPIC } from "./live.js";
import { acted } from "./ui.js";
import { h, useState } from "./view.js";

/** A question before something that cannot be undone. `text` says what is lost. */
function Confirm({ title, text, confirm, run }) {
    return h(
        FormDialog,
        { title, confirm, danger: true, submit: run },
        text.map((line, at) => h("p", { key: at }, line)),
    );
}

/** Does something that needs no question. */
async function run(action, details, notice) {
    try {
        await act(action, details);
        acted.value++;
        notify(notice);
    } catch (error) {
        notify(`That failed: ${error.message}`);
    }
}

// ---- what would be lost

/** What waits, is in flight or held back in a channel. */
export function channelMessages(figures) {
    return figures === undefined ? 0 : figures[CHANNEL.depth] + figures[CHANNEL.inFlight] + figures[CHANNEL.deferred];
}

function topicMessages(topic) {
    return topic.figures[TOPIC.depth] + [...topic.channels.values()].reduce((all, { figures }) => all + channelMessages(figures), 0);
}

function clients(number) {
    return number > 0 ? [`${count(number, "consumer")} will be disconnected.`] : [];
}

// ---- topics

export function createTopic() {
    open(NameDialog, {
        title: "Create a topic",
        label: "Name of the topic",
        make: (name) => act("topic.create", { topic: name }),
        notice: (name) => `Topic ${name} is there.`,
    });
}

export function pauseTopic(topic, paused) {
    return run(
        paused ? "topic.unpause" : "topic.pause",
        { topic },
        paused ? `Topic ${topic} goes on.` : `Topic ${topic} is paused: its channels get nothing new.`,
    );
}

export function emptyTopic(topic) {
    const waiting = live.value.topics.get(topic)?.figures[TOPIC.depth] ?? 0;
    open(Confirm, {
        title: "Empty the topic?",
        confirm: "Empty topic",
        text: [
            `${count(waiting, "message")} waiting in topic ${topic} itself will be lost.`,
            "What its channels have is not touched.",
        ],
        run: async () => {
            await act("topic.empty", { topic });
            return `Topic ${topic} is empty.`;
        },
    });
}

export function deleteTopic(topic) {
    const now = live.value.topics.get(topic);
    const channels = now?.channels.size ?? 0;
    open(Confirm, {
        title: "Delete the topic?",
        confirm: "Delete topic",
        text: [
            `${count(now ? topicMessages(now) : 0, "message")} and ${count(channels, "channel")} of topic ${topic} will be lost.`,
            ...clients(now?.clients ?? 0),
        ],
        run: async () => {
            await act("topic.delete", { topic });
            location.hash = "#/";
            return `Topic ${topic} is gone.`;
        },
    });
}

// ---- channels

export function createChannel(topic) {
    open(NameDialog, {
        title: `Create a channel of ${topic}`,
        label: "Name of the channel",
        make: (name) => act("channel.create", { topic, channel: name }),
        notice: (name) => `Channel ${name} of ${topic} is there.`,
    });
}

export function pauseChannel(topic, channel, paused) {
    return run(
        paused ? "channel.unpause" : "channel.pause",
        { topic, channel },
        paused ? `Channel ${channel} goes on.` : `Channel ${channel} is paused: its consumers get nothing new.`,
    );
}

function figuresOf(topic, channel) {
    return live.value.topics.get(topic)?.channels.get(channel)?.figures;
}

export function emptyChannel(topic, channel) {
    open(Confirm, {
        title: "Empty the channel?",
        confirm: "Empty channel",
        text: [
            `${count(channelMessages(figuresOf(topic, channel)), "message")} of channel ${channel} of topic ${topic} will be lost, ` +
                "those in flight and those held back included.",
        ],
        run: async () => {
            await act("channel.empty", { topic, channel });
            return `Channel ${channel} is empty.`;
        },
    });
}

export function deleteChannel(topic, channel) {
    const figures = figuresOf(topic, channel);
    open(Confirm, {
        title: "Delete the channel?",
        confirm: "Delete channel",
        text: [
            `${count(channelMessages(figures), "message")} of channel ${channel} of topic ${topic} will be lost.`,
            ...clients(figures?.[CHANNEL.clients] ?? 0),
        ],
        run: async () => {
            await act("channel.delete", { topic, channel });
            location.hash = `#/topic/${encodeURIComponent(topic)}`;
            return `Channel ${channel} is gone.`;
        },
    });
}

function RewindDialog({ topic, channel }) {
    const [from, setFrom] = useState("1h");
    return h(
        FormDialog,
        {
            title: `Rewind ${channel}`,
            confirm: "Rewind",
            submit: async () => {
                await act("channel.rewind", { topic, channel, from });
                return `Channel ${channel} is being filled with what was published from ${from} on.`;
            },
        },
        h("p", null, `Consumers of ${channel} get what was published to ${topic} from then on once more, as far as it is retained.`),
        h(TextField, {
            id: "rewind-from",
            label: "From",
            value: from,
            onValue: setFrom,
            required: true,
            hint: "So long ago (90m, 24h), a time of day (2026-11-30T08:00:00Z), or beginning.",
        }),
    );
}

export function rewindChannel(topic, channel) {
    open(RewindDialog, { topic, channel });
}

// ---- messages

function PublishDialog({ topic }) {
    const [body, setBody] = useState("");
    const [defer, setDefer] = useState("0");
    return h(
        FormDialog,
        {
            title: `Publish to ${topic}`,
            confirm: "Publish",
            submit: async () => {
                const deferMs = Math.round(Number(defer) * 1000);
                await act("message.publish", { topic, body, ...(deferMs > 0 && { deferMs }) });
                return `A message of ${count(new TextEncoder().encode(body).length, "byte")} was published to ${topic}.`;
            },
            disabled: body === "",
            wide: true,
        },
        h(AreaField, {
            id: "publish-body",
            label: "Body",
            rows: 8,
            value: body,
            onValue: setBody,
            hint: "All channels of the topic get it, and so do their consumers: it is a message like any other.",
        }),
        h(TextField, {
            id: "publish-defer",
            label: "Hold back for, in seconds",
            type: "number",
            min: 0,
            step: "any",
            value: defer,
            onValue: setDefer,
        }),
    );
}

export function publish(topic) {
    open(PublishDialog, { topic });
}

export function requeueMessage(topic, channel, id) {
    return run("message.requeue", { topic, channel, id }, `Message ${id} waits again.`);
}

export function dropMessage(topic, channel, id) {
    open(Confirm, {
        title: "Drop the message?",
        confirm: "Drop message",
        text: [`Message ${id} will be lost for channel ${channel} of topic ${topic}.`],
        run: async () => {
            await act("message.drop", { topic, channel, id });
            return `Message ${id} is gone.`;
        },
    });
}

function MoveDialog({ from, channel, to: suggested, waiting }) {
    const [to, setTo] = useState(suggested);
    const [number, setNumber] = useState("");
    return h(
        FormDialog,
        {
            title: `Move messages out of ${from}`,
            confirm: "Move messages",
            submit: async () => {
                const { moved } = await act("messages.move", {
                    from,
                    to,
                    ...(channel && { channel }),
                    ...(number !== "" && { count: Number(number) }),
                });
                return moved === undefined ? `Messages were moved to ${to}.` : `${count(moved, "message")} moved to ${to}.`;
            },
        },
        h(
            "p",
            null,
            `${count(waiting, "message")} wait in ${from}${channel ? `, channel ${channel}` : ""}. What is moved gets new ids, and goes to all ` +
                "channels of the other topic.",
        ),
        h(TextField, { id: "move-to", label: "To the topic", value: to, onValue: setTo, required: true }),
        h(TextField, {
            id: "move-count",
            label: "At most",
            type: "number",
            min: 1,
            value: number,
            onValue: setNumber,
            hint: "Empty for all.",
        }),
    );
}

/** Moves messages from a topic, or a channel of it, to another: from a dead-letter topic back. */
export function moveMessages(from, channel, to) {
    const topic = live.value.topics.get(from);
    const waiting = (channel ? topic?.channels.get(channel)?.figures[CHANNEL.depth] : topic?.depth) ?? 0;
    open(MoveDialog, { from, channel, to, waiting });
}

// ---- the daemon

function OptionDialog({ option }) {
    const [value, setValue] = useState(String(option.value ?? ""));
    return h(
        FormDialog,
        {
            title: `Change ${option.name}`,
            confirm: "Change option",
            submit: async () => {
                await act("option.set", { name: option.name, value });
                return `${option.name} is ${value} now.`;
            },
        },
        h("p", null, option.help),
        h(AreaField, {
            id: "option-value",
            label: "Value",
            rows: 2,
            value,
            onValue: setValue,
            hint: `${option.default ? `${option.default} by default. ` : ""}Several stand in a line each. It counts until the next start.`,
        }),
    );
}

export function changeOption(option) {
    open(OptionDialog, { option });
}

function LevelDialog({ level }) {
    const [chosen, setChosen] = useState(level);
    return h(
        FormDialog,
        {
            title: "Change the log level",
            confirm: "Change level",
            submit: async () => {
                await act("log.level", { level: chosen });
                return `The log level is ${chosen} now.`;
            },
        },
        h(SelectField, {
            id: "log-level",
            label: "Level",
            value: chosen,
            onValue: setChosen,
            options: ["debug", "info", "warn", "error", "fatal"].map((name) => [name, name]),
            hint: "What is less important is not logged.",
        }),
    );
}

export function changeLevel(level) {
    open(LevelDialog, { level });
}

// ---- names

function NameDialog({ title, label, make, notice }) {
    const [name, setName] = useState("");
    return h(
        FormDialog,
        {
            title,
            confirm: "Create",
            submit: async () => {
                await make(name);
                return notice(name);
            },
        },
        h(TextField, {
            id: "name",
            label,
            value: name,
            onValue: setName,
            required: true,
            maxlength: 64,
            pattern: "[.a-zA-Z0-9_\\-]+(#ephemeral)?",
            hint: "Letters, digits, . _ and -, 64 at most; with #ephemeral at the end nothing is kept.",
        }),
    );
}
