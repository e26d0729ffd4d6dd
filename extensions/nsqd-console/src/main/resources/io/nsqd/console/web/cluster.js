import { count, number } from "./format.js";
import { Badge, Empty, PageTitle, Pending, Section, Table, topicLink, useAnswer } from "./ui.js";
import { live } from "./live.js";
import { h, useState } from "./view.js";

const NODES = [
    { title: "Node", cell: (node) => `${node.broadcast}` },
    { title: "HTTP", cell: (node) => node.http },
    { title: "TCP", cell: (node) => node.tcp },
    { title: "Version", cell: (node) => node.version },
    {
        title: "State",
        cell: (node) =>
            node.healthy ? h(Badge, { kind: "ok" }, "healthy") : h(Badge, { kind: "error", title: node.error }, node.error || "does not answer"),
    },
    { title: "Topics", class: "n", cell: (node) => number((node.topics ?? []).length) },
    { title: "Depth", class: "n", cell: (node) => number(depthOf(node)) },
];

function depthOf(node) {
    return (node.topics ?? []).reduce((all, topic) => all + topic.depth + (topic.channels ?? []).reduce((sum, channel) => sum + channel.depth, 0), 0);
}

const FIGURES = ["depth", "inFlight", "deferred", "clients"];

/** One row for each topic and channel of the nodes, added up; a topic's figures are those of its channels, too. */
function summed(nodes) {
    const rows = new Map();
    const add = (topic, channel, figures, times) => {
        const key = channel === undefined ? topic : `${topic}:${channel}`;
        const row = rows.get(key) ?? { key, topic, channel, nodes: 0, depth: 0, inFlight: 0, deferred: 0, clients: 0 };
        row.nodes += times;
        for (const name of FIGURES) {
            row[name] += figures[name] ?? 0;
        }
        rows.set(key, row);
    };
    for (const node of nodes) {
        for (const topic of node.topics ?? []) {
            add(topic.name, undefined, topic, 1);
            for (const channel of topic.channels ?? []) {
                add(topic.name, channel.name, channel, 1);
                add(topic.name, undefined, channel, 0);
            }
        }
    }
    return [...rows.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
}

const TOPICS = [
    {
        title: "Topic and channel",
        cell: ({ topic, channel }) =>
            channel !== undefined
                ? h("span", { class: "child" }, channel)
                : live.value.topics.has(topic)
                  ? h("a", { href: topicLink(topic) }, topic)
                  : topic,
    },
    { title: "Nodes", class: "n", cell: (row) => number(row.nodes) },
    { title: "Depth", class: "n", cell: (row) => number(row.depth) },
    { title: "In flight", class: "n", cell: (row) => number(row.inFlight) },
    { title: "Deferred", class: "n", cell: (row) => number(row.deferred) },
    { title: "Clients", class: "n", cell: (row) => number(row.clients) },
];

function Topics({ title, nodes }) {
    return h(
        Section,
        { title, class: "flush" },
        h(Table, {
            label: `Topics of ${title}`,
            columns: TOPICS,
            rows: summed(nodes),
            keyOf: ({ key }) => key,
            row: ({ channel }) => ({ class: channel === undefined ? "" : "below" }),
            empty: "There are no topics.",
        }),
    );
}

/** All nodes that nsqlookupd knows, added up or each by itself. */
export function Cluster() {
    const answer = useAnswer("cluster", {}, 5000);
    const [apart, setApart] = useState(false);
    const nodes = answer.value?.nodes;
    const title = h(PageTitle, { key: "title", title: "Cluster" }, [
        h(
            "div",
            { key: "how", class: "segments", role: "group", "aria-label": "How topics are shown" },
            [false, true].map((value) =>
                h(
                    "button",
                    { key: String(value), type: "button", "aria-pressed": String(apart === value), onClick: () => setApart(value) },
                    value ? "Apart" : "Summed",
                ),
            ),
        ),
    ]);
    const errors = (answer.value?.errors ?? []).map((error) => h("p", { key: error, class: "failure", role: "alert" }, error));
    if (nodes === undefined) {
        return [title, h(Pending, { key: "pending", answer })];
    }
    if (nodes.length === 0) {
        return [title, ...errors, h(Empty, { key: "none" }, "No nsqlookupd knows any node: see the option lookupd-tcp-address.")];
    }
    return [
        title,
        ...errors,
        h(
            Section,
            { key: "nodes", title: "Nodes", note: count(nodes.length, "node"), class: "flush" },
            h(Table, { label: "Nodes", columns: NODES, rows: nodes, keyOf: (node) => `${node.http}:${node.tcp}` }),
        ),
        ...(apart
            ? nodes.map((node) => h(Topics, { key: String(node.http), title: `${node.broadcast} ${node.http ?? ""}`, nodes: [node] }))
            : [h(Topics, { key: "all", title: "All nodes", nodes })]),
    ];
}
