import uPlot from "./lib/uPlot.esm.js";
import { h, useEffect, useRef, useState } from "./view.js";
import { useValue } from "./observable.js";
import { short, time } from "./format.js";
import { colour, theme } from "./theme.js";
import { useAnswer } from "./ui.js";

/** How often the last hour is asked for, in milliseconds: it has a value for each ten seconds. */
const EVERY = 10_000;

/** Values that are shown at least. */
const LEAST = 30;

function options(series, width, height, format, onIndex) {
    const grid = { stroke: colour("--grid"), width: 1 };
    const axis = { stroke: colour("--muted"), grid, ticks: grid, font: "11px system-ui, sans-serif" };
    return {
        width,
        height,
        legend: { show: false },
        cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
        hooks: { setCursor: [(plot) => onIndex(plot.cursor.idx ?? null)] },
        scales: { y: { range: (plot, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
        axes: [
            { ...axis, size: 28, values: "{HH}:{mm}" },
            { ...axis, size: 52, values: (plot, ticks) => ticks.map(format) },
        ],
        series: [
            {},
            ...series.map(({ label, tint }, at) => ({
                label,
                stroke: colour(tint),
                fill: at === 0 ? colour(tint) + "22" : undefined,
                width: 1.5,
                points: { show: false },
                spanGaps: false,
            })),
        ],
    };
}

/** What somebody hears who does not see the lines. */
function summary(title, series, format) {
    const parts = series.map(({ label, values }) => {
        const known = values.filter((value) => value != null);
        return known.length === 0
            ? `${label} not known yet`
            : `${label} now ${format(known[known.length - 1])}, at most ${format(Math.max(...known))}`;
    });
    return `${title}, the last hour: ${parts.join("; ")}`;
}

/** Lines over time. `series` are `{label, values, tint}`, `times` seconds since 1970. */
export function Chart({ title, times, series, format = short, height = 150 }) {
    const box = useRef(null);
    const plot = useRef(null);
    const [index, setIndex] = useState(null);
    const shown = useValue(theme);
    const data = [times, ...series.map(({ values }) => values)];
    useEffect(() => {
        const { current: element } = box;
        plot.current = new uPlot(options(series, element.clientWidth, height, format, setIndex), data, element);
        const observer = new ResizeObserver(() => {
            if (element.clientWidth > 0 && element.clientWidth !== plot.current.width) {
                plot.current.setSize({ width: element.clientWidth, height });
            }
        });
        observer.observe(element);
        return () => {
            observer.disconnect();
            plot.current.destroy();
        };
    }, [shown, series.length, height]);
    useEffect(() => plot.current.setData(data), [times]);
    const at = index ?? times.length - 1;
    return h(
        "figure",
        { class: "chart" },
        h(
            "figcaption",
            null,
            h("span", { class: "chart-title" }, title),
            h("span", { class: "legend" }, [
                index !== null && h("span", { key: "time", class: "muted" }, time(times[at] * 1000).slice(11)),
                ...series.map(({ label, values, tint }) =>
                    h(
                        "span",
                        { key: label },
                        h("i", { class: tint.slice(2) }),
                        `${label} `,
                        h("b", null, values[at] == null ? "–" : format(values[at])),
                    ),
                ),
            ]),
        ),
        h("div", { ref: box, role: "img", "aria-label": summary(title, series, format) }),
    );
}

/** How many values at the beginning need no room, as nothing was there yet; some minutes are always shown. */
function unknown(values) {
    const known = values.findIndex((value) => value !== null);
    return Math.max(0, Math.min(known < 0 ? values.length : known, values.length - LEAST));
}

/** The charts of the last hour of the node, a topic or a channel. `charts` are `{title, format, lines: [[name, label, tint]]}`. */
export function History({ topic = "", channel = "", charts, height }) {
    const { value } = useAnswer("history", { topic, channel }, EVERY);
    const skipped = value ? unknown(value.depth) : 0;
    const times = value ? value.depth.map((ignored, at) => Math.round(value.from / 1000) + at * value.step).slice(skipped) : [];
    return h(
        "div",
        { class: "charts" },
        charts.map(({ title, format, lines }) =>
            h(Chart, {
                key: title,
                title,
                format,
                height,
                times,
                series: lines.map(([name, label, tint]) => ({ label, tint, values: value?.[name].slice(skipped) ?? [] })),
            }),
        ),
    );
}
