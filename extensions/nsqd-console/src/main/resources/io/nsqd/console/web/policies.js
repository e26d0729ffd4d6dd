import { number } from "./format.js";
import { useValue } from "./observable.js";
import { about, deleteRule, editRule, isOurs } from "./policyform.js";
import { session } from "./session.js";
import { Button, PageTitle, Pending, Section, Table, Tiles, useAnswer } from "./ui.js";
import { h, useState } from "./view.js";

function written(value) {
    return value === "" ? "none" : String(value);
}

/** Where a value comes from, in words. */
function origin({ from, source }) {
    if (from === "default") {
        return "default";
    }
    if (from === "option") {
        return "the daemon's option";
    }
    return isOurs({ source }) ? `rule ${from}` : `rule ${from} (${source})`;
}

function isRuled({ from }) {
    return from !== "default" && from !== "option";
}

const EFFECTIVE = [
    { title: "Key", cell: ([key, { help }]) => h("code", { title: help }, key) },
    { title: "Value", cell: ([, { value }]) => written(value) },
    { title: "From", cell: ([, value]) => h("span", { class: isRuled(value) ? "" : "muted" }, origin(value)) },
];

/**
 * What holds for a topic or a channel, and where it comes from.
 *
 * @param values by key; undefined while they are not known
 */
export function EffectivePolicy({ topic, channel, values, may }) {
    const rules = useAnswer(may.administer ? "policies" : null, {});
    const [all, setAll] = useState(false);
    const rows = Object.entries(values ?? {}).filter(([, value]) => all || isRuled(value));
    const edit = () => {
        const rule = rules.value.rules.find((said) => said.topic === topic && (said.channel ?? undefined) === channel && isOurs(said));
        editRule(rule ?? { topic, channel, values: {} }, rule === undefined);
    };
    const tools = [
        h(Button, { key: "all", kind: "quiet", "aria-pressed": String(all), onClick: () => setAll(!all) }, "All values"),
        may.administer && rules.value && h(Button, { key: "edit", onClick: edit }, "Edit policy"),
    ];
    return h(
        Section,
        { title: "Policy", actions: tools, class: "flush" },
        values === undefined
            ? h(Pending, { answer: {} })
            : h(Table, { label: "Policy", columns: EFFECTIVE, rows, keyOf: ([key]) => key, empty: "No rule says anything of it: all is as usual." }),
    );
}

const COUNTS = {
    expired_count: "Expired",
    dead_count: "Dead letters",
    dropped_count: "Dropped",
    throttled_count: "Throttled",
    rejected_count: "Rejected",
    replayed_count: "Replayed",
    in_transit_count: "On their way",
};

/** What policies have done. */
export function PolicyCounts({ counts }) {
    const items = Object.entries(COUNTS).map(([key, title]) => [title, number(counts?.[key])]);
    return counts && h(Section, { title: "What policies did" }, h(Tiles, { label: "What policies did", items }));
}

const RULES = [
    { title: "Topic", cell: ({ topic }) => h("code", null, topic) },
    { title: "Channel", cell: ({ channel }) => (channel == null ? h("span", { class: "muted" }, "–") : h("code", null, channel)) },
    {
        title: "Says",
        cell: ({ values }) => {
            const said = Object.entries(values).map(([key, value]) => `${key} = ${written(value)}`);
            return h("span", { class: "wrap" }, said.join(", "));
        },
    },
    { title: "Said by", cell: ({ source }) => source },
];

const CHANGE = {
    title: "Change",
    cell: (rule) =>
        isOurs(rule) && [
            h(Button, { key: "edit", kind: "small", "aria-label": `Edit ${about(rule)}`, onClick: () => editRule(rule) }, "Edit"),
            h(Button, { key: "delete", kind: "small danger", "aria-label": `Take back ${about(rule)}`, onClick: () => deleteRule(rule) }, "Take back"),
        ],
};

/** All rules. */
export function Policies() {
    const { may } = useValue(session);
    const answer = useAnswer("policies", {}, 10_000);
    const rules = answer.value?.rules;
    const add = () => editRule({ topic: "*", channel: "*", values: {} }, true);
    return [
        h(PageTitle, { key: "title", title: "Policies" }, may.administer && h(Button, { kind: "primary", onClick: add }, "Add policy")),
        h(
            Section,
            { key: "rules", title: "Rules", note: "The most specific that says something counts", class: "flush" },
            rules === undefined
                ? h(Pending, { answer })
                : h(Table, {
                      label: "Rules",
                      columns: may.administer ? [...RULES, CHANGE] : RULES,
                      rows: rules,
                      keyOf: (rule) => `${about(rule)} ${rule.source}`,
                      empty: "No rule is said: all is as usual.",
                  }),
        ),
    ];
}
