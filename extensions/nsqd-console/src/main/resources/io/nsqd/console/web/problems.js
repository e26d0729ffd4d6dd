import { count } from "./format.js";
import { channelLink, topicLink } from "./ui.js";
import { h, useState } from "./view.js";

/** How many are shown at once. */
const SHOWN = 6;

function Problem({ problem }) {
    const { topic, channel, severity, text } = problem;
    const target = channel ? channelLink(topic, channel) : topic ? topicLink(topic) : null;
    return h(
        "li",
        { class: severity },
        h("span", { class: "severity" }, severity === "error" ? "Error" : "Warning"),
        target && h("a", { href: target }, channel ? `${topic} / ${channel}` : topic),
        h("span", null, text),
    );
}

/** The same key for the same problem, whatever its figures are now: it is told once. */
function keyed(problems) {
    const times = new Map();
    return problems.map((problem) => {
        const about = `${problem.kind}:${problem.topic}:${problem.channel}:${problem.text.replace(/\d+/g, "")}`;
        const time = times.get(about) ?? 0;
        times.set(about, time + 1);
        return { key: `${about}:${time}`, problem };
    });
}

/** What is wrong now, the worst first. Told to who listens to the page as it changes. */
export function Problems({ problems }) {
    const [all, setAll] = useState(false);
    const sorted = [...problems].sort((one, other) => (one.severity === "error" ? 0 : 1) - (other.severity === "error" ? 0 : 1));
    const shown = all ? sorted : sorted.slice(0, SHOWN);
    return h(
        "section",
        { class: `card problems ${problems.length === 0 ? "none" : ""}`, "aria-label": "Problems" },
        h("h2", null, "Problems"),
        h(
            "div",
            { "aria-live": "polite", "aria-atomic": "false", "aria-relevant": "additions text" },
            problems.length === 0
                ? h("p", null, "Nothing is wrong.")
                : h(
                      "ul",
                      null,
                      keyed(shown).map(({ key, problem }) => h(Problem, { key, problem })),
                  ),
        ),
        sorted.length > SHOWN &&
            h(
                "button",
                { type: "button", class: "button quiet", "aria-expanded": String(all), onClick: () => setAll(!all) },
                all ? "Show fewer" : `Show all ${count(sorted.length, "problem")}`,
            ),
    );
}
