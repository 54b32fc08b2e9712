// Elements without a template language: texts are always texts, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("p", {class: "note"}, "text", child)`. Members that begin with "on" are listeners. */
export function h(tag, members = {}, ...children) {
  return fill(document.createElement(tag), members, children);
}

/** The same for drawings. */
export function svg(tag, members = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), members, children);
}

function fill(element, members, children) {
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** Sets a text only where it differs: a selection in it stays. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A part with its heading. */
export function panel(title, ...children) {
  const id = `h-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return h("section", { class: "panel", "aria-labelledby": id }, h("h2", { id }, title), ...children);
}

/** A labelled field. */
export function field(label, control, hint) {
  const id = control.id || `f-${label.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return h("p", { class: "field" }, h("label", { for: id }, label), control,
    hint && h("span", { class: "hint", id: `${id}-hint` }, hint));
}

/** A select box of names, or of [value, text]; keeps what is chosen when its choices change. */
export function choose(select, choices) {
  const pairs = choices.map((choice) => (Array.isArray(choice) ? choice : [choice, choice]));
  const same = pairs.length === select.options.length
    && pairs.every(([value, text], i) => select.options[i].value === value && select.options[i].text === text);
  if (same) return;
  const chosen = select.value;
  select.replaceChildren(...pairs.map(([value, text]) => h("option", { value }, text)));
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}

/**
 * A table whose rows are kept by key while their cells change, so that focus and selection stay.
 *
 * A column has a `title`, and `text(row)`, or `make(row)` for a node that is made once and `refresh(node, row)`.
 * `num: true` aligns figures. `wide: true` lets its text break.
 */
export class LiveTable {
  constructor({ label, columns, key, empty }) {
    this.columns = columns;
    this.key = key;
    this.rows = new Map();
    this.body = h("tbody");
    this.empty = h("p", { class: "empty" }, empty);
    const heads = columns.map((c) => h("th", { scope: "col", class: c.num ? "num" : null, title: c.hint }, c.title));
    this.scroller = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${label} (table)` },
      h("table", {}, h("thead", {}, h("tr", {}, heads)), this.body));
    this.element = h("div", {}, this.scroller, this.empty);
    this.update([]);
  }

  update(rows) {
    const left = new Set(this.rows.keys());
    rows.forEach((row, place) => {
      const key = this.key(row);
      left.delete(key);
      const known = this.rows.get(key) ?? this.add(key, row);
      if (this.body.children[place] !== known.element) this.body.insertBefore(known.element, this.body.children[place] ?? null);
      this.refresh(known, row);
    });
    for (const key of left) {
      this.rows.get(key).element.remove();
      this.rows.delete(key);
    }
    this.scroller.hidden = rows.length === 0;
    this.empty.hidden = rows.length > 0;
  }

  add(key, row) {
    const cells = this.columns.map((c) => {
      const made = c.make?.(row);
      const td = h("td", { class: c.num ? "num" : c.wide ? "wide" : null }, made);
      return { td, made };
    });
    const known = { element: h("tr", {}, cells.map((c) => c.td)), cells };
    this.rows.set(key, known);
    return known;
  }

  refresh(known, row) {
    this.columns.forEach((column, i) => {
      const { td, made } = known.cells[i];
      if (made) column.refresh?.(made, row);
      else say(td, column.text(row));
      if (column.tone) td.dataset.tone = column.tone(row) ?? "";
    });
  }
}

/** A short message at the edge of the page. */
export function notice(text, tone = "good") {
  const place = document.getElementById("notices");
  const note = h("div", { class: "notice", "data-tone": tone }, h("span", {}, text),
    h("button", { type: "button", "aria-label": "Close this message", onclick: () => note.remove() }, "×"));
  place.append(note);
  while (place.children.length > 3) place.firstChild.remove();
  if (tone === "good") setTimeout(() => note.remove(), 6000);
}

/** Does an act of a button: it cannot be pressed twice, and a failure is shown. */
export async function act(button, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } catch (error) {
    notice(error.message, "bad");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** A button that does an act. */
export function button(text, work, members = {}) {
  const made = h("button", { type: "button", ...members }, text);
  made.addEventListener("click", () => act(made, () => work(made)));
  return made;
}

/** The same for what cannot be undone: the first press asks, the second one acts. */
export function carefulButton(text, question, work, members = {}) {
  let timer;
  const reset = () => { clearTimeout(timer); say(made, text); delete made.dataset.asks; };
  const made = button(text, async () => {
    if (!made.dataset.asks) {
      made.dataset.asks = "yes";
      say(made, question);
      timer = setTimeout(reset, 5000);
      return;
    }
    reset();
    await work();
  }, { class: "careful", ...members });
  made.addEventListener("blur", reset);
  return made;
}
