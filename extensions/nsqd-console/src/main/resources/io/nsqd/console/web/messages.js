import { dropMessage, moveMessages, requeueMessage } from "./actions.js";
import { address } from "./api.js";
import { Body } from "./body.js";
import { bytes, duration, number, time } from "./format.js";
import { CHANNEL } from "./live.js";
import { session } from "./session.js";
import { Badge, Button, Empty, Facts, Pending, Section, Tabs, useAnswer } from "./ui.js";
import { h, useState } from "./view.js";

const STATES = [
    ["waiting", "Waiting"],
    ["inflight", "In flight"],
    ["deferred", "Deferred"],
    ["dead", "Dead letters"],
];

const NONE = {
    waiting: "Nothing waits, or what waits on disk has not been read ahead yet.",
    inflight: "No message is in flight.",
    deferred: "No message is held back.",
    dead: "There are no dead letters of this channel.",
};

const COUNTS = [20, 100, 500];

/** How much of a body stands in the list, in characters. */
const PREVIEW = 90;

function preview({ text, base64 }) {
    return text !== undefined ? text.slice(0, PREVIEW).replace(/\s+/g, " ") : `binary: ${(base64 ?? "").slice(0, 40)}…`;
}

/** When a message times out or comes back. */
function due(state, message) {
    if (state === "waiting" || state === "dead") {
        return "";
    }
    return `${state === "deferred" ? "comes in" : "times out in"} ${duration(Math.max(0, message.dueMs))}`;
}

function published({ timestamp }) {
    return `${time(timestamp)} (${duration(Math.max(0, Date.now() - timestamp))} ago)`;
}

function Detail({ message, state, place }) {
    const { topic, channel } = place;
    const { letter } = message;
    return h(
        "div",
        { class: "detail" },
        h(Facts, {
            items: [
                ["Id", h("code", null, message.id)],
                ["Published", published(message)],
                ["Attempts", number(message.attempts)],
                ["Size", bytes(message.bytes)],
                ["Consumer", message.consumer],
                ["Dead because", letter?.reason],
                ["Failed in", letter && `${letter.topic} / ${letter.channel}, ${number(letter.attempts)} times`],
            ],
        }),
        h(Body, { message }),
        h(
            "div",
            { class: "actions" },
            h(
                "a",
                { class: "button", href: address("message", { topic, channel, id: message.id }), download: `${message.id}.bin` },
                "Download",
            ),
            (state === "inflight" || state === "deferred") &&
                h(Button, { onClick: () => requeueMessage(topic, channel, message.id) }, "Requeue"),
            h(Button, { kind: "danger", onClick: () => dropMessage(topic, channel, message.id) }, "Drop"),
        ),
    );
}

function Message({ message, state, place }) {
    const [open, setOpen] = useState(false);
    const id = `message-${message.id}`;
    return h(
        "li",
        { class: open ? "open" : "" },
        h(
            "button",
            { type: "button", class: "line", "aria-expanded": String(open), "aria-controls": id, onClick: () => setOpen(!open) },
            h("span", { class: "chevron", "aria-hidden": "true" }, open ? "▾" : "▸"),
            h("code", null, message.id),
            h("span", { class: "preview" }, preview(message)),
            h("span", { class: "muted" }, [due(state, message), bytes(message.bytes)].filter(Boolean).join(" · ")),
            message.attempts > 1 && h(Badge, { kind: "warning" }, `${number(message.attempts)} attempts`),
        ),
        h("div", { id, hidden: !open }, open && h(Detail, { message, state, place })),
    );
}

/** How many there are by what the stream says. */
function known(state, figures) {
    return { waiting: figures[CHANNEL.depth], inflight: figures[CHANNEL.inFlight], deferred: figures[CHANNEL.deferred] }[state];
}

/** The messages of a channel by their state: looked at, not consumed. */
export function Messages({ topic, channel, figures }) {
    const [state, setState] = useState("waiting");
    const [count, setCount] = useState(COUNTS[0]);
    const answer = useAnswer("messages", { topic, channel, state, count });
    const { value } = answer;
    // Dead letters wait elsewhere.
    const place = { topic: value?.topic ?? topic, channel: value?.channel ?? channel };
    const tabs = STATES.map(([id, title]) => [id, known(id, figures) === undefined ? title : `${title} (${number(known(id, figures))})`]);
    const tools = [
        state === "dead" &&
            value?.topic &&
            session.value.may.administer &&
            h(Button, { key: "move", onClick: () => moveMessages(place.topic, place.channel, topic) }, "Move back"),
        h(
            "select",
            {
                key: "count",
                class: "quiet",
                "aria-label": "How many messages are shown",
                value: String(count),
                onChange: (event) => setCount(Number(event.target.value)),
            },
            COUNTS.map((option) => h("option", { key: option, value: String(option), selected: option === count }, `${option} at most`)),
        ),
        h(Button, { key: "again", onClick: answer.reload }, "Look again"),
    ];
    return h(
        Section,
        { title: "Messages", note: "Looked at, not consumed", actions: tools },
        h(Tabs, { label: "State of the messages", tabs, chosen: state, onChoose: setState, panel: "messages" }),
        h(
            "div",
            { id: "messages", role: "tabpanel", "aria-labelledby": `tab-${state}`, tabIndex: 0 },
            value === undefined
                ? h(Pending, { answer })
                : value.messages.length === 0
                  ? h(Empty, null, NONE[state])
                  : h(
                        "ul",
                        { class: "messages" },
                        value.messages.map((message) => h(Message, { key: `${state}:${message.id}`, message, state, place })),
                    ),
        ),
    );
}
