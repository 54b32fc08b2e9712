// Context: demonstrations of services, and the conversations that engines hold or that are saved (without any text).

import { button, carefulButton, choose, field, h, LiveTable, notice, panel, say } from "./dom.js";
import * as f from "./format.js";
import { ask } from "./server.js";

export function mount(root) {
  const services = makeServices();
  const conversations = makeConversations();
  root.append(services.element, conversations.element);
  return { root, leave() { conversations.leave(); } };
}

// Demonstrations

function makeServices() {
  const select = h("select");
  const facts = h("p", { class: "note", role: "status" });
  const problem = h("p", { class: "empty", hidden: true });
  const table = demonstrationTable((id) => remove(id));
  const more = button("Show more", () => page(true));
  const removeAll = carefulButton("Delete all", "Really delete all?", async () => {
    const { removed } = await ask(path("/demonstrations"), { method: "DELETE" });
    notice(`${f.count(removed)} demonstrations are deleted.`);
    await look();
  });
  const form = addForm(async (demonstration) => {
    const { added } = await ask(path("/demonstrations"), { method: "POST", body: demonstration });
    notice(added > 0 ? "The demonstration is stored." : "The service has this demonstration already.");
    await look();
  });
  const judge = judgeForm();
  let rows = [];
  let next;
  const path = (rest) => `/ember/v1/services/${encodeURIComponent(select.value)}${rest}`;

  async function remove(id) {
    await ask(path(`/demonstrations/${id}`), { method: "DELETE" });
    notice("The demonstration is deleted, also from saved states.");
    await look();
  }

  async function page(goesOn) {
    const before = goesOn && next ? `&before=${next}` : "";
    const answer = await ask(path(`/demonstrations?limit=50${before}`));
    rows = goesOn ? [...rows, ...answer.demonstrations] : answer.demonstrations;
    next = answer.next;
    more.hidden = next === undefined || answer.demonstrations.length < 50;
    table.update(rows);
  }

  async function look() {
    const service = await ask(path(""));
    const parts = [`context: ${service.context}`, `selection: ${service.selection}`, `at most ${f.count(service.examples)} in a prompt`,
      `${f.count(service.demonstrations)} stored, ${f.bytes(service.bytes)}`];
    if (service.embedded !== undefined) parts.push(`${f.count(service.embedded)} embedded`);
    say(facts, parts.join(" · "));
    const isOff = service.context === "off";
    problem.hidden = !isOff;
    for (const part of [table.element, more, removeAll, form]) part.hidden = isOff;
    if (isOff) say(problem, `The service ${service.name} keeps no demonstrations. Write context: given, or context: learn, in its configuration.`);
    else await page(false);
  }

  const show = () => look().catch((error) => { problem.hidden = false; say(problem, error.message); });
  select.addEventListener("change", show);
  ask("/ember/v1/services").then((list) => {
    choose(select, list.services.map((service) => service.name));
    const first = list.services.find((service) => service.context !== "off");
    if (first) select.value = first.name;
    return show();
  }).catch((error) => notice(error.message, "bad"));
  return {
    element: panel("Demonstrations of a service", h("div", { class: "fields" }, field("Service", select)), facts, problem,
      table.element, h("p", { class: "row" }, more, removeAll), form, judge),
  };
}

function demonstrationTable(remove) {
  return new LiveTable({
    label: "Demonstrations", key: (row) => row.id, empty: "There is no demonstration yet. Add one below, or with ember context import.",
    columns: [
      { title: "Prompt", wide: true, text: (row) => shortened(row.prompt) },
      { title: "Result", wide: true, text: (row) => shortened(row.result) },
      { title: "Model", text: (row) => row.model ?? "all" }, { title: "Origin", text: (row) => row.origin },
      { title: "Judged", num: true, hint: "0 is bad, 1 is good", text: (row) => f.number(row.quality) },
      { title: "Delete", make: (row) => carefulButton("Delete", "Really delete?", () => remove(row.id), { "aria-label": `Delete demonstration ${row.id}` }) },
    ],
  });
}

const shortened = (text) => (text.length > 300 ? `${text.slice(0, 300)} …` : text);

function addForm(add) {
  const prompt = h("textarea", { rows: 2, required: true });
  const result = h("textarea", { rows: 2, required: true });
  return h("form", {
    class: "add",
    onsubmit: async (event) => {
      event.preventDefault();
      try {
        await add({ prompt: prompt.value, result: result.value });
        prompt.value = result.value = "";
        prompt.focus();
      } catch (error) { notice(error.message, "bad"); }
    },
  }, h("h3", {}, "Add a demonstration"), h("div", { class: "fields" }, field("Prompt", prompt), field("Result", result)),
  h("p", {}, h("button", { type: "submit" }, "Add")));
}

function judgeForm() {
  const id = h("input", { required: true, autocomplete: "off", spellcheck: "false", size: 34 });
  const score = h("input", { type: "number", min: 0, max: 1, step: 0.1, value: "1", required: true });
  return h("form", {
    class: "add",
    onsubmit: async (event) => {
      event.preventDefault();
      try {
        await ask("/ember/v1/feedback", { method: "POST", body: { request: id.value.trim(), score: Number(score.value) } });
        notice("The judgement is noted.");
      } catch (error) { notice(error.message, "bad"); }
    },
  }, h("h3", {}, "Judge an answer"),
  h("div", { class: "fields" }, field("Request", id, "x-ember-request-id of the reply"), field("Score", score, "from 0, bad, to 1, good")),
  h("p", {}, h("button", { type: "submit" }, "Judge")));
}

// Conversations

function makeConversations() {
  const held = new LiveTable({
    label: "Conversations in memory", key: (row) => `${row.model} ${row.service} ${row.id ?? row.tokens}`, empty: "No engine holds a conversation.",
    columns: [
      { title: "Conversation", text: (row) => row.id?.slice(0, 12) ?? "without a name" },
      { title: "Model", text: (row) => row.model }, { title: "Service", text: (row) => row.service },
      { title: "Tokens", num: true, text: (row) => f.tokens(row.tokens) },
      { title: "State", text: (row) => (row.running ? "running" : "idle"), tone: (row) => (row.running ? "busy" : "") },
      { title: "Saved when displaced", text: (row) => (row.saved ? "yes" : "no") },
      { title: "Forget", make: (row) => (row.id ? forgetOne(row.id) : h("span", {}, f.NONE)) },
    ],
  });
  const saved = new LiveTable({
    label: "Saved states", key: (row) => `${row.id ?? ""} ${row.tokens} ${row.bytes}`, empty: "No state is saved on the disk.",
    columns: [
      { title: "State", text: (row) => row.id?.slice(0, 12) ?? "demonstrations alone" },
      { title: "Tokens", num: true, text: (row) => f.tokens(row.tokens) }, { title: "Size", num: true, text: (row) => f.bytes(row.bytes) },
      { title: "Age", num: true, text: (row) => f.span(row.age_seconds) },
      { title: "Forget", make: (row) => (row.id ? forgetOne(row.id) : h("span", {}, f.NONE)) },
    ],
  });
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  let timer;
  let isOver = false;
  function forgetOne(id) {
    return carefulButton("Forget", "Really forget?", async () => {
      const gone = await ask(`/ember/v1/conversations/${id}`, { method: "DELETE" });
      notice(`Forgotten: ${f.count(gone.slots)} in memory, ${f.count(gone.states)} on the disk.`);
      await look();
    }, { "aria-label": `Forget conversation ${id.slice(0, 12)}` });
  }
  async function look() {
    clearTimeout(timer);
    try {
      const list = await ask("/ember/v1/conversations");
      held.update(list.conversations);
      saved.update(list.states);
      problem.hidden = true;
    } catch (error) {
      say(problem, error.message);
      problem.hidden = false;
    }
    if (!isOver) timer = setTimeout(look, 3000);
  }
  look();
  const forgetAll = carefulButton("Forget all of mine", "Really forget all?", async () => {
    const gone = await ask("/ember/v1/conversations", { method: "DELETE" });
    notice(`Forgotten: ${f.count(gone.slots)} in memory, ${f.count(gone.states)} on the disk.`);
    await look();
  });
  return {
    element: panel("Conversations", h("p", { class: "note" }, "Ember shows no text of them."), problem, h("h3", {}, "In memory"), held.element,
      h("h3", {}, "On the disk"), saved.element, h("p", {}, forgetAll)),
    leave() { isOver = true; clearTimeout(timer); },
  };
}
