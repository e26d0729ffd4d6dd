import { act } from "./api.js";
import { FormDialog, open, SelectField, TextField } from "./dialogs.js";
import { Pending, useAnswer } from "./ui.js";
import { h, useState } from "./view.js";

/** How it is written that there is no topic for dead letters, where a wider rule names one; no topic can have this name. */
const NONE = "(none)";

const EXAMPLES = { duration: "1h30m", time: "1h30m", number: "a number", topic: `a topic, or ${NONE}` };

/** Whose rule it is, in the way in which rules are named. */
export function about({ topic, channel }) {
    return channel == null ? topic : `${topic}:${channel}`;
}

/** Whether a rule was said here, by HTTP or in the shell, and so can be taken back here. */
export function isOurs({ source }) {
    return source === "nsqd";
}

function fields(values) {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === "" ? NONE : String(value)]));
}

/** What the fields say; those that are empty say nothing. */
function said(names, values) {
    const filled = names.filter((name) => values[name] !== undefined && values[name] !== "");
    return Object.fromEntries(filled.map((name) => [name, values[name] === NONE ? "" : values[name]]));
}

/** A value of a rule: a choice where there are a few words, else text. */
function ValueField({ name, kind, words, help, value, onValue }) {
    const id = `policy-${name}`;
    if (words.length > 0) {
        const options = [["", "(says nothing)"], ...words.map((word) => [word, word])];
        return h(SelectField, { id, label: name, value, onValue, hint: help, options });
    }
    return h(TextField, { id, label: name, value, onValue, placeholder: EXAMPLES[kind], hint: help });
}

function RuleDialog({ rule, fresh }) {
    const [scope, setScope] = useState(rule.channel == null ? "topic" : "channel");
    const [topic, setTopic] = useState(rule.topic);
    const [channel, setChannel] = useState(rule.channel ?? "*");
    const [values, setValues] = useState(() => fields(rule.values));
    // What can be said is told with what holds, for whatever name.
    const answer = useAnswer("policies", scope === "topic" ? { topic: "any" } : { topic: "any", channel: "any" });
    const keys = Object.entries(answer.value?.values ?? {});
    const submit = async () => {
        const target = { scope, topic, ...(scope === "channel" && { channel }) };
        await act("policy.set", { ...target, values: said(keys.map(([name]) => name), values) });
        return `The policy of ${about(target)} counts from now on.`;
    };
    return h(
        FormDialog,
        { title: fresh ? "Add a policy" : "Change a policy", confirm: "Save policy", wide: true, disabled: keys.length === 0, submit },
        h(
            "div",
            { class: "columns" },
            h(SelectField, {
                id: "policy-scope",
                label: "Of",
                value: scope,
                onValue: setScope,
                options: [
                    ["topic", "topics"],
                    ["channel", "channels"],
                ],
            }),
            h(TextField, { id: "policy-topic", label: "Topic", value: topic, onValue: setTopic, required: true, hint: "A name, or a pattern with * and ?" }),
            scope === "channel" &&
                h(TextField, { id: "policy-channel", label: "Channel", value: channel, onValue: setChannel, required: true, hint: "A name or a pattern, too" }),
        ),
        h(
            "fieldset",
            { class: "columns" },
            h("legend", null, "Values; of what is left empty this rule says nothing"),
            keys.length === 0
                ? h(Pending, { answer })
                : keys.map(([name, key]) =>
                      h(ValueField, {
                          key: name,
                          name,
                          ...key,
                          value: values[name] ?? "",
                          onValue: (value) => setValues((before) => ({ ...before, [name]: value })),
                      }),
                  ),
        ),
    );
}

/** Asks for the values of a rule; `fresh` when there is none of these names yet. */
export function editRule(rule, fresh = false) {
    open(RuleDialog, { rule, fresh });
}

function DeleteDialog({ rule }) {
    const values = Object.entries(fields(rule.values)).map(([name, value]) => `${name}=${value}`);
    const submit = async () => {
        const { topic, channel } = rule;
        const scope = channel == null ? "topic" : "channel";
        await act("policy.delete", { scope, topic, ...(scope === "channel" && { channel }) });
        return `The policy of ${about(rule)} is gone.`;
    };
    return h(
        FormDialog,
        { title: "Take back the policy?", confirm: "Take back policy", danger: true, submit },
        h("p", null, `The rule of ${about(rule)} with ${values.join(", ") || "no values"} will be gone: wider rules count then, or none.`),
    );
}

/** Asks before a rule goes. */
export function deleteRule(rule) {
    open(DeleteDialog, { rule });
}
