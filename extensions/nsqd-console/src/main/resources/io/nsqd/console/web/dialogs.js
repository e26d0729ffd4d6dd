import { h, useEffect, useRef, useState } from "./view.js";
import { Observable, useValue } from "./observable.js";
import { acted, Button, Failure } from "./ui.js";

/** The dialog that is open: `{component, properties, turn}`, or null. */
const current = new Observable(null);

/** Lines that tell of what was done: `{id, text}`. */
const notices = new Observable([]);

/** How long a notice stays, in milliseconds. */
const STAY = 6000;

let turn = 0;

/** Opens a dialog; what was open is closed. */
export function open(component, properties = {}) {
    current.value = { component, properties, turn: ++turn };
}

export function close() {
    current.value = null;
}

/** Tells that something was done. */
export function notify(text) {
    const notice = { id: ++turn, text };
    notices.value = [...notices.value, notice];
    setTimeout(() => {
        notices.value = notices.value.filter(({ id }) => id !== notice.id);
    }, STAY);
}

/** Where dialogs and notices are shown. */
export function DialogHost() {
    const dialog = useValue(current);
    return [
        dialog && h(dialog.component, { key: dialog.turn, ...dialog.properties }),
        h(
            "div",
            { key: "notices", class: "notices", role: "status", "aria-live": "polite" },
            useValue(notices).map(({ id, text }) => h("p", { key: id }, text)),
        ),
    ];
}

/**
 * A modal dialog with a form. `submit` does what it is for and returns the notice; where it fails the dialog stays and says why.
 */
export function FormDialog({ title, confirm, danger = false, submit, disabled = false, wide = false, children }) {
    const element = useRef(null);
    const opener = useRef(document.activeElement);
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState(null);
    useEffect(() => {
        const { current: dialog } = element;
        const { current: before } = opener;
        dialog.showModal();
        return () => {
            dialog.close();
            if (before?.isConnected) {
                before.focus();
            } else {
                document.querySelector("h1")?.focus();
            }
        };
    }, []);
    const onSubmit = async (event) => {
        event.preventDefault();
        setBusy(true);
        setError(null);
        try {
            const notice = await submit();
            close();
            acted.value++;
            if (notice) {
                notify(notice);
            }
        } catch (failure) {
            setError(failure);
            setBusy(false);
        }
    };
    const cancel = (event) => {
        event.preventDefault();
        close();
    };
    return h(
        "dialog",
        { ref: element, class: wide ? "wide" : "", "aria-labelledby": "dialog-title", onCancel: cancel },
        h(
            "form",
            { onSubmit },
            h("h2", { id: "dialog-title" }, title),
            h("div", { class: "dialog-body" }, children),
            error && h(Failure, { error }),
            h(
                "div",
                { class: "dialog-foot" },
                h(Button, { onClick: close }, "Cancel"),
                h("button", { class: `button ${danger ? "danger" : "primary"}`, disabled: busy || disabled }, confirm),
            ),
        ),
    );
}

/** A field with its label and, below, a hint. */
export function Field({ label, hint, children, id }) {
    return h(
        "div",
        { class: "field" },
        h("label", { for: id }, label),
        children,
        hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    );
}

/** A line of text. */
export function TextField({ label, hint, id, value, onValue, ...more }) {
    return h(
        Field,
        { label, hint, id },
        h("input", {
            id,
            type: "text",
            autocomplete: "off",
            spellcheck: false,
            value,
            "aria-describedby": hint ? `${id}-hint` : undefined,
            onInput: (event) => onValue(event.target.value),
            ...more,
        }),
    );
}

/** Several lines of text. */
export function AreaField({ label, hint, id, value, onValue, rows }) {
    return h(
        Field,
        { label, hint, id },
        h("textarea", {
            id,
            rows,
            spellcheck: false,
            value,
            "aria-describedby": `${id}-hint`,
            onInput: (event) => onValue(event.target.value),
        }),
    );
}

/** One of several. `options` are `[value, text]`. */
export function SelectField({ label, hint, id, value, options, onValue }) {
    return h(
        Field,
        { label, hint, id },
        h(
            "select",
            { id, value, onChange: (event) => onValue(event.target.value) },
            options.map(([option, text]) => h("option", { key: option, value: option, selected: option === value }, text)),
        ),
    );
}
