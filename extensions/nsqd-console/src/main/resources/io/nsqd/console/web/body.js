import { useState, h } from "./view.js";

/** Bytes in each line of the hexadecimal view, and lines at most. */
const WIDTH = 16;
const LINES = 512;

/** The bytes of a message: the stream brings text as it is, what is no text in base64. */
export function bytesOf({ text, base64 }) {
    return text !== undefined ? new TextEncoder().encode(text) : Uint8Array.from(atob(base64 ?? ""), (char) => char.charCodeAt(0));
}

/** The body with its structure shown, or null where it is no JSON object or array. All stays as it is but the white space. */
export function prettyJson(text) {
    if (text === undefined || !/^\s*[[{]/.test(text)) {
        return null;
    }
    try {
        JSON.parse(text);
    } catch {
        return null;
    }
    return indent(text);
}

/** Strings, marks, and whatever else stands between white space. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

function indent(json) {
    let depth = 0;
    let before = "";
    let lines = "";
    const line = () => "\n" + "  ".repeat(depth);
    for (const [token] of json.matchAll(TOKENS)) {
        const opened = before === "{" || before === "[";
        if (token === "}" || token === "]") {
            depth--;
            lines += opened ? token : line() + token;
        } else {
            lines += (opened || before === "," ? line() : before === ":" ? " " : "") + token;
        }
        if (token === "{" || token === "[") {
            depth++;
        }
        before = token;
    }
    return lines;
}

/** Offset, bytes and characters, as of a hexadecimal dump. */
export function hexLines(bytes) {
    const lines = [];
    for (let at = 0; at < bytes.length && lines.length < LINES; at += WIDTH) {
        const part = [...bytes.subarray(at, at + WIDTH)];
        const hex = part.map((byte) => byte.toString(16).padStart(2, "0"));
        const left = hex.slice(0, WIDTH / 2).join(" ");
        const right = hex.slice(WIDTH / 2).join(" ");
        const characters = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
        lines.push(`${at.toString(16).padStart(8, "0")}  ${`${left}  ${right}`.padEnd(WIDTH * 3)}  ${characters.join("")}`);
    }
    if (bytes.length > WIDTH * LINES) {
        lines.push("…");
    }
    return lines;
}

const VIEWS = { json: "JSON", text: "Text", hex: "Hex" };

/** A message's body, as JSON, as text or in hexadecimal. */
export function Body({ message }) {
    const json = prettyJson(message.text);
    const views = [json !== null && "json", message.text !== undefined && "text", "hex"].filter(Boolean);
    const [chosen, setChosen] = useState(views[0]);
    const shown = { json: () => json, text: () => message.text, hex: () => hexLines(bytesOf(message)).join("\n") }[chosen]();
    return h(
        "div",
        { class: "body" },
        h(
            "div",
            { class: "segments", role: "group", "aria-label": "How the body is shown" },
            views.map((view) =>
                h(
                    "button",
                    { key: view, type: "button", "aria-pressed": String(view === chosen), onClick: () => setChosen(view) },
                    VIEWS[view],
                ),
            ),
        ),
        h("pre", { tabIndex: 0, role: "group", "aria-label": `Body of message ${message.id}` }, shown),
        message.truncated && h("p", { class: "hint" }, "Only the beginning is shown: the download has all of it."),
    );
}
