// Requests: the latest ones as they come, and why each ran where it did.

import { choose, field, h, LiveTable, panel, say } from "./dom.js";
import * as f from "./format.js";
import { makeDecision } from "./decision.js";
import { known } from "./server.js";

const TONES = { answered: "good", failed: "bad", refused: "bad", gone: "warn", running: "busy", waiting: "busy" };

export function mount(root, [id]) {
  const text = h("input", { type: "search", placeholder: "service, model, place or id", autocomplete: "off" });
  const stage = h("select");
  choose(stage, [["", "all"], "waiting", "running", "answered", "failed", "refused", "gone"]);
  const total = h("p", { class: "note", role: "status" });
  const decision = makeDecision();
  const table = new LiveTable({
    label: "Latest requests", key: (row) => row.id, empty: "No request matches. The latest 200 are listed, as they come.",
    columns: [
      { title: "Why", make: (row) => h("a", { href: `#requests/${row.id}`, "aria-label": `Why request ${row.id.slice(0, 8)} ran where it did` }, row.id.slice(0, 8)) },
      { title: "Came", num: true, text: (row) => f.clock(row.arrived) },
      { title: "State", text: (row) => row.stage, tone: (row) => TONES[row.stage] },
      { title: "Service", text: (row) => row.service },
      { title: "Model", text: (row) => (row.server && row.server !== row.model ? `${row.model} → ${row.server}` : row.model) },
      { title: "Place", text: (row) => f.PLACE_NAMES[row.place] ?? f.NONE },
      { title: "Tokens", num: true, hint: "Of prompt and answer", text: (row) => f.tokens(row.tokens) },
      { title: "Reused", num: true, hint: "Tokens of the prompt that were not computed again", text: (row) => f.tokens(row.reused_tokens) },
      { title: "First token", num: true, text: (row) => f.seconds(row.first_token_seconds) },
      { title: "Whole", num: true, hint: "From its arrival to its end", text: (row) => f.seconds(row.seconds) },
      { title: "Cost", num: true, hint: "As expected when it came, all terms together", text: (row) => f.cost(row.cost) },
    ],
  });
  const update = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [...known.requests.values()].sort((a, b) => b.arrived - a.arrived);
    const rows = all.filter((row) => {
      if (stage.value && row.stage !== stage.value) return false;
      const own = `${row.service} ${row.model} ${row.server ?? ""} ${f.PLACE_NAMES[row.place] ?? ""} ${row.id}`.toLowerCase();
      return words.every((word) => own.includes(word));
    });
    table.update(rows);
    say(total, `${f.count(rows.length)} of ${f.count(all.length)} requests`);
  };
  text.addEventListener("input", update);
  stage.addEventListener("change", update);
  root.append(decision.element,
    panel("Latest requests", h("div", { class: "fields" }, field("Filter", text), field("State", stage)), total, table.element));
  const go = ([wanted]) => decision.show(wanted);
  go([id]);
  return { root, update, go };
}
