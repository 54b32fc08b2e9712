// The page: its parts, the login, and the theme.

import { button, h, notice, panel, field, say } from "./dom.js";
import { clock } from "./format.js";
import * as server from "./server.js";
import * as now from "./now.js";
import * as requests from "./requests.js";
import * as cost from "./cost.js";
import * as actions from "./act.js";
import * as context from "./context.js";
import * as trial from "./try.js";
import * as whatif from "./whatif.js";

const PARTS = [
  ["now", "Now", now], ["requests", "Requests", requests], ["cost", "Cost", cost], ["act", "Act", actions],
  ["context", "Context", context], ["try", "Try", trial], ["whatif", "What if", whatif],
];

const main = document.getElementById("main");
/** The part that is shown: what its `mount` has returned. */
let shown = null;

// Theme

const THEMES = ["auto", "light", "dark"];
const themeButton = document.getElementById("theme");

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  say(themeButton, `Theme: ${theme}`);
  try { localStorage.setItem("ember-theme", theme); } catch { /* the browser keeps nothing: the choice ends with the page */ }
}

function storedTheme() {
  try { return localStorage.getItem("ember-theme"); } catch { return null; }
}

themeButton.addEventListener("click", () => {
  setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]);
});
setTheme(THEMES.includes(storedTheme()) ? storedTheme() : "auto");

// Parts

function place() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const part = PARTS.find(([id]) => id === name) ?? PARTS[0];
  return { part, rest: rest.map(decodeURIComponent) };
}

function showPart() {
  if (location.hash === "#main") return;
  const { part: [id, title, part], rest } = place();
  for (const link of document.querySelectorAll("#parts a")) {
    if (link.hash === `#${id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${title} · Ember`;
  if (shown?.id === id && shown.go) return shown.go(rest);
  shown?.leave?.();
  shown = { id, ...part.mount(h("div", { class: "part" }), rest) };
  main.replaceChildren(h("h1", {}, title), shown.root);
  if (server.known.state) shown.update?.(server.known);
}

function update(known) {
  const status = document.getElementById("connection");
  status.dataset.tone = known.isConnected ? "good" : "bad";
  say(status, known.isConnected ? "live" : "not connected");
  const stale = document.getElementById("stale");
  stale.hidden = known.isConnected;
  say(stale, known.isConnected ? "" : known.state ? `The server does not answer. Figures are of ${clock(known.state.uptime)}.`
    : "The server sends no figures. It may be ending, or 32 pages are open already; this page tries again.");
  if (known.state) shown?.update?.(known);
}

function begin() {
  const { session } = server.known;
  document.getElementById("parts").replaceChildren(
    ...PARTS.map(([id, title]) => h("a", { href: `#${id}` }, title)));
  if (session.key) {
    document.getElementById("who").replaceChildren(
      h("span", { class: "key", title: `tenant ${session.tenant}` }, session.key), button("Log out", server.logout));
  }
  addEventListener("hashchange", () => { showPart(); main.focus({ preventScroll: true }); scrollTo(0, 0); });
  showPart();
  server.listen(update);
  server.follow();
}

// Login

function showLogin() {
  const key = h("input", { type: "password", id: "key", autocomplete: "current-password", required: true });
  const problem = h("p", { class: "problem", role: "alert" });
  const form = h("form", {
    class: "login",
    onsubmit: async (event) => {
      event.preventDefault();
      say(problem, "");
      try {
        await server.login(key.value);
        begin();
      } catch (error) {
        say(problem, error.status === 401 ? "This key is not known. Keys are in the configuration, under keys." : error.message);
        key.select();
      }
    },
  }, field("Key", key, "One of the configured keys. It is exchanged for a cookie and not kept."),
  problem, h("p", {}, h("button", { type: "submit", class: "main" }, "Log in")));
  main.replaceChildren(h("h1", {}, "Log in"), panel("Key", form));
  key.focus();
}

async function open() {
  try {
    await server.readSession();
  } catch (error) {
    main.replaceChildren(h("h1", {}, "Ember"), h("p", { class: "problem", role: "alert" }, error.message),
      button("Try again", open));
    return;
  }
  if (server.isLetIn()) begin(); else showLogin();
}

addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  notice(event.reason?.message ?? String(event.reason), "bad");
});

open();
