import { nanos, number } from "./format.js";
import { Section, Tiles } from "./ui.js";
import { h } from "./view.js";

/** How long messages take from their publish to their FIN: percentiles, as the daemon measures them. */
export function Latency({ latency }) {
    const title = "From publish to FIN";
    const percentiles = latency.percentiles ?? [];
    if (percentiles.length === 0) {
        return null;
    }
    return h(
        Section,
        { title },
        h(Tiles, {
            label: title,
            items: [
                ...percentiles.map(({ quantile, value }) => [`${number(quantile * 100)} %`, nanos(value)]),
                ["Messages", number(latency.count)],
            ],
        }),
    );
}
