import { h } from "./view.js";

const WIDTH = 84;
const HEIGHT = 20;

/** The last two minutes of a figure as a small line; a decoration beside the figure itself. */
export function Sparkline({ trend, now }) {
    const points = trend.points(now, WIDTH, HEIGHT);
    return h(
        "svg",
        { class: "spark", width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
        points ? h("polyline", { points }) : h("line", { x1: 0, y1: HEIGHT - 2, x2: WIDTH, y2: HEIGHT - 2 }),
    );
}
