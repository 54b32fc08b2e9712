// Charts over time, drawn for the width that there is.

import { h, say, svg } from "./dom.js";

const HEIGHT = 190;
const SIDES = { left: 72, right: 12, top: 10, bottom: 26 };

/**
 * A chart: `series` are `{name, className, values}`, with a value (or undefined) for each of `xs`.
 *
 * `kind`: "area" stacks the series, "line" draws each, "dots" draws points. `unit`: what the axis counts in.
 */
export function makeChart({ label, kind, writeX, writeY, unit = 1, empty }) {
  const drawing = h("div", { class: "chart" });
  const legend = h("ul", { class: "legend" });
  const none = h("p", { class: "empty" }, empty);
  const element = h("figure", {}, h("figcaption", {}, label), none, drawing, legend);
  let last;
  const observer = new ResizeObserver(() => last && paint());
  observer.observe(drawing);
  function paint() {
    const { xs, series } = last;
    const width = Math.max(260, drawing.clientWidth);
    drawing.replaceChildren(plot(width, xs, series, { label, kind, writeX, writeY, unit }));
  }
  return {
    element,
    update(xs, series) {
      const isEmpty = xs.length < (kind === "dots" ? 1 : 2);
      none.hidden = !isEmpty;
      drawing.hidden = legend.hidden = isEmpty;
      last = isEmpty ? undefined : { xs, series };
      if (isEmpty) return;
      const names = series.map((s) => s.name).join("|");
      if (legend.dataset.names !== names) {
        legend.dataset.names = names;
        legend.replaceChildren(...series.map((s) => h("li", {}, h("span", { class: `swatch ${s.className}` }), s.name)));
      }
      paint();
    },
    leave: () => observer.disconnect(),
  };
}

function plot(width, xs, series, { label, kind, writeX, writeY, unit }) {
  const [first, final] = [xs[0], xs[xs.length - 1]];
  const tops = kind === "area" ? xs.map((_, i) => series.reduce((sum, s) => sum + (s.values[i] ?? 0), 0))
    : series.flatMap((s) => s.values.filter((v) => v !== undefined));
  const high = niceTop(Math.max(...tops, 1e-9) / unit) * unit;
  const x = (value) => SIDES.left + ((width - SIDES.left - SIDES.right) * (value - first)) / Math.max(final - first, 1e-9);
  const y = (value) => HEIGHT - SIDES.bottom - ((HEIGHT - SIDES.top - SIDES.bottom) * value) / high;
  const parts = [...grid(width, high, y, writeY), ...marks(width, first, final, x, writeX)];
  if (kind === "area") parts.push(...areas(xs, series, x, y));
  else for (const s of series) parts.push(kind === "line" ? line(xs, s, x, y) : dots(xs, s, x, y, writeX, writeY));
  const summary = series.map((s) => {
    const values = s.values.filter((v) => v !== undefined);
    return `${s.name} at the end ${writeY(values[values.length - 1] ?? 0)}`;
  }).join(", ");
  return svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": `${label}: ${summary}` }, parts);
}

/** The next of 1, 2, 5 times a power of ten. */
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value * 0.999);
}

function grid(width, high, y, writeY) {
  return [0, 0.5, 1].flatMap((share) => {
    const at = y(high * share);
    return [svg("line", { class: "grid", x1: SIDES.left, x2: width - SIDES.right, y1: at, y2: at }),
      svg("text", { class: "tick", x: SIDES.left - 6, y: at + 4, "text-anchor": "end" }, writeY(high * share))];
  });
}

function marks(width, first, final, x, writeX) {
  const count = width < 480 ? 2 : 4;
  return Array.from({ length: count + 1 }, (_, i) => {
    const value = first + ((final - first) * i) / count;
    const anchor = i === 0 ? "start" : i === count ? "end" : "middle";
    return svg("text", { class: "tick", x: x(value), y: HEIGHT - 8, "text-anchor": anchor }, writeX(value));
  });
}

function areas(xs, series, x, y) {
  const base = xs.map(() => 0);
  return series.map((s) => {
    const lower = xs.map((value, i) => `${x(value).toFixed(1)},${y(base[i]).toFixed(1)}`);
    s.values.forEach((value, i) => { base[i] += value ?? 0; });
    const upper = xs.map((value, i) => `${x(value).toFixed(1)},${y(base[i]).toFixed(1)}`);
    return svg("polygon", { class: s.className, points: [...upper, ...lower.reverse()].join(" ") }, svg("title", {}, s.name));
  });
}

function line(xs, s, x, y) {
  const points = xs.map((value, i) => s.values[i] !== undefined && `${x(value).toFixed(1)},${y(s.values[i]).toFixed(1)}`).filter(Boolean);
  return svg("polyline", { class: `line ${s.className}`, points: points.join(" ") });
}

function dots(xs, s, x, y, writeX, writeY) {
  return svg("g", {}, xs.map((value, i) => s.values[i] !== undefined
    && svg("circle", { class: s.className, cx: x(value), cy: y(s.values[i]), r: 4 },
      svg("title", {}, `${s.titles?.[i] ?? s.name}: ${writeY(s.values[i])}, ${writeX(value)}`))).filter(Boolean));
}

/** A table of the same figures, for those who do not see the chart. */
export function makeFigures(label) {
  const body = h("tbody");
  const head = h("tr");
  const element = h("details", {}, h("summary", {}, label),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, h("table", {}, h("thead", {}, head), body)));
  return {
    element,
    update(heads, rows) {
      if (!element.open) return;
      head.replaceChildren(...heads.map((text) => h("th", { scope: "col", class: "num" }, text)));
      while (body.children.length > rows.length) body.lastChild.remove();
      rows.forEach((row, i) => {
        const tr = body.children[i] ?? body.appendChild(h("tr", {}, row.map(() => h("td", { class: "num" }))));
        row.forEach((text, place) => say(tr.children[place], text));
      });
    },
  };
}
