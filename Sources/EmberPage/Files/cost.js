// Cost: what the last hour has cost by term, hits and loads, memory, and how old context was when it was evicted.

import { h, panel, say } from "./dom.js";
import * as f from "./format.js";
import { makeChart, makeFigures } from "./chart.js";
import { ask } from "./server.js";

const EMPTY = "Two samples are needed: one is taken every 10 seconds.";
const PERIOD = 10_000;

export function mount(root) {
  const writeX = f.clock;
  const terms = makeChart({ label: "Cost a minute, by term", kind: "area", writeX, writeY: f.cost, empty: EMPTY });
  const served = makeChart({ label: "Requests and loads a minute", kind: "line", writeX, writeY: f.number, empty: EMPTY });
  const memory = makeChart({ label: "Memory", kind: "line", writeX, writeY: f.bytes, unit: 2 ** 20, empty: EMPTY });
  const ages = makeChart({
    label: "Age of Context of what was evicted, in examples", kind: "dots", writeX, writeY: f.age,
    empty: "Nothing has been evicted yet.",
  });
  const figures = makeFigures("Cost since the start, as figures");
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  root.append(problem, panel("The last hour", h("div", { class: "charts" }, [terms, served, memory, ages].map((c) => c.element)), figures.element));
  let timer;
  let isOver = false;
  async function look() {
    try {
      show(await ask("/ember/v1/history"));
      problem.hidden = true;
    } catch (error) {
      say(problem, error.message);
      problem.hidden = false;
    }
    if (!isOver) timer = setTimeout(look, PERIOD);
  }
  function show({ samples, evictions }) {
    const xs = samples.slice(1).map((s) => s.time);
    const rate = (read) => samples.slice(1).map((s, i) => {
      const minutes = Math.max(s.time - samples[i].time, 1) / 60;
      return Math.max(0, read(s) - read(samples[i])) / minutes;
    });
    const used = f.TERMS.filter((term) => samples.some((s) => s.cost[term] > 0));
    terms.update(xs, (used.length > 0 ? used : ["inference"]).map((term) => ({ name: f.TERM_NAMES[term], className: `t-${term}`, values: rate((s) => s.cost[term]) })));
    served.update(xs, [
      { name: "answered at the edge", className: "s-edge", values: rate((s) => s.cost.edge_requests) },
      { name: "answered in the cloud", className: "s-cloud", values: rate((s) => s.cost.cloud_requests) },
      { name: "refused", className: "s-refused", values: rate((s) => s.cost.rejected_requests) },
      { name: "loads", className: "s-loads", values: rate((s) => s.cost.loads) },
    ]);
    memory.update(xs, [
      { name: "taken", className: "s-edge", values: samples.slice(1).map((s) => s.occupied_bytes) },
      { name: "budget", className: "s-refused", values: samples.slice(1).map((s) => s.budget_bytes) },
    ]);
    const dated = evictions.filter((e) => e.age_of_context !== undefined);
    ages.update(dated.map((e) => e.time), [{ name: "an eviction", className: "s-loads", titles: dated.map((e) => e.model), values: dated.map((e) => e.age_of_context) }]);
    figures.element.ontoggle = () => fillFigures(samples);
    fillFigures(samples);
  }
  function fillFigures(samples) {
    const rows = samples.filter((_, i) => i % 6 === 0 || i === samples.length - 1).reverse();
    figures.update(["Time", "Cost", ...f.TERMS.map((term) => f.TERM_NAMES[term]), "Edge", "Cloud", "Loads", "Evictions"],
      rows.map((s) => [writeX(s.time), f.cost(s.cost.total), ...f.TERMS.map((term) => f.cost(s.cost[term])), f.count(s.cost.edge_requests), f.count(s.cost.cloud_requests), f.count(s.cost.loads), f.count(s.cost.evictions)]));
  }
  look();
  return {
    root,
    leave() {
      isOver = true;
      clearTimeout(timer);
      for (const chart of [terms, served, memory, ages]) chart.leave();
    },
  };
}
