import { post, put } from "./api.js";
import { FormDialog, open } from "./dialogs.js";
import { useValue } from "./observable.js";
import { session } from "./session.js";
import { Badge, Button, Failure, PageTitle, Pending, Section, Table, useAnswer } from "./ui.js";
import { h, useEffect, useState } from "./view.js";

function Names({ names }) {
    return names?.length > 0 ? h("ul", { class: "names" }, names.map((name) => h("li", { key: name }, name))) : h("span", { class: "muted" }, "–");
}

/** What would stop for a while, or for good. */
function TakesDown({ names }) {
    return names.length === 0
        ? h("p", null, "Nothing else goes down with it.")
        : [h("p", { key: "text" }, "It takes these down, too:"), h("ul", { key: "names" }, names.map((name) => h("li", { key: name }, name)))];
}

const WORDS = {
    start: { title: "Start", confirm: "Start bundle", notice: "is started." },
    stop: { title: "Stop", confirm: "Stop bundle", notice: "is stopped." },
};

/** What a change takes down, asked for as the dialog opens: `{names}`, `{error}`, or nothing yet. */
function useTakesDown(ask) {
    const [answer, setAnswer] = useState({});
    useEffect(() => {
        ask().then(
            ({ takesDown }) => setAnswer({ names: takesDown }),
            (error) => setAnswer({ error }),
        );
    }, []);
    return answer;
}

function Consequences({ answer }) {
    if (answer.error) {
        return h(Failure, { error: answer.error });
    }
    return answer.names ? h(TakesDown, { names: answer.names }) : h("p", { role: "status" }, "Looking at what depends on it…");
}

function ChangeDialog({ bundle, what }) {
    const { name } = bundle;
    const down = useTakesDown(() => post("bundle", { name, do: what, dry: true }));
    const { title, confirm, notice } = WORDS[what];
    return h(
        FormDialog,
        {
            title: `${title} ${name}?`,
            confirm,
            danger: what === "stop",
            disabled: down.names === undefined,
            submit: async () => {
                await post("bundle", { name, do: what, dry: false });
                return `${name} ${notice}`;
            },
        },
        h(Consequences, { answer: down }),
    );
}

function UpdateDialog({ bundle }) {
    const { name } = bundle;
    const [file, setFile] = useState(null);
    const down = useTakesDown(() => put("bundle", { name, dry: "true" }, ""));
    return h(
        FormDialog,
        {
            title: `Update ${name}`,
            confirm: "Update bundle",
            danger: true,
            disabled: file === null || down.names === undefined,
            submit: async () => {
                const { pending } = await put("bundle", { name }, file);
                return pending ? `${name} is being updated: the page goes on by itself.` : `${name} is updated.`;
            },
        },
        h("p", null, `${name} ${bundle.version} is replaced by the jar that you choose. That is running code: it may do all that the daemon may.`),
        h(Consequences, { answer: down }),
        h("p", { class: "hint" }, "Connections of clients are handed over where the bundle can do so. A jar that is not this bundle changes nothing."),
        h(
            "div",
            { class: "field" },
            h("label", { for: "jar" }, "Jar of the bundle"),
            h("input", {
                id: "jar",
                type: "file",
                accept: ".jar,application/java-archive",
                onChange: (event) => setFile(event.target.files[0] ?? null),
            }),
        ),
    );
}

function kindOf({ state }) {
    const word = String(state).toLowerCase();
    return word === "active" || word === "started" || word === "running" ? "ok" : word === "failed" ? "error" : "warning";
}

function columns(may) {
    return [
        { title: "Bundle", cell: ({ name, ours }) => [h("span", { key: "name" }, name), ours === false && h(Badge, { key: "foreign" }, "plug-in")] },
        { title: "Version", cell: ({ version }) => version },
        { title: "State", cell: (bundle) => h(Badge, { kind: kindOf(bundle) }, String(bundle.state).toLowerCase()) },
        { title: "Provides", cell: ({ provides }) => h(Names, { names: provides }) },
        { title: "Waits for", cell: ({ waitsFor }) => h(Names, { names: waitsFor }) },
        ...(may.bundles
            ? [
                  {
                      title: "Change",
                      cell: (bundle) => {
                          const what = kindOf(bundle) === "ok" ? "stop" : "start";
                          return h("span", { class: "actions" }, [
                              h(
                                  Button,
                                  {
                                      key: what,
                                      kind: what === "stop" ? "small danger" : "small",
                                      "aria-label": `${WORDS[what].title} ${bundle.name}`,
                                      onClick: () => open(ChangeDialog, { bundle, what }),
                                  },
                                  WORDS[what].title,
                              ),
                              h(
                                  Button,
                                  { key: "update", kind: "small", "aria-label": `Update ${bundle.name}`, onClick: () => open(UpdateDialog, { bundle }) },
                                  "Update",
                              ),
                          ]);
                      },
                  },
              ]
            : []),
    ];
}

/** What the daemon is made of. */
export function Bundles() {
    const { may } = useValue(session);
    const answer = useAnswer("bundles", {}, 3000);
    const { value: bundles } = answer;
    return [
        h(PageTitle, { key: "title", title: "Bundles" }),
        !may.bundles &&
            h(
                "p",
                { key: "why", class: "muted" },
                "Bundles are changed here only by who may administer the daemon, as an authenticator says, and where it was started with --console-bundles.",
            ),
        h(
            Section,
            { key: "bundles", title: "Bundles and plug-ins", class: "flush" },
            bundles
                ? h(Table, { label: "Bundles and plug-ins", columns: columns(may), rows: bundles, keyOf: ({ name, id }) => `${name}:${id}`, empty: "None are known." })
                : h(Pending, { answer }),
        ),
    ];
}
