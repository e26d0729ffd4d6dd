import { changeLevel, changeOption } from "./actions.js";
import { bytes, count, duration, nanos, number, rate, time } from "./format.js";
import { live } from "./live.js";
import { useValue } from "./observable.js";
import { session } from "./session.js";
import { Badge, Button, Facts, Meter, PageTitle, Pending, Section, Table, topicLink, useAnswer } from "./ui.js";
import { h, useState } from "./view.js";

/** Days before its end from which a certificate is a matter of concern, and of haste. */
const SOON = 30;
const NOW = 7;

function expiry({ daysLeft }) {
    if (daysLeft === undefined) {
        return h(Badge, { kind: "error" }, "not read");
    }
    const kind = daysLeft <= NOW ? "error" : daysLeft <= SOON ? "warning" : "ok";
    return h(Badge, { kind }, daysLeft < 0 ? "expired" : `${number(daysLeft)} days left`);
}

const CERTIFICATES = [
    { title: "For", cell: (certificate) => certificate.what },
    { title: "Subject", cell: (certificate) => certificate.subject },
    { title: "Names", cell: (certificate) => certificate.names.join(", ") },
    { title: "Valid until", class: "nowrap", cell: ({ notAfter }) => (notAfter === undefined ? "–" : time(notAfter).slice(0, 10)) },
    { title: "Left", cell: expiry },
];

const PAUSES = [
    { title: "Collector", cell: (pause) => pause.name },
    { title: "Pauses", class: "n", cell: (pause) => number(pause.count) },
    { title: "Together", class: "n", cell: (pause) => duration(pause.millis) },
    { title: "On average", class: "n", cell: (pause) => (pause.count > 0 ? duration(pause.millis / pause.count) : "–") },
];

function optionColumns(may) {
    return [
        { title: "Option", cell: (option) => h("code", { title: option.help }, option.name) },
        { title: "Value", cell: (option) => h("span", { class: "wrap" }, String(option.value ?? "")) },
        { title: "Default", cell: (option) => h("span", { class: "muted wrap" }, String(option.default ?? "")) },
        { title: "Given", cell: (option) => (option.given ? h(Badge, null, "given") : "") },
        { title: "What it is for", cell: (option) => h("span", { class: "muted wrap" }, option.help) },
        ...(may.administer
            ? [
                  {
                      title: "Change",
                      cell: (option) =>
                          option.changeable &&
                          h(Button, { kind: "small", "aria-label": `Change ${option.name}`, onClick: () => changeOption(option) }, "Change"),
                  },
              ]
            : []),
    ];
}

function Options({ options, may }) {
    const [filter, setFilter] = useState("");
    const [given, setGiven] = useState(false);
    const words = filter.toLowerCase();
    const shown = options.filter(
        (option) => (!given || option.given) && (option.name.includes(words) || (option.help ?? "").toLowerCase().includes(words)),
    );
    const tools = [
        h("label", { key: "given", class: "check" }, h("input", { type: "checkbox", checked: given, onChange: (event) => setGiven(event.target.checked) }), "Only what was given"),
        h("input", {
            key: "filter",
            type: "search",
            placeholder: "Filter options",
            "aria-label": "Filter options",
            value: filter,
            onInput: (event) => setFilter(event.target.value),
        }),
    ];
    return h(
        Section,
        { title: "Options", note: number(shown.length), actions: tools, class: "flush tall" },
        h(Table, { label: "Options", columns: optionColumns(may), rows: shown, keyOf: ({ name }) => name, empty: "No option matches." }),
    );
}

function Health({ node, health }) {
    const text = node.health ?? health;
    return h(
        Section,
        { title: "Health" },
        h("p", { class: text === "OK" ? "health ok" : "health error" }, text),
        h(Facts, {
            items: [
                ["Version", node.info.version],
                ["Host name", node.info.hostname],
                ["Broadcast address", node.info.broadcastAddress],
                ["An OK promises", node.info.durability],
                ["Started", time(node.info.startTime)],
                ["Listens", h("ul", null, node.transports.map((transport) => h("li", { key: transport.protocol + transport.port }, listener(transport))))],
            ],
        }),
    );
}

function listener({ protocol, address, port }) {
    return `${protocol} ${address}${port > 0 && !address.endsWith(`:${port}`) ? ` port ${port}` : ""}`;
}

const TROUBLES = [
    { title: "Trouble", cell: (trouble) => trouble.name },
    { title: "How often", class: "n", cell: (trouble) => number(trouble.count) },
    { title: "What it is", cell: (trouble) => h("span", { class: "wrap" }, trouble.help) },
];

/** What must never happen, and has. */
function Troubles({ troubles }) {
    return h(Section, { title: "Troubles", class: "flush" }, h(Table, { label: "Troubles", columns: TROUBLES, rows: troubles, keyOf: ({ name }) => name }));
}

/** How long messages take from their publish to their FIN: a row for each topic, a column for each percentile. */
function Latencies({ latencies }) {
    const measured = latencies.filter(({ count: messages }) => messages > 0);
    const quantiles = (measured[0]?.percentiles ?? []).map(({ quantile }) => quantile);
    const columns = [
        { title: "Topic", cell: ({ topic }) => h("a", { href: topicLink(topic) }, topic) },
        ...quantiles.map((quantile, at) => ({
            title: `${number(quantile * 100)} %`,
            class: "n",
            cell: ({ percentiles }) => (percentiles[at] ? nanos(percentiles[at].value) : "–"),
        })),
        { title: "Messages", class: "n", cell: (latency) => number(latency.count) },
    ];
    return h(
        Section,
        { title: "From publish to FIN", note: "The slowest topics first", class: "flush" },
        h(Table, {
            label: "From publish to FIN",
            columns,
            rows: measured,
            keyOf: ({ topic }) => topic,
            empty: "Nothing was measured yet: see the option e2e-processing-latency-percentile.",
        }),
    );
}

function Machine({ jvm, disk }) {
    const { heap, nonHeap, direct } = jvm;
    return h(
        Section,
        { title: "Memory and disk" },
        h(
            "div",
            { class: "meters" },
            h(Meter, { label: "Heap", used: heap.used, total: heap.max, text: `${bytes(heap.used)} of ${bytes(heap.max)}` }),
            h(Meter, {
                label: `Disk of ${disk.path}`,
                used: disk.total - disk.free,
                total: disk.total,
                text: `${bytes(disk.free)} of ${bytes(disk.total)} free`,
            }),
        ),
        h(Facts, {
            items: [
                ["Heap committed", bytes(heap.committed)],
                ["Outside the heap", bytes(nonHeap)],
                ["Direct buffers", bytes(direct)],
                ["Threads", number(jvm.threads)],
                ["Load", jvm.cpu < 0 ? undefined : `${rate(jvm.cpu)} on ${count(jvm.processors, "processor")}`],
                ["Java", `${jvm.name} ${jvm.version}`],
                ["Running for", duration(jvm.uptimeMs)],
            ],
        }),
    );
}

/** The daemon itself. */
export function NodePage() {
    const state = useValue(live);
    const { may } = useValue(session);
    const answer = useAnswer("node", {}, 5000);
    const { value: node } = answer;
    if (node === undefined) {
        return [h(PageTitle, { key: "title", title: "Node" }), h(Pending, { key: "pending", answer })];
    }
    const { logLevel: level } = node;
    return [
        h(PageTitle, { key: "title", title: "Node" }, [
            h("span", { key: "level", class: "muted" }, "Log level: ", h("b", null, level)),
            may.administer && h(Button, { key: "change", onClick: () => changeLevel(level) }, "Change log level"),
        ]),
        h("div", { key: "pair", class: "pair" }, h(Health, { node, health: state.health }), h(Machine, { jvm: node.jvm, disk: node.disk })),
        node.troubles.length > 0 && h(Troubles, { key: "troubles", troubles: node.troubles }),
        h(Latencies, { key: "latencies", latencies: node.endToEnd }),
        h(
            Section,
            { key: "certificates", title: "Certificates", class: "flush" },
            h(Table, {
                label: "Certificates",
                columns: CERTIFICATES,
                rows: node.certificates,
                empty: "The daemon has no certificates: connections are not encrypted.",
            }),
        ),
        h(
            Section,
            { key: "pauses", title: "Pauses of the JVM", class: "flush" },
            h(Table, { label: "Pauses of the JVM", columns: PAUSES, rows: node.jvm.pauses }),
        ),
        h(Options, { key: "options", options: node.options, may }),
    ];
}
