// What if: the requests of the last hours under other policies, sizes of memory and budgets, from the server's own log.

import { act, field, h, LiveTable, notice, panel, say } from "./dom.js";
import * as f from "./format.js";
import { makeChart } from "./chart.js";
import { ask } from "./server.js";

const USUAL = ["lru", "least-context-gated", "regret-forecast"];
const MOST_POLICIES = 6;

export function mount(root) {
  const none = h("p", { class: "empty", hidden: true },
    "This server does not record its events. Write events: {record: true} into its configuration, and start it again.");
  const result = makeResult();
  const form = makeForm(result);
  root.append(panel("Conditions", none, form.element), result.element);
  ask("/ember/v1/plan").then(({ available }) => { none.hidden = available; form.element.hidden = !available; }, (error) => notice(error.message, "bad"));
  return { root, leave() { form.leave(); result.leave(); } };
}

// What is asked

function numbers(text, name) {
  const parts = text.split(/[\s,;]+/).filter(Boolean).map(Number);
  if (parts.some((value) => !Number.isFinite(value) || value < 0)) throw new Error(`${name}: write numbers, such as 50, 100, 200.`);
  return parts;
}

function makeForm(result) {
  const hours = h("input", { type: "number", min: 0.05, max: 168, step: "any", value: "1", required: true });
  const memories = h("input", { value: "50, 75, 100, 150, 200", required: true, autocomplete: "off" });
  const limits = h("input", { value: "", autocomplete: "off", placeholder: "such as 0.5, 2" });
  const policies = h("fieldset", { class: "choices" }, h("legend", {}, "Policies, besides the present one"));
  const status = h("span", { class: "note", role: "status" });
  const submit = h("button", { type: "submit", class: "main" }, "Compute");
  const stop = h("button", { type: "button", hidden: true, onclick: () => running?.abort() }, "Stop");
  let running = null;
  ask("/ember/v1/policy").then((answer) => policies.append(...answer.policies.map((policy) =>
    h("label", { title: policy.summary }, h("input", { type: "checkbox", value: policy.name, checked: USUAL.includes(policy.name) }), policy.name))),
  (error) => notice(error.message, "bad"));

  async function compute() {
    const chosen = [...policies.querySelectorAll("input:checked")].map((box) => box.value);
    if (chosen.length > MOST_POLICIES) throw new Error(`Choose at most ${MOST_POLICIES} policies.`);
    const body = { hours: Number(hours.value), policies: chosen, memories: numbers(memories.value, "Memory"), cloud_limits: numbers(limits.value, "Money") };
    running = new AbortController();
    stop.hidden = false;
    say(status, "Computing, with the server's own planner. A request that waits ends it.");
    try {
      result.show(await ask("/ember/v1/plan", { method: "POST", body, signal: running.signal }));
      say(status, "Done.");
    } catch (error) {
      say(status, error.name === "AbortError" ? "Stopped." : error.message);
      status.dataset.tone = error.name === "AbortError" ? "" : "bad";
      return;
    } finally {
      running = null;
      stop.hidden = true;
    }
    delete status.dataset.tone;
  }

  return {
    element: h("form", { onsubmit: (event) => { event.preventDefault(); act(submit, compute); } },
      h("div", { class: "fields" }, field("Hours", hours, "of the latest run, up to now"), field("Memory", memories, "percent of the present budget, 8 at most"),
        field("Money for the cloud", limits, "in all, 4 at most")),
      policies, h("p", { class: "row" }, submit, stop, status)),
    leave: () => running?.abort(),
  };
}

// What comes back

function makeResult() {
  const about = h("p", { class: "note" });
  const advice = h("ul", { class: "advice" });
  const chart = makeChart({ label: "Cost an hour, by memory", kind: "line", writeX: f.bytes, writeY: f.number, empty: "One size of memory makes no curve: try more." });
  const table = new LiveTable({
    label: "Conditions and what they cost", key: (row) => `${row.policy} ${row.memory_bytes} ${row.cloud} ${row.cloud_limit ?? ""}`, empty: "",
    columns: [
      { title: "Policy", text: (row) => row.policy + (row.isPresent ? " (now)" : "") },
      { title: "Memory", num: true, text: (row) => f.bytes(row.memory_bytes) },
      { title: "Cloud", text: (row) => ({ as_it_is: "as it is", none: "none", limit: `up to ${f.money(row.cloud_limit)}` })[row.cloud] },
      { title: "Cost an hour", num: true, text: (row) => f.cost(row.cost_per_hour), tone: (row) => (row.isBest ? "good" : "") },
      { title: "Loads an hour", num: true, text: (row) => f.number(row.loads_per_hour) },
      { title: "Mean wait", num: true, text: (row) => f.seconds(row.mean_wait_seconds) },
      { title: "99 % wait at most", num: true, text: (row) => f.seconds(row.wait99_seconds) },
      { title: "Refused", num: true, text: (row) => f.count(row.refused) },
      { title: "In the cloud", num: true, text: (row) => f.percent(row.cloud_share) },
      { title: "Bill a day", num: true, text: (row) => f.money(row.bill_per_day) },
    ],
  });
  const models = new LiveTable({
    label: "Models now", key: (row) => row.name, empty: "",
    columns: [
      { title: "Model", text: (row) => row.name }, { title: "Memory", num: true, text: (row) => (row.bytes ? f.bytes(row.bytes) : f.NONE) },
      { title: "Fits", text: (row) => (row.fits ? "yes" : "never"), tone: (row) => (row.fits ? "" : "bad") },
      { title: "Requests an hour", num: true, text: (row) => f.number(row.requests_per_hour) },
      { title: "In memory", num: true, hint: "Share of the time, as it is now", text: (row) => f.percent(row.resident_share) },
    ],
  });
  const element = h("div", { class: "part", hidden: true },
    panel("Advice", about, advice), panel("Curve", chart.element), panel("All conditions", table.element), panel("Models, as it is now", models.element));
  return {
    element,
    leave: chart.leave,
    show(plan) {
      element.hidden = false;
      say(about, `${f.count(plan.requests)} requests in ${f.span(plan.seconds)}. Each condition begins with nothing in memory.`);
      advice.replaceChildren(...plan.advice.map((text) => h("li", {}, text)));
      const usual = plan.rows.filter((row) => row.cloud === "as_it_is");
      const sizes = [...new Set(usual.map((row) => row.memory_bytes))].sort((a, b) => a - b);
      const names = [...new Set(usual.map((row) => row.policy))];
      chart.update(sizes, names.map((name, i) => ({
        name, className: `s-${i % 7}`,
        values: sizes.map((bytes) => usual.find((row) => row.policy === name && row.memory_bytes === bytes)?.cost_per_hour),
      })));
      const best = Math.min(...plan.rows.filter((row) => row.refused <= plan.rows[0].refused).map((row) => row.cost_per_hour));
      table.update(plan.rows.map((row, i) => ({ ...row, isPresent: i === 0, isBest: row.cost_per_hour === best })));
      models.update(plan.models);
    },
  };
}
