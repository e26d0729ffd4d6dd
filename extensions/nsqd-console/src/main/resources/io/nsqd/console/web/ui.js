import { h, useEffect, useRef, useState } from "./view.js";
import { get } from "./api.js";
import { Observable, useValue } from "./observable.js";

/** The address of a page, such as `link("topic", "orders")`. */
export function link(...parts) {
    return "#/" + parts.map(encodeURIComponent).join("/");
}

export function topicLink(topic) {
    return link("topic", topic);
}

export function channelLink(topic, channel) {
    return link("topic", topic, "channel", channel);
}

/** The heading of a page, which has the focus once the page is there. */
export function PageTitle({ title, over, children }) {
    const heading = useRef(null);
    useEffect(() => {
        document.title = `${title} · nsqd console`;
        heading.current.focus({ preventScroll: true });
    }, [title]);
    return h(
        "div",
        { class: "page-title" },
        h("div", null, over, h("h1", { ref: heading, tabIndex: -1 }, title)),
        h("div", { class: "actions" }, children),
    );
}

/** A part of a page with a heading. */
export function Section({ title, note, actions, children, class: name = "" }) {
    return h(
        "section",
        { class: `card ${name}` },
        h(
            "div",
            { class: "card-head" },
            h("h2", null, title),
            note && h("span", { class: "muted" }, note),
            actions && h("div", { class: "actions" }, actions),
        ),
        children,
    );
}

/** Figures side by side: `[label, value, note, kind]` each. */
export function Tiles({ items, label }) {
    return h(
        "dl",
        { class: "tiles", "aria-label": label },
        items.map(([name, value, note, kind = ""]) =>
            h(
                "div",
                { key: name, class: `tile ${kind}` },
                h("dt", null, name),
                h("dd", null, h("span", { class: "figure" }, value), note && h("span", { class: "muted" }, note)),
            ),
        ),
    );
}

/** A word on a coloured ground: `kind` is "ok", "warning", "error" or "". */
export function Badge({ kind = "", children, title }) {
    return h("span", { class: `badge ${kind}`, title }, children);
}

export function Button({ kind = "", children, ...more }) {
    return h("button", { type: "button", class: `button ${kind}`, ...more }, children);
}

/** A line that says that there is nothing, or that something failed. */
export function Empty({ children }) {
    return h("p", { class: "empty" }, children);
}

export function Failure({ error }) {
    return h("p", { class: "failure", role: "alert" }, error.message);
}

/**
 * A table. `columns` are `{title, cell(row), class, width}`; a class "n" has figures on the right.
 */
export function Table({ label, columns, rows, keyOf, empty, row: rowAttributes = () => null }) {
    if (rows.length === 0 && empty) {
        return h(Empty, null, empty);
    }
    return h(
        "div",
        { class: "scroll", role: "group", "aria-label": label, tabIndex: 0 },
        h(
            "table",
            null,
            h("caption", { class: "hidden" }, label),
            h(
                "thead",
                null,
                h(
                    "tr",
                    null,
                    columns.map((column) => h("th", { key: column.title, scope: "col", class: column.class }, column.title)),
                ),
            ),
            h(
                "tbody",
                null,
                rows.map((row, index) =>
                    h(
                        "tr",
                        { key: keyOf?.(row) ?? index, ...rowAttributes(row) },
                        columns.map((column, at) =>
                            at === 0
                                ? h("th", { key: at, scope: "row", class: column.class }, column.cell(row))
                                : h("td", { key: at, class: column.class }, column.cell(row)),
                        ),
                    ),
                ),
            ),
        ),
    );
}

/** Names with values, below each other. */
export function Facts({ items }) {
    return h(
        "dl",
        { class: "facts" },
        items
            .filter(([, value]) => value !== undefined && value !== "" && value !== null)
            .map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value))),
    );
}

/** A share of something as a bar: used and total, with what it says. */
export function Meter({ label, used, total, text }) {
    const share = total > 0 ? Math.min(1, used / total) : 0;
    const kind = share > 0.95 ? "error" : share > 0.85 ? "warning" : "";
    return h(
        "div",
        { class: `meter ${kind}` },
        h("div", { class: "meter-text" }, h("span", null, label), h("span", { class: "figure" }, text)),
        h(
            "div",
            {
                class: "meter-bar",
                role: "meter",
                "aria-label": label,
                "aria-valuemin": 0,
                "aria-valuemax": 100,
                "aria-valuenow": Math.round(share * 100),
                "aria-valuetext": text,
            },
            h("div", { style: { width: `${(share * 100).toFixed(1)}%` } }),
        ),
    );
}

/** Parts of a page of which one is shown. `tabs` are `[id, title]`. */
export function Tabs({ label, tabs, chosen, onChoose, panel }) {
    const move = (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) {
            const at = tabs.findIndex(([id]) => id === chosen);
            const [next] = tabs[(at + step + tabs.length) % tabs.length];
            onChoose(next);
            document.getElementById(`tab-${next}`)?.focus();
        }
    };
    return h(
        "div",
        { class: "tabs", role: "tablist", "aria-label": label, onKeyDown: move },
        tabs.map(([id, title]) =>
            h(
                "button",
                {
                    key: id,
                    id: `tab-${id}`,
                    type: "button",
                    role: "tab",
                    "aria-selected": String(id === chosen),
                    "aria-controls": panel,
                    tabIndex: id === chosen ? 0 : -1,
                    onClick: () => onChoose(id),
                },
                title,
            ),
        ),
    );
}

// ---- what the daemon says now and then

/** Grows with each action, so that pages ask anew. */
export const acted = new Observable(0);

/**
 * What a path says, asked again every `every` milliseconds while the page is seen, and after each action. Returns `{value, error,
 * reload}`; after a failure the last value stays. A path that is null is not asked for.
 */
export function useAnswer(path, parameters = {}, every = 0) {
    const [answer, setAnswer] = useState({});
    const turn = useValue(acted);
    const key = path + JSON.stringify(parameters);
    const [asked, setAsked] = useState(0);
    useEffect(() => {
        if (path === null) {
            return undefined;
        }
        let over = false;
        let timer = 0;
        const ask = async () => {
            try {
                const value = document.hidden && every ? undefined : await get(path, parameters);
                if (!over && value !== undefined) {
                    setAnswer({ key, value });
                }
            } catch (error) {
                if (!over) {
                    setAnswer((before) => ({ key, value: before.key === key ? before.value : undefined, error }));
                }
            }
            if (!over && every) {
                timer = setTimeout(ask, every);
            }
        };
        ask();
        return () => {
            over = true;
            clearTimeout(timer);
        };
    }, [key, every, turn, asked]);
    const current = answer.key === key ? answer : {};
    return { ...current, reload: () => setAsked((before) => before + 1) };
}

/** What stands where an answer is not there yet. */
export function Pending({ answer }) {
    return answer.error ? h(Failure, { error: answer.error }) : h("p", { class: "empty", role: "status" }, "Loading…");
}
