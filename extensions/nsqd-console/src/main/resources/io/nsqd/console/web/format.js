/** How figures are written. Grouping is that of English, as is the page. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** "12,345"; what is not known is a dash. */
export function number(value) {
    return value == null ? "–" : WHOLE.format(value);
}

/** "12.3K", for where there is little room. */
export function short(value) {
    return value == null ? "–" : SHORT.format(value);
}

/** Something per second: "0", "2.5", "1,200". */
export function rate(value) {
    if (value == null) {
        return "–";
    }
    return value === 0 || value >= 10 ? WHOLE.format(value) : TENTHS.format(value);
}

/** "1 message", "2 messages". */
export function count(value, singular, plural = singular + "s") {
    return `${number(value)} ${value === 1 ? singular : plural}`;
}

/** "1.5 MiB". */
export function bytes(value) {
    if (value == null || value < 0) {
        return "–";
    }
    let unit = 0;
    let rest = value;
    while (rest >= 1024 && unit < UNITS.length - 1) {
        rest /= 1024;
        unit++;
    }
    return `${unit === 0 || rest >= 100 ? WHOLE.format(rest) : TENTHS.format(rest)} ${UNITS[unit]}`;
}

/** "350 ms", "4.2 s", "3 m 12 s", "2 h 5 m", "4 d 3 h"; negative is "–". */
export function duration(milliseconds) {
    if (milliseconds == null || milliseconds < 0) {
        return "–";
    }
    if (milliseconds < 1000) {
        return `${Math.round(milliseconds)} ms`;
    }
    const seconds = milliseconds / 1000;
    if (seconds < 60) {
        return `${seconds < 10 ? TENTHS.format(seconds) : Math.floor(seconds)} s`;
    }
    return twoUnits(Math.floor(seconds));
}

function twoUnits(seconds) {
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    if (minutes < 60) {
        return `${minutes} m ${seconds % 60} s`;
    }
    return hours < 48 ? `${hours} h ${minutes % 60} m` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The same of nanoseconds, down to "12 µs". */
export function nanos(value) {
    return value > 0 && value < 1_000_000 ? `${Math.round(value / 1000)} µs` : duration(value / 1_000_000);
}

/** "2026-11-30 08:15:02", local time. */
export function time(epochMilliseconds) {
    const date = new Date(epochMilliseconds);
    const two = (part) => String(part).padStart(2, "0");
    return (
        `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
        `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
    );
}
