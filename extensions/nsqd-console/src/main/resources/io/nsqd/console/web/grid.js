import { h, useEffect, useLayoutEffect, useRef, useState } from "./view.js";

/** The height of each row, in pixels; as in the style sheet. */
const ROW = 34;

/** Rows above and below what is seen, so that scrolling shows no gaps. */
const MORE = 8;

/** How long an order holds, in milliseconds: rows that change places each second cannot be read, or clicked. */
const ORDER = 5000;

/**
 * The rows in order. They are put in order anew when `key` changes, when rows come or go, and every five seconds.
 *
 * @param key says what the order depends on
 * @param make gives the rows in order
 */
export function useOrder(key, now, make) {
    const order = useRef({ key: null, time: 0, rows: [] });
    const { current } = order;
    if (current.key !== key || now - current.time >= ORDER || now < current.time) {
        order.current = { key, time: now, rows: make() };
    }
    return order.current.rows;
}

function sortWord(sort, id) {
    if (sort.id !== id) {
        return undefined;
    }
    return sort.down ? "descending" : "ascending";
}

function Head({ column, sort, onSort }) {
    const { id, title, hint } = column;
    return h(
        "th",
        { scope: "col", class: column.class, "aria-sort": sortWord(sort, id), title: hint },
        column.value
            ? h(
                  "button",
                  { type: "button", class: "sort", onClick: () => onSort(id) },
                  sort.id === id && h("span", { class: "arrow", "aria-hidden": "true" }, sort.down ? "↓ " : "↑ "),
                  title,
              )
            : title,
    );
}

/**
 * A table of any length, of which only the rows are there that are seen.
 *
 * @param columns `{id, title, cell(row), value(row), class}`; without `value` it is not sorted by
 * @param rows with a `key` each
 */
export function Grid({ label, columns, rows, sort, onSort, rowClass }) {
    const box = useRef(null);
    const [seen, setSeen] = useState({ top: 0, height: 600 });
    useLayoutEffect(() => {
        const { current: element } = box;
        const look = () =>
            setSeen((before) =>
                before.top === element.scrollTop && before.height === element.clientHeight
                    ? before
                    : { top: element.scrollTop, height: element.clientHeight },
            );
        const observer = new ResizeObserver(look);
        observer.observe(element);
        element.addEventListener("scroll", look, { passive: true });
        look();
        return () => {
            observer.disconnect();
            element.removeEventListener("scroll", look);
        };
    }, []);
    useEffect(() => {
        box.current.scrollTop = 0;
    }, [sort.id, sort.down]);
    const first = Math.max(0, Math.min(Math.floor(seen.top / ROW) - MORE, rows.length - 1));
    const last = Math.min(rows.length, Math.ceil((seen.top + seen.height) / ROW) + MORE);
    const shown = rows.slice(first, last);
    return h(
        "div",
        { ref: box, class: "grid", role: "group", "aria-label": label, tabIndex: 0 },
        h(
            "table",
            { "aria-rowcount": rows.length + 1 },
            h("caption", { class: "hidden" }, label),
            h(
                "thead",
                null,
                h(
                    "tr",
                    { "aria-rowindex": 1 },
                    columns.map((column) => h(Head, { key: column.id, column, sort, onSort })),
                ),
            ),
            h(
                "tbody",
                null,
                first > 0 && h("tr", { key: "above", "aria-hidden": "true" }, h("td", { colSpan: columns.length, style: { height: `${first * ROW}px` } })),
                shown.map((row, at) =>
                    h(
                        "tr",
                        { key: row.key, class: rowClass(row), "aria-rowindex": first + at + 2 },
                        columns.map((column, index) =>
                            index === 0
                                ? h("th", { key: column.id, scope: "row", class: column.class }, column.cell(row))
                                : h("td", { key: column.id, class: column.class }, column.cell(row)),
                        ),
                    ),
                ),
                last < rows.length &&
                    h(
                        "tr",
                        { key: "below", "aria-hidden": "true" },
                        h("td", { colSpan: columns.length, style: { height: `${(rows.length - last) * ROW}px` } }),
                    ),
            ),
        ),
    );
}
