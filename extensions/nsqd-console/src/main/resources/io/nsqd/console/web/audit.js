import { time } from "./format.js";
import { Badge, PageTitle, Pending, Section, Table, useAnswer } from "./ui.js";
import { h } from "./view.js";

/** What is said of an action that went well, or that goes on behind the answer. */
const GOOD = ["ok", "begun"];

const COLUMNS = [
    { title: "Time", cell: (entry) => time(entry.time), class: "nowrap" },
    { title: "Action", cell: (entry) => entry.action },
    { title: "Target", cell: (entry) => entry.target },
    { title: "User", cell: (entry) => entry.user },
    { title: "From", cell: (entry) => entry.address },
    {
        title: "Outcome",
        cell: (entry) => h(Badge, { kind: GOOD.includes(entry.outcome) ? "ok" : "error" }, entry.outcome),
    },
];

/** Who did what, and from where. */
export function Audit() {
    const answer = useAnswer("audit", { count: 500 }, 5000);
    const { value: entries } = answer;
    return [
        h(PageTitle, { key: "title", title: "Audit" }),
        h(
            Section,
            { key: "log", title: "Actions", note: "The newest first" },
            entries
                ? h(Table, { label: "Actions", columns: COLUMNS, rows: entries, empty: "Nothing has been changed by the console yet." })
                : h(Pending, { answer }),
        ),
    ];
}
