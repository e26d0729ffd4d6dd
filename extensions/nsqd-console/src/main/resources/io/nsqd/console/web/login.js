import { connect } from "./live.js";
import { logIn } from "./session.js";
import { Failure } from "./ui.js";
import { h, useEffect, useRef, useState } from "./view.js";

/** Asks for the secret that the authenticator wants. */
export function Login() {
    const [secret, setSecret] = useState("");
    const [error, setError] = useState(null);
    const [busy, setBusy] = useState(false);
    const field = useRef(null);
    useEffect(() => {
        document.title = "Log in · nsqd console";
        field.current.focus();
    }, []);
    const submit = async (event) => {
        event.preventDefault();
        setBusy(true);
        setError(null);
        try {
            await logIn(secret);
            connect();
        } catch (failure) {
            setError(failure);
            setBusy(false);
            field.current.select();
        }
    };
    return h(
        "form",
        { class: "card lonely", onSubmit: submit },
        h("h1", null, "Log in"),
        h("p", { class: "muted" }, "This daemon asks who you are. Use the secret that you would use with its HTTP interface."),
        h(
            "div",
            { class: "field" },
            h("label", { for: "secret" }, "Secret"),
            h("input", {
                id: "secret",
                ref: field,
                type: "password",
                autocomplete: "current-password",
                required: true,
                value: secret,
                onInput: (event) => setSecret(event.target.value),
            }),
        ),
        error && h(Failure, { error }),
        h("button", { class: "button primary", disabled: busy }, "Log in"),
    );
}
