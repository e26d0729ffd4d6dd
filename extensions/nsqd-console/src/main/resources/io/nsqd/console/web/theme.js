import { Observable } from "./observable.js";

const KEY = "nsqd.console.theme";

function stored() {
    try {
        return localStorage.getItem(KEY) ?? "auto";
    } catch {
        // A browser that keeps nothing.
        return "auto";
    }
}

/** "auto", which is what the system says, "light" or "dark". */
export const theme = new Observable(stored());

const system = matchMedia("(prefers-color-scheme: dark)");

function show() {
    const dark = theme.value === "dark" || (theme.value === "auto" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
}

/** Chooses one, for this browser. */
export function choose(name) {
    try {
        localStorage.setItem(KEY, name);
    } catch {
        // It counts for this page only, then.
    }
    theme.value = name;
}

theme.watch(show);
system.addEventListener("change", () => theme.changed());
show();

/** A colour of the style sheet, such as `--accent`, as it is now. */
export function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
