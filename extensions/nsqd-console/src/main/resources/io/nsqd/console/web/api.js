/** The console's own HTTP interface, relative to the page. */

/** An answer that is an error, with the sentence that says why. */
export class ApiError extends Error {
    constructor(status, code, detail) {
        super(detail || code);
        this.status = status;
        this.code = code;
    }
}

let csrf = "";
let renew = async () => {};

/** What each change must bring along, as the session said. */
export function useToken(token) {
    csrf = token;
}

/** What gets a new token; a session ends when the console is updated. */
export function renewTokenBy(action) {
    renew = action;
}

/** The address of something below `api/`. Parameters that are undefined or "" are left out. */
export function address(path, parameters = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined && value !== "") {
            query.set(name, value);
        }
    }
    const text = query.toString();
    return `api/${path}${text && "?" + text}`;
}

async function send(url, request) {
    let response;
    try {
        response = await fetch(url, { cache: "no-store", credentials: "same-origin", ...request });
    } catch {
        throw new ApiError(0, "UNREACHABLE", "The daemon does not answer.");
    }
    const text = await response.text();
    let json = {};
    try {
        json = text ? JSON.parse(text) : {};
    } catch {
        if (response.ok) {
            throw new ApiError(response.status, "NO_JSON", "The answer cannot be understood.");
        }
    }
    if (!response.ok) {
        throw new ApiError(response.status, json.message ?? "", json.detail ?? text.slice(0, 200));
    }
    return json;
}

/** Changes something. Where the session is another one by now, the token is renewed and it is tried once more: nothing was done yet. */
async function change(url, request, type) {
    const attempt = () =>
        send(url, { ...request, headers: { "Content-Type": type, "X-Nsqd-Console": csrf } });
    try {
        return await attempt();
    } catch (error) {
        if (error.code !== "WRONG_TOKEN") {
            throw error;
        }
        await renew();
        return attempt();
    }
}

/** Asks. */
export function get(path, parameters) {
    return send(address(path, parameters), {});
}

/** Changes something. */
export function post(path, body) {
    return change(address(path), { method: "POST", body: JSON.stringify(body) }, "application/json");
}

/** Sends a file. */
export function put(path, parameters, file) {
    return change(address(path, parameters), { method: "PUT", body: file }, "application/octet-stream");
}

/** One of the actions that the audit log names. */
export function act(action, details = {}) {
    return post("action", { action, ...details });
}
