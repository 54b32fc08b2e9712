// Act: load and unload models, choose the policy, read the configuration again.

import { button, carefulButton, choose, field, h, LiveTable, notice, panel, say } from "./dom.js";
import * as f from "./format.js";
import { ask } from "./server.js";

export function mount(root) {
  const models = makeModels();
  const policy = makePolicy();
  root.append(
    panel("Models in memory", models.element), panel("Policy", policy.element), panel("Configuration", makeConfiguration()),
    panel("Add, pull and remove models", h("p", {}, "These change the configuration file, which no request may do: use the commands."),
      h("pre", { class: "commands", tabindex: "0", "aria-label": "Commands" }, "ember add hf:owner/repo/file.gguf   # pulls it, and serves it under the file's name\nember pull hf:owner/repo/file.gguf  # pulls it alone, with its progress\nember rm NAME                       # takes it out of the configuration")));
  return { root, update({ state }) { models.update(state); policy.update(state); } };
}

function order(model, wish) {
  return ask(`/ember/v1/models/${wish}`, { method: "POST", body: { model } });
}

function makeModels() {
  const buttons = {
    make: (m) => h("span", { class: "row" },
      button("Load", async () => notice((await order(m.name, "load")).message), { "aria-label": `Load ${m.name}` }),
      button("Unload", async () => notice((await order(m.name, "unload")).message), { "aria-label": `Unload ${m.name}` })),
    refresh: (node, m) => {
      node.children[0].disabled = m.status === "loaded" || m.status === "loading";
      node.children[1].disabled = m.status === "unloaded" || m.status === "failed";
    },
  };
  const table = new LiveTable({
    label: "Models that run at the edge", key: (m) => m.name, empty: "No model runs at the edge.",
    columns: [
      { title: "Model", text: (m) => m.name },
      { title: "State", text: (m) => m.status, tone: (m) => ({ loaded: "good", failed: "bad", loading: "busy", unloading: "busy" })[m.status] },
      { title: "Pinned", text: (m) => (m.pinned ? "yes" : "no") },
      { title: "Takes", num: true, text: (m) => f.bytes(m.footprint_bytes) },
      { title: "Running", num: true, text: (m) => f.count(m.in_flight) },
      { title: "Order", ...buttons },
      {
        title: "Measured memory", make: (m) => carefulButton("Forget", "Really forget?", async () => {
          await order(m.name, "forget");
          notice(`What was measured of ${m.name} is forgotten: it is estimated from its file again.`);
        }, { "aria-label": `Forget the measured memory of ${m.name}` }),
      },
    ],
  });
  return { element: table.element, update: (state) => table.update(state.models.filter((m) => m.footprint_bytes > 0)) };
}

function makePolicy() {
  const now = h("p", { class: "note", role: "status" });
  const about = h("p", { class: "note" });
  const select = h("select");
  let policies = [];
  const explain = () => say(about, policies.find((p) => p.name === select.value)?.summary ?? "");
  select.addEventListener("change", explain);
  const change = button("Use this policy", async () => {
    const { policy } = await ask("/ember/v1/policy", { method: "PUT", body: { policy: select.value } });
    notice(`The policy is ${policy} now. It stays until Ember ends, or the configuration names another one.`);
  });
  ask("/ember/v1/policy").then((answer) => {
    policies = answer.policies;
    choose(select, policies.map((p) => p.name));
    select.value = answer.policy.split(":")[0];
    explain();
  }, (error) => notice(error.message, "bad"));
  return {
    element: h("div", {}, now, h("div", { class: "fields" }, field("Policy", select), h("p", {}, change)), about),
    update: (state) => say(now, `Now: ${state.policy}`),
  };
}

function makeConfiguration() {
  const list = h("div", { role: "status" });
  const read = async (isDry) => {
    const plan = await ask("/ember/v1/config", { method: "PUT", body: isDry ? { dry_run: true } : undefined });
    list.replaceChildren(h("p", {}, isDry ? "It would change:" : "It has changed:"), h("pre", { tabindex: "0", "aria-label": "Changes" }, JSON.stringify(plan, null, 2)));
    if (!isDry) notice("The configuration has been read again.");
  };
  return h("div", {}, h("p", { class: "row" }, button("Show what would change", () => read(true)),
    carefulButton("Read the file again", "Really read it?", () => read(false))), list);
}
