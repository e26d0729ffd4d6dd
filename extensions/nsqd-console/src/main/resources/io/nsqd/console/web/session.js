import { get, post, renewTokenBy, useToken } from "./api.js";
import { Observable } from "./observable.js";

/**
 * Who uses the page and what that user may. `state` is "loading", "open", "login" (somebody must log in), "forbidden" (with the reason
 * in `detail`) or "unreachable".
 */
export const session = new Observable({ state: "loading", may: {} });

/** Whether files of the page have changed since it was loaded, as after an update of the console. */
export const outdated = new Observable(false);

let files;

function opened(answer) {
    useToken(answer.csrf);
    if (files !== undefined && answer.files !== files) {
        outdated.value = true;
    }
    files ??= answer.files;
    session.value = { ...answer, state: "open" };
}

/** Asks who is there; returns whether the page may go on. */
export async function loadSession() {
    try {
        opened(await get("session"));
        return true;
    } catch (error) {
        if (error.status === 401) {
            session.value = { state: "login", may: {} };
        } else if (error.status === 403) {
            session.value = { state: "forbidden", detail: error.message, may: {} };
        } else if (session.value.state !== "open") {
            session.value = { state: "unreachable", detail: error.message, may: {} };
        }
        return false;
    }
}

/** Logs in; fails with a sentence. */
export async function logIn(secret) {
    opened(await post("login", { secret }));
}

/** Ends the session. */
export async function logOut() {
    try {
        await post("logout", {});
    } finally {
        await loadSession();
    }
}

renewTokenBy(loadSession);
