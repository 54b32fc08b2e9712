// One decision, drawn: where a request could have run, what each place was expected to cost, who had to go.

import { button, h, notice, panel, say, svg } from "./dom.js";
import * as f from "./format.js";
import { ask } from "./server.js";

/** A part that shows the decision on a request; empty until one is asked for. */
export function makeDecision() {
  const element = h("div", { class: "decision", hidden: true });
  let shown;
  return {
    element,
    async show(id) {
      shown = id;
      element.hidden = !id;
      if (!id) return;
      element.replaceChildren(h("p", { class: "loading" }, "Reading the decision …"));
      let parts;
      try { parts = draw(await ask(`/ember/v1/decisions/${encodeURIComponent(id)}`)); } catch (error) {
        parts = [h("p", { class: "problem", role: "alert" }, error.message)];
      }
      if (shown !== id) return;
      const close = h("a", { href: "#requests", class: "button" }, "Close");
      element.replaceChildren(panel(`Request ${id.slice(0, 8)}`, ...parts, h("p", {}, close)));
      element.scrollIntoView?.({ block: "nearest" });
    },
  };
}

function draw(decision) {
  return [
    h("p", {}, `Service ${decision.service}, model ${decision.model}. `,
      h("code", {}, decision.id)),
    h("h3", {}, "What each place was expected to cost"), alternatives(decision.alternatives),
    h("h3", {}, "What became of it"), steps(decision),
    ...(decision.kept ? [h("p", { class: "note" }, `Of this model's prompts, ${decision.kept}.`)] : []),
    ...(decision.admissions.length > 0 ? [h("h3", {}, "Who was weighed for its memory"), ...decision.admissions.map(admission)] : []),
    rating(decision.id),
  ];
}

// Places

function alternatives(all) {
  if (all.length === 0) return h("p", { class: "empty" }, "There was no place for it.");
  const most = Math.max(...all.map((a) => a.total), 1e-9);
  const used = f.TERMS.filter((term) => all.some((a) => a[term] > 0));
  const rows = all.map((a) => h("tr", { "data-chosen": a.is_chosen ? "yes" : null },
    h("th", { scope: "row" }, `${a.model}: ${f.PLACE_NAMES[a.place] ?? a.place}`, a.is_chosen && h("strong", {}, " chosen")),
    h("td", { class: "bar" }, stacked(a, most)),
    h("td", { class: "num" }, f.cost(a.total)),
    ...used.map((term) => h("td", { class: "num" }, f.cost(a[term])))));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Expected costs" }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Place"), h("th", { scope: "col" }, "Terms"),
      h("th", { scope: "col", class: "num" }, "Total"),
      ...used.map((term) => h("th", { scope: "col", class: "num" }, h("span", { class: `swatch t-${term}` }), f.TERM_NAMES[term])))),
    h("tbody", {}, rows)));
}

function stacked(alternative, most) {
  let x = 0;
  const pieces = f.TERMS.filter((term) => alternative[term] > 0).map((term) => {
    const width = (240 * alternative[term]) / most;
    const piece = svg("rect", { class: `t-${term}`, x, y: 3, width: Math.max(width, 1), height: 14 },
      svg("title", {}, `${f.TERM_NAMES[term]}: ${f.cost(alternative[term])}`));
    x += width;
    return piece;
  });
  return svg("svg", { viewBox: "0 0 242 20", width: 242, height: 20, role: "img", "aria-label": `${f.cost(alternative.total)} in all` }, pieces);
}

// Steps

const STEP_NAMES = {
  waits: "waits for its turn", stays: "may not leave this machine", cannot_be_served: "cannot be served here", edge: "runs at the edge",
  cloud: "goes to the cloud", refused: "is refused", answered: "is answered", failed: "fails there", gone: "its client has gone",
  hedged: "also runs at the edge, as the cloud is slow", hedge_won: "the edge was first", hedge_lost: "the cloud was first",
  hedge_refused: "the edge had no room for it",
};

function steps(decision) {
  return h("ol", { class: "steps" }, decision.steps.map((step) => {
    const facts = [step.why, step.tokens > 0 && `${f.tokens(step.tokens)} tokens`, step.slot && slotText(step.slot)].filter(Boolean);
    return h("li", {}, h("span", { class: "num" }, `+${f.seconds(step.time - decision.arrived)}`),
      h("span", {}, STEP_NAMES[step.what] ?? step.what, facts.length > 0 && h("span", { class: "note" }, ` ${facts.join("; ")}`)));
  }));
}

function slotText(slot) {
  const parts = [slot.slot === undefined ? "a slot of the engine's choice" : `slot ${slot.slot}`];
  if (slot.restored_tokens) parts.push(`${f.tokens(slot.restored_tokens)} tokens restored`);
  if (slot.reused_tokens !== undefined) parts.push(`${f.tokens(slot.reused_tokens)} tokens reused`);
  if (slot.expected_tokens > 0) parts.push(`${f.tokens(slot.expected_tokens)} expected`);
  return parts.join(", ");
}

// Admissions

function admission(decision) {
  const scores = decision.candidates.map((c) => c.score).filter((score) => score !== undefined);
  const most = Math.max(...scores.map(Math.abs), 1e-9);
  const victims = decision.victims.length > 0 ? `evicts ${decision.victims.join(", ")}` : "evicts none";
  const rows = decision.candidates.map((c) => h("tr", { "data-chosen": decision.victims.includes(c.model) ? "victim" : null },
    h("th", { scope: "row" }, c.model, decision.victims.includes(c.model) && h("strong", {}, " goes")),
    h("td", {}, c.standing.replaceAll("_", " ")),
    h("td", { class: "bar" }, c.score === undefined ? f.NONE : scoreBar(c.score, most)),
    h("td", { class: "num" }, f.number(c.score)), h("td", { class: "num" }, f.age(c.age_of_context)), h("td", { class: "num" }, f.bytes(c.bytes))));
  return h("div", {},
    h("p", {}, `${decision.newcomer ?? "No newcomer"}: ${decision.outcome.replaceAll("_", " ")}, ${victims}; needed `
      + `${f.bytes(decision.needed_bytes)}, ${f.bytes(decision.free_bytes)} were free`
      + (decision.claim === undefined ? "." : `; its own worth is ${f.number(decision.claim)}.`)),
    rows.length === 0 ? h("p", { class: "empty" }, "Nothing else was in memory.")
      : h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Candidates" }, h("table", {},
        h("thead", {}, h("tr", {}, ["Resident", "Standing"].map((t) => h("th", { scope: "col" }, t)),
          h("th", { scope: "col" }, "Score, the least goes first"), ["Score", "Age of Context", "Memory"].map((t) => h("th", { scope: "col", class: "num" }, t)))),
        h("tbody", {}, rows))),
    decision.others > 0 && h("p", { class: "note" }, `${f.count(decision.others)} more models were in memory.`));
}

function scoreBar(score, most) {
  return svg("svg", { viewBox: "0 0 162 20", width: 162, height: 20, role: "img", "aria-label": f.number(score) },
    svg("rect", { class: "score", x: 0, y: 5, width: Math.max(2, (160 * Math.abs(score)) / most), height: 10 }));
}

// A judgement

function rating(id) {
  const said = h("span", { class: "note", role: "status" });
  const rate = (score, text) => button(text, async () => {
    await ask("/ember/v1/feedback", { method: "POST", body: { request: id, score } });
    say(said, "Noted.");
    notice("The judgement is noted.");
  });
  return h("p", { class: "row" }, h("span", {}, "Judge the answer:"), rate(1, "Good"), rate(0, "Bad"), said);
}
