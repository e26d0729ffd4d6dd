import { act } from "./api.js";
import { FormDialog, open, SelectField, TextField } from "./dialogs.js";
import { number } from "./format.js";
import { session } from "./session.js";
import { Button, Empty, PageTitle, Pending, Section, Table, Tiles, useAnswer } from "./ui.js";
import { useValue } from "./observable.js";
import { h, useState } from "./view.js";

/** Where a value comes from, in words. */
function origin({ from, source }) {
    if (from === "default") {
        return "default";
    }
    if (from === "option") {
        return "the daemon's option";
    }
    return source && source !== "nsqd" ? `rule ${from} (${source})` : `rule ${from}`;
}

const EFFECTIVE = [
    { title: "Key", cell: ([key]) => h("code", null, key) },
    { title: "Value", cell: ([, { value }]) => (value === "" ? "none" : String(value)) },
    { title: "From", cell: ([, value]) => h("span", { class: value.from === "default" ? "muted" : "" }, origin(value)) },
];

// ---- saying a rule

/** A value of a rule: a choice where there are a few words, else text. Empty says nothing. */
function ValueField({ name, about, value, onValue }) {
    const label = name;
    const id = `policy-${name}`;
    if (about?.words?.length > 0) {
        return h(SelectField, {
            id,
            label,
            value,
            onValue,
            hint: about.help,
            options: [["", "(says nothing)"], ...about.words.map((word) => [word, word])],
        });
    }
    const example = { duration: "1h30m", time: "1h30m", number: "a number", topic: "a topic" }[about?.kind];
    return h(TextField, { id, label, value, onValue, placeholder: example, hint: about?.help });
}

function texts(values) {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

function RuleDialog({ rule, keys, fresh }) {
    const [scope, setScope] = useState(rule.channel === undefined ? "topic" : "channel");
    const [topic, setTopic] = useState(rule.topic);
    const [channel, setChannel] = useState(rule.channel ?? "*");
    const [values, setValues] = useState(texts(rule.values));
    const shown = keys.filter(({ on }) => on === undefined || on === "both" || on === scope);
    return h(
        FormDialog,
        {
            title: fresh ? "Say a policy" : "Change a policy",
            confirm: "Save policy",
            wide: true,
            submit: async () => {
                const said = shown.map(({ name }) => [name, values[name]]).filter(([, value]) => value !== undefined && value !== "");
                await act("policy.set", {
                    scope,
                    topic,
                    ...(scope === "channel" && { channel }),
                    values: Object.fromEntries(said),
                });
                return `The policy of ${topic}${scope === "channel" ? `:${channel}` : ""} counts from now on.`;
            },
        },
        h(SelectField, {
            id: "policy-scope",
            label: "Of",
            value: scope,
            onValue: setScope,
            options: [["topic", "topics"], ["channel", "channels"]],
        }),
        h(TextField, { id: "policy-topic", label: "Topic", value: topic, onValue: setTopic, required: true, hint: "A name or a pattern: * for any characters, ? for one." }),
        scope === "channel" && h(TextField, { id: "policy-channel", label: "Channel", value: channel, onValue: setChannel, required: true, hint: "A name or a pattern, too." }),
        h(
            "fieldset",
            { class: "columns" },
            h("legend", null, "Values; what is left empty this rule says nothing about"),
            shown.map((about) =>
                h(ValueField, {
                    key: about.name,
                    name: about.name,
                    about,
                    value: values[about.name] ?? "",
                    onValue: (value) => setValues({ ...values, [about.name]: value }),
                }),
            ),
        ),
    );
}

function deleteRule(rule) {
    const about = rule.channel === undefined ? rule.topic : `${rule.topic}:${rule.channel}`;
    open(DeleteDialog, { rule, about });
}

function DeleteDialog({ rule, about }) {
    const said = Object.entries(rule.values).map(([key, value]) => `${key}=${value === "" ? "none" : value}`);
    return h(
        FormDialog,
        {
            title: "Take back the policy?",
            confirm: "Take back policy",
            danger: true,
            submit: async () => {
                await act("policy.delete", {
                    scope: rule.channel === undefined ? "topic" : "channel",
                    topic: rule.topic,
                    ...(rule.channel !== undefined && { channel: rule.channel }),
                });
                return `The policy of ${about} is gone.`;
            },
        },
        h("p", null, `The rule of ${about} with ${said.join(", ") || "no values"} will be gone, and what it ruled is as wider rules, or none, say.`),
    );
}

/** The keys that can be said, with what they are; without more knowledge those that the values name. */
function keysOf(answer) {
    return answer.keys ?? Object.keys(answer.values ?? {}).map((name) => ({ name }));
}

// ---- what holds for one name

/** What holds for a topic or a channel, and where it comes from. */
export function EffectivePolicy({ topic, channel, may }) {
    const answer = useAnswer("policies", { topic, channel }, 10_000);
    const rules = useAnswer("policies", {}, 10_000);
    const [all, setAll] = useState(false);
    const values = Object.entries(answer.value?.values ?? {});
    const shown = all ? values : values.filter(([, { from }]) => from !== "default" && from !== "option");
    const edit = () => {
        const rule = (rules.value?.policies ?? []).find((said) => said.topic === topic && said.channel === channel && (said.source ?? "nsqd") === "nsqd");
        open(RuleDialog, { rule: rule ?? { topic, channel, values: {} }, keys: keysOf(rules.value?.keys ? rules.value : answer.value), fresh: rule === undefined });
    };
    const tools = [
        h(Button, { key: "all", kind: "quiet", "aria-pressed": String(all), onClick: () => setAll(!all) }, all ? "Only what rules say" : "All values"),
        may.administer && answer.value && h(Button, { key: "edit", onClick: edit }, "Edit policy"),
    ];
    return h(
        Section,
        { title: "Policy", actions: tools, class: "flush" },
        answer.value === undefined
            ? h(Pending, { answer })
            : h(Table, {
                  label: "Policy",
                  columns: EFFECTIVE,
                  rows: shown,
                  keyOf: ([key]) => key,
                  empty: "No rule says anything of it: all is as usual.",
              }),
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
    return (
        counts &&
        h(
            Section,
            { title: "What policies did" },
            h(Tiles, { label: "What policies did", items: Object.entries(COUNTS).map(([key, title]) => [title, number(counts[key] ?? 0)]) }),
        )
    );
}

// ---- all rules

function ruleColumns(keys, may) {
    return [
        {
            title: "Topic",
            cell: (rule) => h("code", null, rule.topic),
        },
        { title: "Channel", cell: (rule) => (rule.channel === undefined ? h("span", { class: "muted" }, "–") : h("code", null, rule.channel)) },
        {
            title: "Says",
            cell: (rule) =>
                h(
                    "span",
                    { class: "wrap" },
                    Object.entries(rule.values)
                        .map(([key, value]) => `${key} = ${value === "" ? "none" : value}`)
                        .join(", "),
                ),
        },
        { title: "Said by", cell: (rule) => rule.source ?? "nsqd" },
        ...(may.administer
            ? [
                  {
                      title: "Change",
                      cell: (rule) =>
                          (rule.source ?? "nsqd") === "nsqd" && [
                              h(Button, { key: "edit", kind: "small", onClick: () => open(RuleDialog, { rule, keys }) }, "Edit"),
                              h(Button, { key: "delete", kind: "small danger", onClick: () => deleteRule(rule) }, "Take back"),
                          ],
                  },
              ]
            : []),
    ];
}

/** All rules. */
export function Policies() {
    const { may } = useValue(session);
    const answer = useAnswer("policies", {}, 10_000);
    const rules = answer.value?.policies;
    const keys = answer.value ? keysOf(answer.value) : [];
    return [
        h(
            PageTitle,
            { key: "title", title: "Policies" },
            may.administer &&
                rules &&
                h(
                    Button,
                    { kind: "primary", onClick: () => open(RuleDialog, { rule: { topic: "*", channel: "*", values: {} }, keys, fresh: true }) },
                    "Add policy",
                ),
        ),
        h(
            Section,
            { key: "rules", title: "Rules", note: "The most specific that says something counts", class: "flush" },
            rules === undefined
                ? h(Pending, { answer })
                : rules.length === 0
                  ? h(Empty, null, "No rule is said: all is as usual.")
                  : h(Table, {
                        label: "Rules",
                        columns: ruleColumns(keys, may),
                        rows: rules,
                        keyOf: (rule) => `${rule.topic}:${rule.channel ?? ""}:${rule.source ?? ""}`,
                    }),
        ),
    ];
}
