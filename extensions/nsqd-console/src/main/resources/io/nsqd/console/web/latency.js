import { nanos, number } from "./format.js";
import { Empty, Section, Tiles } from "./ui.js";
import { h } from "./view.js";

/** How long messages take from their publish to their FIN: percentiles, as the daemon measures them. */
export function Latency({ latency, title = "From publish to FIN" }) {
    const percentiles = latency?.percentiles ?? [];
    return h(
        Section,
        { title },
        percentiles.length === 0
            ? h(Empty, null, "Not measured: see the option e2e-processing-latency-percentile.")
            : h(Tiles, {
                  label: title,
                  items: [
                      ...percentiles.map(({ quantile, value }) => [`${number(quantile * 100)} %`, nanos(value)]),
                      ["Messages", number(latency.count)],
                  ],
              }),
    );
}
