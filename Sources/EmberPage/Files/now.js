// Now: what is in memory and why it stays, the queue, the engines, the cloud, energy.

import { button, h, LiveTable, panel, say } from "./dom.js";
import * as f from "./format.js";
import { send } from "./server.js";

export function mount(root) {
  const tiles = makeTiles();
  const memory = makeMemory();
  const engines = makeEngines();
  const contexts = new LiveTable({
    label: "Contexts", key: (row) => `${row.model} ${row.service}`,
    empty: "No model holds a context yet: each served request becomes one.",
    columns: [
      { title: "Model", text: (row) => row.model }, { title: "Service", text: (row) => row.service },
      { title: "Examples held", num: true, text: (row) => f.age(row.held_examples) },
      { title: "Age of Context", num: true, hint: "What the examples are worth now, in examples", text: (row) => f.age(row.age_of_context) },
    ],
  });
  const cloud = makeCloud();
  const decisions = makeDecisions();
  root.append(
    tiles.element, panel("Memory", memory.element), panel("Engines", engines.element),
    panel("Age of Context by service", contexts.element), panel("Latest decisions", decisions.element),
    panel("Cloud", cloud.element));
  return {
    root,
    update({ state }) {
      tiles.update(state);
      memory.update(state);
      engines.update(state);
      contexts.update(state.models.flatMap((m) => m.contexts.map((c) => ({ ...c, model: m.name }))));
      decisions.update(state);
      cloud.update(state);
    },
    leave: engines.leave,
  };
}

const isInMemory = (model) => ["loaded", "loading", "unloading"].includes(model.status) && model.footprint_bytes > 0;

// Tiles

function makeTiles() {
  const names = ["Memory", "Waiting", "Running", "Cost so far", "Cloud today", "Energy"];
  const tiles = Object.fromEntries(names.map((name) => [name, { value: h("dd"), note: h("dd", { class: "note" }) }]));
  const element = h("dl", { class: "tiles" },
    names.map((name) => h("div", {}, h("dt", {}, name), tiles[name].value, tiles[name].note)));
  const set = (name, value, note) => { say(tiles[name].value, value); say(tiles[name].note, note); };
  return {
    element,
    update(state) {
      const { memory, queue, cost, cloud } = state;
      set("Memory", f.bytes(memory.occupied_bytes), `of ${f.bytes(memory.budget_bytes)}, ${f.percent(memory.occupied_bytes / memory.budget_bytes)}`);
      set("Waiting", f.count(queue.waiting), `requests, at most ${f.count(queue.limit)}`);
      set("Running", f.count(state.models.reduce((sum, m) => sum + m.in_flight, 0)), "requests at the edge");
      set("Cost so far", f.cost(cost.total), `${f.count(cost.loads)} loads, ${f.count(cost.evictions)} evictions`);
      const limit = cloud?.day_limit === undefined ? "no limit a day" : `of ${f.money(cloud.day_limit)} a day`;
      set("Cloud today", cloud ? f.money(cloud.spent_today) : f.NONE, cloud ? limit : "no model has a cloud");
      set("Energy", f.joules(cost.joules), cost.joules_source === "measured" ? "measured, whole machine" : "modelled from tokens");
    },
  };
}

// Memory

function makeMemory() {
  const bar = h("div", { class: "membar", role: "img" });
  const segments = new Map();
  const legend = h("ul", { class: "legend" },
    [["rest", "model at rest"], ["room", "room for a request"], ["over", "further requests"],
      ["loading", "loading"], ["leaving", "leaving"], ["free", "free"]]
      .map(([name, text]) => h("li", {}, h("span", { class: `swatch m-${name}` }), text)));
  const gpus = h("p", { class: "note" });
  return {
    element: h("div", {}, bar, legend, gpus),
    update(state) {
      const { memory } = state;
      const residents = state.models.filter(isInMemory);
      const total = Math.max(memory.budget_bytes, memory.occupied_bytes, 1);
      const parts = residents.flatMap((model) => {
        const label = `${model.name} · age ${f.age(model.age_of_context)}`;
        if (model.status !== "loaded") {
          return [{ id: model.name, kind: model.status === "loading" ? "loading" : "leaving", bytes: model.footprint_bytes, label }];
        }
        return [{ id: model.name, kind: "rest", bytes: model.resting_bytes, label },
          { id: `${model.name} room`, kind: "room", bytes: model.footprint_bytes - model.resting_bytes, label: "" }];
      });
      const known = parts.reduce((sum, part) => sum + part.bytes, 0);
      parts.push({ id: " over", kind: "over", bytes: memory.occupied_bytes - known, label: "" });
      draw(bar, segments, parts.filter((part) => part.bytes > 0), total);
      bar.setAttribute("aria-label", `Memory: ${f.bytes(memory.occupied_bytes)} of ${f.bytes(memory.budget_bytes)} taken by `
        + (residents.map((m) => `${m.name} (${m.status})`).join(", ") || "no model"));
      say(gpus, (memory.gpus ?? []).map((gpu) =>
        `GPU ${gpu.index} ${gpu.name}: ${f.bytes(gpu.occupied_bytes)} of ${f.bytes(gpu.budget_bytes)}`).join(" · "));
      gpus.hidden = !memory.gpus;
    },
  };
}

function draw(bar, segments, parts, total) {
  const left = new Set(segments.keys());
  parts.forEach((part, place) => {
    left.delete(part.id);
    let segment = segments.get(part.id);
    if (!segment) segments.set(part.id, segment = h("span", {}, h("span", { class: "label" })));
    segment.className = `m-${part.kind}`;
    segment.style.width = `${(100 * part.bytes) / total}%`;
    segment.title = `${part.label || part.kind}: ${f.bytes(part.bytes)}`;
    say(segment.firstChild, part.label);
    if (bar.children[place] !== segment) bar.insertBefore(segment, bar.children[place] ?? null);
  });
  for (const id of left) { segments.get(id).remove(); segments.delete(id); }
}

// Engines

function makeEngines() {
  const logs = makeLogs();
  const table = new LiveTable({
    label: "Engines", key: (model) => model.name, empty: "No models are configured.",
    columns: [
      { title: "Model", text: (m) => m.name + (m.pinned ? " (pinned)" : "") },
      { title: "State", text: (m) => m.status, tone: (m) => ({ loaded: "good", failed: "bad", loading: "busy", unloading: "busy" })[m.status] },
      { title: "Estimated", num: true, hint: "What the planner counts: at rest, with room for one request", text: (m) => (m.footprint_bytes ? f.bytes(m.footprint_bytes) : f.NONE) },
      { title: "Measured", num: true, hint: "What its process was last seen to take", text: (m) => f.bytes(m.measured_bytes) },
      { title: "Age of Context", num: true, hint: "In examples; the least goes first under least-context", text: (m) => f.age(m.age_of_context) },
      { title: "Running", num: true, text: (m) => f.count(m.in_flight) },
      { title: "Waiting", num: true, text: (m) => f.count(m.waiting) },
      { title: "A load takes", num: true, text: (m) => f.seconds(m.seen.load_seconds) },
      { title: "Log", make: (m) => (m.footprint_bytes ? button("Log", () => logs.open(m.name), { "aria-label": `Log of ${m.name}` }) : h("span", {}, f.NONE)) },
      { title: "Problem", wide: true, text: (m) => m.failure ?? "", tone: () => "bad" },
    ],
  });
  return { element: h("div", {}, table.element, logs.element), update: (state) => table.update(state.models), leave: logs.close };
}

function makeLogs() {
  const text = h("pre", { class: "log", tabindex: "0", "aria-label": "Log lines" });
  const title = h("h3", {}, "");
  let timer;
  let model;
  const close = () => { clearTimeout(timer); model = undefined; element.hidden = true; };
  const element = h("div", { class: "logs", hidden: true }, h("div", { class: "row" }, title, button("Close", close)), text);
  async function look() {
    const wanted = model;
    let lines;
    try { lines = await (await send(`/ember/v1/models/${encodeURIComponent(wanted)}/logs?lines=200`)).text(); } catch (error) { lines = error.message; }
    if (wanted !== model) return;
    const isAtEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 8;
    say(text, lines || "This engine has written nothing yet.");
    if (isAtEnd) text.scrollTop = text.scrollHeight;
    timer = setTimeout(look, 2000);
  }
  return {
    element, close,
    async open(name) {
      clearTimeout(timer);
      model = name;
      say(title, `Log of ${name}`);
      element.hidden = false;
      await look();
      text.scrollTop = text.scrollHeight;
      text.focus();
    },
  };
}

// Cloud and decisions

function makeCloud() {
  const spent = h("p");
  const table = new LiveTable({
    label: "Upstreams", key: (row) => row.name, empty: "No upstream has been asked yet.",
    columns: [
      { title: "Upstream", text: (row) => row.name },
      { title: "Failures in a row", num: true, text: (row) => f.count(row.failures) },
      { title: "Tried again in", num: true, text: (row) => (row.retry_seconds ? f.seconds(row.retry_seconds) : "now") },
      { title: "Last failure", wide: true, text: (row) => row.failure ?? "" },
    ],
  });
  const none = h("p", { class: "empty" }, "No model names an upstream: nothing leaves this machine.");
  return {
    element: h("div", {}, spent, table.element, none),
    update({ cloud }) {
      none.hidden = Boolean(cloud);
      spent.hidden = table.element.hidden = !cloud;
      if (!cloud) return;
      const of = (limit) => (limit === undefined ? "no limit" : `limit ${f.money(limit)}`);
      say(spent, `Spent today ${f.money(cloud.spent_today)} (${of(cloud.day_limit)}), this month `
        + `${f.money(cloud.spent_this_month)} (${of(cloud.month_limit)}); set aside for requests under way ${f.money(cloud.set_aside)}.`);
      table.update(cloud.upstreams);
    },
  };
}

function makeDecisions() {
  const list = h("ol", { class: "decisions" });
  const empty = h("p", { class: "empty" }, "No model has been weighed yet: decisions come with the first request.");
  return {
    element: h("div", {}, list, empty),
    update(state) {
      empty.hidden = state.decisions.length > 0;
      const lines = state.decisions.map((d) => {
        const what = d.newcomer ? `${d.newcomer} ${d.outcome.replaceAll("_", " ")}` : "memory was shed";
        const victims = d.victims.length > 0 ? `, evicting ${d.victims.join(", ")}` : "";
        return `${f.clock(d.time)}  ${what}${victims}: needed ${f.bytes(d.needed_bytes)}, ${f.bytes(d.free_bytes)} were free`;
      });
      while (list.children.length > lines.length) list.lastChild.remove();
      lines.forEach((line, i) => say(list.children[i] ?? list.appendChild(h("li")), line));
    },
  };
}
