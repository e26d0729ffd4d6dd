import { changeLevel, changeOption } from "./actions.js";
import { bytes, duration, number } from "./format.js";
import { Latency } from "./latency.js";
import { live } from "./live.js";
import { useValue } from "./observable.js";
import { session } from "./session.js";
import { Badge, Button, Facts, Meter, PageTitle, Pending, Section, Table, useAnswer } from "./ui.js";
import { h, useState } from "./view.js";

/** Days before its end from which a certificate is a matter of concern, and of haste. */
const SOON = 30;
const NOW = 7;

function expiry({ daysLeft }) {
    const kind = daysLeft <= NOW ? "error" : daysLeft <= SOON ? "warning" : "ok";
    return h(Badge, { kind }, daysLeft < 0 ? "expired" : `${number(daysLeft)} days left`);
}

const CERTIFICATES = [
    { title: "For", cell: (certificate) => certificate.what },
    { title: "Subject", cell: (certificate) => certificate.subject },
    { title: "Names", cell: (certificate) => [certificate.names].flat().filter(Boolean).join(", ") },
    { title: "Valid until", class: "nowrap", cell: (certificate) => String(certificate.notAfter).slice(0, 10) },
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
                ["Version", node.info?.version],
                ["Host name", node.info?.hostname],
                ["Broadcast address", node.info?.broadcast_address],
                ["TCP port", node.info?.tcp_port && String(node.info.tcp_port)],
                ["HTTP port", node.info?.http_port && String(node.info.http_port)],
                ["Started", node.info?.start_time && new Date(node.info.start_time * 1000).toLocaleString("en-GB")],
                ["Transports", node.transports && transports(node.transports)],
            ],
        }),
    );
}

function transports(list) {
    return list.map((transport) => (typeof transport === "string" ? transport : `${transport.name} ${transport.address}`)).join(", ");
}

function Machine({ jvm, disk }) {
    const { heap = {}, nonHeap, direct } = jvm;
    const used = (part) => (typeof part === "object" && part !== null ? part.used : part);
    return h(
        Section,
        { title: "Memory and disk" },
        h(
            "div",
            { class: "meters" },
            h(Meter, { label: "Heap", used: heap.used, total: heap.max, text: `${bytes(heap.used)} of ${bytes(heap.max)}` }),
            disk &&
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
                ["Outside the heap", bytes(used(nonHeap))],
                ["Direct buffers", bytes(used(direct))],
                ["Threads", number(jvm.threads)],
                ["Processor", jvm.cpu === undefined || jvm.cpu < 0 ? undefined : `${number(jvm.cpu * 100)} %`],
                ["Java", jvm.version],
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
    const level = node.logLevel ?? node.log?.level ?? "info";
    return [
        h(PageTitle, { key: "title", title: "Node" }, [
            h("span", { key: "level", class: "muted" }, "Log level: ", h("b", null, level)),
            may.administer && h(Button, { key: "change", onClick: () => changeLevel(level) }, "Change log level"),
        ]),
        h("div", { key: "pair", class: "pair" }, h(Health, { node, health: state.health }), h(Machine, { jvm: node.jvm ?? {}, disk: node.disk })),
        h(Latency, { key: "latency", latency: node.endToEnd }),
        h(
            Section,
            { key: "certificates", title: "Certificates", class: "flush" },
            h(Table, {
                label: "Certificates",
                columns: CERTIFICATES,
                rows: node.certificates ?? [],
                empty: "The daemon has no certificates: connections are not encrypted.",
            }),
        ),
        h(
            Section,
            { key: "pauses", title: "Pauses of the JVM", class: "flush" },
            h(Table, { label: "Pauses of the JVM", columns: PAUSES, rows: node.jvm?.pauses ?? [], empty: "None are known." }),
        ),
        h(Options, { key: "options", options: node.options ?? [], may }),
    ];
}
