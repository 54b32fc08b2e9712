// What if: the requests of the last hour under other policies, memory sizes and budgets.

import { h, panel } from "./dom.js";

export function mount(root) {
  root.append(panel("Other policies and sizes", h("p", { class: "empty" }, "ember compare --events FOLDER has it on the command line.")));
  return { root };
}
