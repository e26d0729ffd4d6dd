import { createTopic } from "./actions.js";
import { History } from "./chart.js";
import { bytes, duration, number, rate, short } from "./format.js";
import { Grid, useOrder } from "./grid.js";
import { age, CHANNEL, live, TOPIC } from "./live.js";
import { useValue } from "./observable.js";
import { Problems } from "./problems.js";
import { session } from "./session.js";
import { Sparkline } from "./sparkline.js";
import { Badge, Button, channelLink, Empty, PageTitle, Section, Tiles, topicLink } from "./ui.js";
import { h, useState } from "./view.js";

/** A figure of a row: of a topic the sum that is kept with it, of a channel what the stream said. */
function figure(row, name) {
    return row.channel === undefined ? row[name] : row.figures[CHANNEL[name]];
}

function oldest(row) {
    return age(figure(row, "oldest"));
}

function inRate(row) {
    return row.channel === undefined ? row.figures[TOPIC.inRate] : null;
}

function Name({ row, flat }) {
    const { topic, channel, figures } = row;
    const isTopic = channel === undefined;
    return [
        isTopic
            ? h("a", { key: "link", href: topicLink(topic) }, topic)
            : h(
                  "a",
                  { key: "link", class: flat ? "" : "child", href: channelLink(topic, channel) },
                  flat && h("span", { class: "muted" }, `${topic} / `),
                  channel,
              ),
        figures[isTopic ? TOPIC.paused : CHANNEL.paused] ? h(Badge, { key: "paused", kind: "warning" }, "paused") : null,
    ];
}

function columns(flat, now) {
    const quantity = (id, title, hint, write = number) => ({
        id,
        title,
        hint,
        class: "n",
        value: (row) => figure(row, id),
        cell: (row) => write(figure(row, id)),
    });
    return [
        {
            id: "name",
            title: flat ? "Name" : "Topic and channel",
            class: "name",
            value: (row) => row.key,
            cell: (row) => h(Name, { row, flat }),
        },
        quantity("depth", "Depth", "Messages that wait; of a topic, in it and in all of its channels"),
        quantity("inFlight", "In flight", "Messages that consumers have and have not finished"),
        quantity("deferred", "Deferred", "Messages that are held back"),
        { id: "in", title: "In/s", hint: "Messages published a second", class: "n", value: inRate, cell: (row) => (row.channel === undefined ? rate(inRate(row)) : "") },
        quantity("outRate", "Out/s", "Messages delivered a second", rate),
        {
            id: "oldest",
            title: "Oldest",
            hint: "The age of the oldest message that waits",
            class: "n",
            value: oldest,
            cell: (row) => duration(oldest(row)),
        },
        quantity("clients", "Clients", "Consumers that are connected"),
        { id: "trend", title: "Depth, 2 min", class: "trend", cell: (row) => h(Sparkline, { trend: row.trend, now }) },
    ];
}

function compare(column, down) {
    const turn = down ? -1 : 1;
    return (one, other) => {
        const a = column.value(one);
        const b = column.value(other);
        if (a === b) {
            return one.key < other.key ? -1 : 1;
        }
        return turn * (a === null || a < b ? -1 : 1);
    };
}

function matches(row, words) {
    const name = row.key.toLowerCase();
    return words.every((word) => name.includes(word));
}

/** The rows of the table: topics with their channels below, or either alone. */
function rowsOf(topics, { view, filter, sort }, column) {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const order = compare(column, sort.down);
    if (view === "channels") {
        const channels = [];
        for (const topic of topics.values()) {
            for (const channel of topic.channels.values()) {
                if (matches(channel, words)) {
                    channels.push(channel);
                }
            }
        }
        return channels.sort(order);
    }
    const chosen = [];
    for (const topic of topics.values()) {
        if (matches(topic, words) || (view === "all" && [...topic.channels.values()].some((channel) => matches(channel, words)))) {
            chosen.push(topic);
        }
    }
    chosen.sort(order);
    if (view === "topics") {
        return chosen;
    }
    return chosen.flatMap((topic) => {
        const channels = [...topic.channels.values()];
        return [topic, ...(matches(topic, words) ? channels : channels.filter((channel) => matches(channel, words))).sort(order)];
    });
}

const VIEWS = [
    ["all", "Topics and channels"],
    ["topics", "Topics"],
    ["channels", "Channels"],
];

/** What was chosen stays while the page is open. */
const chosen = { view: "all", filter: "", sort: { id: "depth", down: true } };

function Topics({ state }) {
    const [choice, setChoice] = useState(chosen);
    const choose = (change) => setChoice((before) => Object.assign(chosen, { ...before, ...change }) && { ...chosen });
    const flat = choice.view === "channels";
    const shown = columns(flat, state.time);
    const column = shown.find(({ id }) => id === choice.sort.id);
    const key = `${choice.view} ${choice.filter} ${choice.sort.id} ${choice.sort.down} ${state.structure}`;
    const rows = useOrder(key, state.time, () => rowsOf(state.topics, choice, column));
    const sortBy = (id) => choose({ sort: { id, down: choice.sort.id === id ? !choice.sort.down : id !== "name" } });
    const tools = [
        h(
            "select",
            { key: "view", class: "quiet", "aria-label": "Rows", value: choice.view, onChange: (event) => choose({ view: event.target.value }) },
            VIEWS.map(([value, text]) => h("option", { key: value, value, selected: value === choice.view }, text)),
        ),
        h("input", {
            key: "filter",
            type: "search",
            placeholder: "Filter by name",
            "aria-label": "Filter by name",
            value: choice.filter,
            onInput: (event) => choose({ filter: event.target.value }),
        }),
    ];
    return h(
        Section,
        { title: "Topics", note: `${number(rows.length)} of ${number(total(state, choice.view))}`, actions: tools, class: "flush" },
        rows.length === 0
            ? h(Empty, null, state.topics.size === 0 ? "There are no topics." : "No name matches.")
            : h(Grid, {
                  label: "Topics and channels",
                  columns: shown,
                  rows,
                  sort: choice.sort,
                  onSort: sortBy,
                  rowClass: (row) => (row.channel === undefined || flat ? "" : "below"),
              }),
    );
}

let counted = { structure: -1, channels: 0 };

function total({ topics, structure }, view) {
    if (counted.structure !== structure) {
        let channels = 0;
        for (const topic of topics.values()) {
            channels += topic.channels.size;
        }
        counted = { structure, channels };
    }
    return (view === "channels" ? 0 : topics.size) + (view === "topics" ? 0 : counted.channels);
}

function tiles({ health, depth, rates, clients, memory, lookupds }) {
    const connected = lookupds.filter((lookupd) => lookupd.connected).length;
    return [
        ["Health", health || "–", "", health === "OK" ? "ok" : "error"],
        ["Depth", number(depth)],
        ["Published", rate(rates.in), "/s"],
        ["Delivered", rate(rates.out), "/s"],
        ["Clients", number(clients)],
        ["Memory", bytes(memory.used), memory.max > 0 ? `of ${bytes(memory.max)}` : ""],
        [
            "nsqlookupd",
            lookupds.length === 0 ? "none" : `${connected} of ${lookupds.length}`,
            lookupds.length === 0 ? "" : "connected",
            connected < lookupds.length ? "warning" : "",
        ],
    ];
}

export const NODE_CHARTS = [
    { title: "Messages waiting", format: short, lines: [["depth", "Depth", "--line-1"], ["inFlight", "In flight", "--line-2"]] },
    { title: "Messages a second", format: rate, lines: [["in", "In", "--line-1"], ["out", "Out", "--line-3"]] },
];

/** Everything at a glance: problems first. */
export function Overview() {
    const state = useValue(live);
    const { may } = useValue(session);
    if (state.time === 0) {
        return h("p", { class: "empty", role: "status" }, "Loading…");
    }
    return [
        h(
            PageTitle,
            { key: "title", title: "Overview" },
            may.administer && h(Button, { kind: "primary", onClick: createTopic }, "Create topic"),
        ),
        h(Problems, { key: "problems", problems: state.problems }),
        h(Tiles, { key: "tiles", label: "The node", items: tiles(state) }),
        h(Topics, { key: "topics", state }),
        h(Section, { key: "charts", title: "The last hour" }, h(History, { charts: NODE_CHARTS })),
    ];
}
