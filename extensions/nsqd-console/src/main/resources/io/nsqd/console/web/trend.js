/** How long a trend looks back, in milliseconds; one that has just begun, no longer than it is there. */
const SPAN = 120_000;
const LEAST_SPAN = 20_000;

const POINTS = 121;

/** Where changes are further apart, in milliseconds, the figure stood still in between. */
const GAP = 1500;

/** The last two minutes of a figure: only changes are kept, so one that does not change costs nothing. */
export class Trend {
    #times = [];
    #values = [];

    /** Notes the value at an instant, in milliseconds. */
    add(time, value) {
        const last = this.#values.length - 1;
        if (last >= 0 && this.#values[last] === value) {
            return;
        }
        this.#times.push(time);
        this.#values.push(value);
        if (this.#times.length > POINTS) {
            this.#times.shift();
            this.#values.shift();
        }
    }

    /**
     * The points of a polyline in a box; "" while there is no change to show.
     */
    points(now, width, height) {
        const low = Math.min(...this.#values);
        const range = Math.max(...this.#values) - low;
        if (this.#values.length < 2 || range === 0) {
            return "";
        }
        const span = Math.min(SPAN, Math.max(LEAST_SPAN, now - this.#times[0]));
        const x = (time) => Math.max(0, width * (1 - (now - time) / span)).toFixed(1);
        const y = (value) => (height - 1 - ((height - 2) * (value - low)) / range).toFixed(1);
        const points = [];
        for (let i = 0; i < this.#values.length; i++) {
            const begin = this.#times[i];
            const until = this.#times[i + 1] ?? now;
            if (now - until <= span) {
                points.push(`${x(begin)},${y(this.#values[i])}`);
                if (until - begin > GAP) {
                    points.push(`${x(until)},${y(this.#values[i])}`);
                }
            }
        }
        return points.join(" ");
    }
}
