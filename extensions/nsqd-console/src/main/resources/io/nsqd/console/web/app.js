import { Audit } from "./audit.js";
import { Bundles } from "./bundles.js";
import { ChannelPage } from "./channel.js";
import { Cluster } from "./cluster.js";
import { DialogHost, close } from "./dialogs.js";
import { connect, connection, disconnect, live, watchStream } from "./live.js";
import { Login } from "./login.js";
import { NodePage } from "./node.js";
import { Observable, useValue } from "./observable.js";
import { Overview } from "./overview.js";
import { Policies } from "./policies.js";
import { loadSession, logOut, outdated, session } from "./session.js";
import { choose, theme } from "./theme.js";
import { TopicPage } from "./topic.js";
import { Badge, Button, link } from "./ui.js";
import { h, render } from "./view.js";

const PAGES = [
    ["", "Overview", Overview],
    ["node", "Node", NodePage],
    ["policies", "Policies", Policies],
    ["bundles", "Bundles", Bundles],
    ["cluster", "Cluster", Cluster],
    ["audit", "Audit", Audit],
];

/** Where the address leads: the parts after `#/`. */
function parts() {
    return location.hash
        .replace(/^#\/?/, "")
        .split("/")
        .map((part) => {
            try {
                return decodeURIComponent(part);
            } catch {
                return part;
            }
        });
}

const route = new Observable(parts());

function page([first, topic, second, channel]) {
    if (first === "topic" && topic) {
        return second === "channel" && channel
            ? h(ChannelPage, { key: `${topic}:${channel}`, topic, channel })
            : h(TopicPage, { key: topic, topic });
    }
    const [, , component] = PAGES.find(([path]) => path === first) ?? PAGES[0];
    return h(component, { key: first });
}

function Navigation({ current }) {
    const chosen = current === "topic" ? "" : current;
    return h(
        "nav",
        { "aria-label": "Pages" },
        h(
            "ul",
            null,
            PAGES.map(([path, title]) =>
                h(
                    "li",
                    { key: path },
                    h("a", { href: path ? link(path) : "#/", "aria-current": path === chosen ? "page" : undefined }, title),
                ),
            ),
        ),
    );
}

const STATES = { live: ["ok", "Live"], connecting: ["", "Connecting"], lost: ["warning", "Reconnecting"] };

function Connection() {
    const [kind, word] = STATES[useValue(connection)];
    return h("span", { class: `connection ${kind}`, role: "status" }, word);
}

function ThemeSwitch() {
    return h(
        "select",
        {
            class: "quiet",
            "aria-label": "Colours",
            value: useValue(theme),
            onChange: (event) => choose(event.target.value),
        },
        ["auto", "light", "dark"].map((name) =>
            h("option", { key: name, value: name, selected: name === theme.value }, name[0].toUpperCase() + name.slice(1)),
        ),
    );
}

function Header({ current }) {
    const { daemon, version, user, authentication, may, state } = useValue(session);
    return h(
        "header",
        { class: "top" },
        h(
            "div",
            { class: "brand" },
            h("a", { href: "#/", title: version && `Version ${version}` }, "nsqd"),
            h("span", { class: "daemon" }, daemon),
        ),
        state === "open" && h(Navigation, { current }),
        h(
            "div",
            { class: "tools" },
            state === "open" && h(Connection),
            state === "open" && !may.administer && h(Badge, { title: "You do not administer this daemon" }, "Limited rights"),
            h(ThemeSwitch),
            authentication && h("span", { class: "muted user" }, user),
            authentication && h(Button, { kind: "quiet", onClick: leave }, "Log out"),
        ),
    );
}

async function leave() {
    disconnect();
    await logOut();
}

function Outdated() {
    return (
        useValue(outdated) &&
        h(
            "div",
            { class: "banner", role: "status" },
            "The console has been updated.",
            h(Button, { onClick: () => location.reload() }, "Reload"),
        )
    );
}

function Content() {
    const { state, detail } = useValue(session);
    const current = useValue(route);
    if (state === "open") {
        return page(current);
    }
    if (state === "login") {
        return h(Login);
    }
    const text = {
        loading: "Loading…",
        forbidden: detail,
        unreachable: "The daemon does not answer. The page goes on by itself once it does.",
    }[state];
    return h("div", { class: "card lonely" }, h("h1", null, "nsqd"), h("p", { role: "status" }, text));
}

function skip(event) {
    event.preventDefault();
    document.querySelector("h1")?.focus();
}

function App() {
    const [current] = useValue(route);
    return [
        h("a", { key: "skip", class: "skip", href: "#content", onClick: skip }, "Skip to the content"),
        h(Header, { key: "header", current }),
        h(Outdated, { key: "outdated" }),
        h("main", { key: "main", id: "content" }, h(Content)),
        h(DialogHost, { key: "dialogs" }),
    ];
}

/**
 * Asks for the session until there is an answer; a page that must log in begins once it has. The stream is asked for at the same time, as it
 * is mostly there: the first figures come earlier by that.
 */
async function begin() {
    connect();
    if (!(await loadSession())) {
        disconnect();
        if (session.value.state === "unreachable") {
            setTimeout(begin, 2000);
        }
    }
}

addEventListener("hashchange", () => {
    close();
    route.value = parts();
    scrollTo(0, 0);
});
render(h(App), document.getElementById("app"));
watchStream();
// For the tests, and for whoever measures: what the page knows.
globalThis.nsqdConsole = { live, connection, session };
begin();
