import { createChannel, deleteTopic, emptyTopic, moveMessages, pauseTopic, publish } from "./actions.js";
import { History } from "./chart.js";
import { bytes, duration, number, rate, short } from "./format.js";
import { Latency } from "./latency.js";
import { age, CHANNEL, live, TOPIC } from "./live.js";
import { useValue } from "./observable.js";
import { EffectivePolicy, PolicyCounts } from "./policies.js";
import { session } from "./session.js";
import { Sparkline } from "./sparkline.js";
import { Badge, Button, channelLink, Failure, PageTitle, Section, Table, Tiles, useAnswer } from "./ui.js";
import { h } from "./view.js";

const CHARTS = [
    { title: "Messages waiting", format: short, lines: [["depth", "Depth", "--line-1"], ["inFlight", "In flight", "--line-2"]] },
    { title: "Messages a second", format: rate, lines: [["in", "In", "--line-1"], ["out", "Out", "--line-3"]] },
];

function channelColumns(now) {
    const quantity = (title, name, write = number) => ({
        title,
        class: "n",
        cell: ({ figures }) => write(figures[CHANNEL[name]]),
    });
    return [
        {
            title: "Channel",
            cell: ({ topic, channel, figures }) => [
                h("a", { key: "link", href: channelLink(topic, channel) }, channel),
                figures[CHANNEL.paused] ? h(Badge, { key: "paused", kind: "warning" }, "paused") : null,
            ],
        },
        quantity("Depth", "depth"),
        quantity("On disk", "backendDepth"),
        quantity("In flight", "inFlight"),
        quantity("Deferred", "deferred"),
        quantity("Out/s", "outRate", rate),
        quantity("Oldest", "oldest", (moment) => duration(age(moment))),
        quantity("Clients", "clients"),
        quantity("Requeued", "requeues"),
        quantity("Timed out", "timeouts"),
        { title: "Depth, 2 min", class: "trend", cell: ({ trend }) => h(Sparkline, { trend, now }) },
    ];
}

/** Who may publish may do what concerns the topic as a whole. */
function Actions({ topic, paused, publishes, administers }) {
    if (!publishes) {
        return null;
    }
    return [
        h(Button, { key: "publish", kind: "primary", onClick: () => publish(topic) }, "Publish a message"),
        h(Button, { key: "create", onClick: () => createChannel(topic) }, "Create channel"),
        h(Button, { key: "pause", onClick: () => pauseTopic(topic, paused) }, paused ? "Unpause topic" : "Pause topic"),
        administers && h(Button, { key: "move", onClick: () => moveMessages(topic, "", "") }, "Move messages"),
        h(Button, { key: "empty", kind: "danger", onClick: () => emptyTopic(topic) }, "Empty topic"),
        h(Button, { key: "delete", kind: "danger", onClick: () => deleteTopic(topic) }, "Delete topic"),
    ];
}

function tiles({ figures, channels, depth, inFlight, clients, outRate, oldest }, details) {
    return [
        ["Depth", number(depth), figures[TOPIC.depth] > 0 && `${number(figures[TOPIC.depth])} in the topic`],
        ["In flight", number(inFlight)],
        ["Published", rate(figures[TOPIC.inRate]), "/s"],
        ["Delivered", rate(outRate), "/s"],
        ["Oldest", duration(age(oldest))],
        ["Channels", number(channels.size)],
        ["Clients", number(clients)],
        ["Messages ever", number(figures[TOPIC.messages]), details ? bytes(details.message_bytes) : ""],
    ];
}

/** One topic. */
export function TopicPage({ topic }) {
    const state = useValue(live);
    const { may } = useValue(session);
    const answer = useAnswer("topic", { topic }, 5000);
    const now = state.topics.get(topic);
    if (now === undefined) {
        return [
            h(PageTitle, { key: "title", title: topic, over: h("span", { class: "over" }, "Topic") }),
            h("p", { key: "none", class: "empty" }, state.time === 0 ? "Loading…" : "There is no topic of this name."),
        ];
    }
    const publishes = answer.value?.may.publish ?? may.administer;
    const details = answer.value?.topic;
    const paused = Boolean(now.figures[TOPIC.paused]);
    return [
        h(
            PageTitle,
            {
                key: "title",
                title: topic,
                over: h(
                    "span",
                    { class: "over" },
                    "Topic ",
                    paused && h(Badge, { kind: "warning" }, "paused"),
                    now.figures[TOPIC.ephemeral] ? h(Badge, null, "ephemeral") : null,
                ),
            },
            h(Actions, { topic, paused, publishes, administers: may.administer }),
        ),
        answer.error && h(Failure, { key: "error", error: answer.error }),
        h(Tiles, { key: "tiles", label: "Figures of the topic", items: tiles(now, details) }),
        h(
            Section,
            { key: "channels", title: "Channels", class: "flush" },
            h(Table, {
                label: "Channels of the topic",
                columns: channelColumns(state.time),
                rows: [...now.channels.values()],
                keyOf: ({ key }) => key,
                empty: "It has no channels: what is published waits in the topic.",
            }),
        ),
        h(Section, { key: "charts", title: "The last hour" }, h(History, { topic, charts: CHARTS })),
        h(EffectivePolicy, { key: "policy", topic, values: answer.value?.policies, may }),
        details && h(PolicyCounts, { key: "counts", counts: details.policy }),
        details && h(Latency, { key: "latency", latency: details.e2e_processing_latency }),
    ];
}
