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

function ChangeDialog({ bundle, what }) {
    const [down, setDown] = useState(null);
    const [error, setError] = useState(null);
    const { name } = bundle;
    useEffect(() => {
        post("bundle", { name, do: what, dry: true }).then((answer) => setDown(answer.takesDown ?? []), setError);
    }, []);
    return h(
        FormDialog,
        {
            title: `${WORDS[what].title} ${name}?`,
            confirm: WORDS[what].confirm,
            danger: what === "stop",
            disabled: down === null,
            submit: async () => {
                await post("bundle", { name, do: what, dry: false });
                return `${name} ${WORDS[what].notice}`;
            },
        },
        error && h(Failure, { error }),
        !error && (down === null ? h("p", { role: "status" }, "Looking at what depends on it…") : h(TakesDown, { names: down })),
    );
}

function UpdateDialog({ bundle }) {
    const { name } = bundle;
    const [file, setFile] = useState(null);
    const [answer, setAnswer] = useState({});
    const choose = async (event) => {
        const [chosen] = event.target.files;
        setFile(null);
        setAnswer({});
        if (chosen) {
            try {
                setAnswer(await put("bundle", { name, dry: "true" }, chosen));
                setFile(chosen);
            } catch (error) {
                setAnswer({ error });
            }
        }
    };
    return h(
        FormDialog,
        {
            title: `Update ${name}`,
            confirm: "Update bundle",
            danger: true,
            disabled: file === null,
            submit: async () => {
                const { pending } = await put("bundle", { name }, file);
                return pending ? `${name} is being updated: the page goes on by itself.` : `${name} is updated.`;
            },
        },
        h("p", null, `${name} ${bundle.version} is replaced by the jar that you choose. That is running code: it may do all that the daemon may.`),
        h(
            "div",
            { class: "field" },
            h("label", { for: "jar" }, "Jar of the bundle"),
            h("input", { id: "jar", type: "file", accept: ".jar,application/java-archive", onChange: choose }),
        ),
        answer.error && h(Failure, { error: answer.error }),
        file !== null && h(TakesDown, { names: answer.takesDown ?? [] }),
        file !== null && h("p", { class: "hint" }, "Connections of clients are handed over where the bundle can do so."),
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
