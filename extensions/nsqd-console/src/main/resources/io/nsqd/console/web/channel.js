import { deleteChannel, emptyChannel, pauseChannel, rewindChannel } from "./actions.js";
import { History } from "./chart.js";
import { count, duration, number, rate, short, time } from "./format.js";
import { Latency } from "./latency.js";
import { age, CHANNEL, live } from "./live.js";
import { Messages } from "./messages.js";
import { useValue } from "./observable.js";
import { EffectivePolicy, PolicyCounts } from "./policies.js";
import { session } from "./session.js";
import { Badge, Button, Failure, PageTitle, Section, Table, Tiles, topicLink, useAnswer } from "./ui.js";
import { h } from "./view.js";

const CHARTS = [
    {
        title: "Messages",
        format: short,
        lines: [["depth", "Depth", "--line-1"], ["inFlight", "In flight", "--line-2"], ["deferred", "Deferred", "--line-4"]],
    },
    { title: "Messages a second", format: rate, lines: [["in", "In", "--line-1"], ["out", "Out", "--line-3"]] },
];

/** How a client has its connection. */
function settings(client) {
    return [
        client.tls && (client.tls_version || "TLS"),
        client.snappy && "snappy",
        client.deflate && "deflate",
        client.sample_rate > 0 && `samples ${client.sample_rate} %`,
        client.auth_identity && `as ${client.auth_identity}`,
    ]
        .filter(Boolean)
        .join(", ");
}

const CLIENTS = [
    { title: "Client", cell: (client) => client.client_id || client.hostname },
    { title: "Address", cell: (client) => client.remote_address },
    { title: "Library", cell: (client) => client.user_agent },
    { title: "Settings", cell: (client) => settings(client) || "–" },
    { title: "Ready", class: "n", cell: (client) => number(client.ready_count) },
    { title: "In flight", class: "n", cell: (client) => number(client.in_flight_count) },
    { title: "Finished", class: "n", cell: (client) => number(client.finish_count) },
    { title: "Requeued", class: "n", cell: (client) => number(client.requeue_count) },
    { title: "Connected", class: "nowrap", cell: (client) => time(client.connect_ts * 1000) },
];

function Actions({ topic, channel, paused }) {
    return [
        h(Button, { key: "pause", onClick: () => pauseChannel(topic, channel, paused) }, paused ? "Unpause channel" : "Pause channel"),
        h(Button, { key: "rewind", onClick: () => rewindChannel(topic, channel) }, "Rewind"),
        h(Button, { key: "empty", kind: "danger", onClick: () => emptyChannel(topic, channel) }, "Empty channel"),
        h(Button, { key: "delete", kind: "danger", onClick: () => deleteChannel(topic, channel) }, "Delete channel"),
    ];
}

function tiles(figures) {
    return [
        ["Depth", number(figures[CHANNEL.depth]), figures[CHANNEL.backendDepth] > 0 && `${number(figures[CHANNEL.backendDepth])} on disk`],
        ["In flight", number(figures[CHANNEL.inFlight])],
        ["Deferred", number(figures[CHANNEL.deferred])],
        ["Delivered", rate(figures[CHANNEL.outRate]), "/s"],
        ["Oldest", duration(age(figures[CHANNEL.oldest]))],
        ["Clients", number(figures[CHANNEL.clients])],
        ["Requeued", number(figures[CHANNEL.requeues])],
        ["Timed out", number(figures[CHANNEL.timeouts]), "", figures[CHANNEL.timeouts] > 0 ? "warning" : ""],
    ];
}

function Rewind({ rewind }) {
    return (
        rewind &&
        h(
            "p",
            { class: "banner", role: "status" },
            `It is being filled with what was published from ${rewind.from || "the beginning"} on: ` +
                `${count(rewind.replayed_count, "message")} came again, ${number(rewind.remaining_count)} are still to be looked at.`,
        )
    );
}

/** One channel. */
export function ChannelPage({ topic, channel }) {
    const state = useValue(live);
    const { may } = useValue(session);
    const answer = useAnswer("channel", { topic, channel }, 3000);
    const figures = state.topics.get(topic)?.channels.get(channel)?.figures;
    const over = h("span", { class: "over" }, "Channel of ", h("a", { href: topicLink(topic) }, topic), " ", figures?.[CHANNEL.paused] ? h(Badge, { kind: "warning" }, "paused") : null);
    if (figures === undefined) {
        return [
            h(PageTitle, { key: "title", title: channel, over }),
            h("p", { key: "none", class: "empty" }, state.time === 0 ? "Loading…" : "There is no channel of this name."),
        ];
    }
    const changes = answer.value?.may.change ?? may.administer;
    const details = answer.value?.channel;
    return [
        h(
            PageTitle,
            { key: "title", title: channel, over },
            changes && h(Actions, { topic, channel, paused: Boolean(figures[CHANNEL.paused]) }),
        ),
        answer.error && h(Failure, { key: "error", error: answer.error }),
        h(Rewind, { key: "rewind", rewind: details?.rewind }),
        h(Tiles, { key: "tiles", label: "Figures of the channel", items: tiles(figures) }),
        h(Section, { key: "charts", title: "The last hour" }, h(History, { topic, channel, charts: CHARTS })),
        changes && h(Messages, { key: "messages", topic, channel, figures }),
        h(
            Section,
            { key: "clients", title: "Clients", class: "flush" },
            h(Table, {
                label: "Clients of the channel",
                columns: CLIENTS,
                rows: details?.clients ?? [],
                keyOf: (client) => client.remote_address,
                empty: "No consumer is connected.",
            }),
        ),
        h(EffectivePolicy, { key: "policy", topic, channel, values: answer.value?.policies, may }),
        details && h(PolicyCounts, { key: "counts", counts: details.policy }),
        details && h(Latency, { key: "latency", latency: details.e2e_processing_latency }),
    ];
}
