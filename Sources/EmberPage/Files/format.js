// Figures with their units. A thin space keeps figure and unit on one line.

const GAP = "\u202f";
export const NONE = "–";

function fixed(value, digits) {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function known(value, write) {
  return value === undefined || value === null || !Number.isFinite(value) ? NONE : write(value);
}

export const count = (value) => known(value, (v) => fixed(v, 0));

export const number = (value) => known(value, (v) => fixed(v, Math.abs(v) >= 100 ? 0 : Math.abs(v) >= 10 ? 1 : 2));

export function bytes(value) {
  return known(value, (v) => {
    if (v >= 2 ** 30) return `${fixed(v / 2 ** 30, 2)}${GAP}GiB`;
    if (v >= 2 ** 20) return `${fixed(v / 2 ** 20, 1)}${GAP}MiB`;
    return `${fixed(v / 2 ** 10, 1)}${GAP}KiB`;
  });
}

export function seconds(value) {
  return known(value, (v) => {
    if (v === 0) return `0${GAP}s`;
    if (Math.abs(v) < 1) return `${fixed(v * 1000, v < 0.01 ? 1 : 0)}${GAP}ms`;
    if (v < 100) return `${fixed(v, v < 10 ? 2 : 1)}${GAP}s`;
    return span(v);
  });
}

export function span(value) {
  return known(value, (v) => {
    if (v < 120) return `${fixed(v, 0)}${GAP}s`;
    if (v < 7200) return `${fixed(v / 60, 0)}${GAP}min`;
    if (v < 48 * 3600) return `${fixed(v / 3600, 1)}${GAP}h`;
    return `${fixed(v / 86400, 1)}${GAP}d`;
  });
}

export const joules = (value) => known(value, (v) =>
  (v >= 1e6 ? `${fixed(v / 1e6, 2)}${GAP}MJ` : v >= 1e3 ? `${fixed(v / 1e3, 1)}${GAP}kJ` : `${fixed(v, 1)}${GAP}J`));

export const cost = (value) => known(value, (v) => fixed(v, 3));

export const money = (value) => known(value, (v) => fixed(v, Math.abs(v) >= 1 ? 2 : 4));

export const tokens = (value) => known(value, (v) => fixed(v, 0));

export const age = (value) => known(value, (v) => fixed(v, 2));

export const percent = (value) => known(value, (v) => `${fixed(v * 100, 0)}${GAP}%`);

/** When the server began, by the clock here, in milliseconds; undefined: not known yet. */
let began;

/** Learns it from the server's uptime. Events come a little late, each by another time: the earliest counts. */
export function noteUptime(uptime) {
  const now = Date.now() - uptime * 1000;
  // By more, it was started again, or a clock was set.
  began = began === undefined || Math.abs(now - began) > 5000 ? now : Math.min(began, now);
}

/** An instant of the server's, in seconds since its start, as a time of day here. */
export function clock(at) {
  return known(at, (v) => (began === undefined ? NONE : new Date(began + v * 1000).toLocaleTimeString("en-GB")));
}

/** The terms of the cost, in the order in which they are drawn. */
export const TERMS = ["waiting", "switching", "accuracy", "inference", "energy", "transmission", "cloud"];

export const TERM_NAMES = {
  waiting: "waiting", switching: "loads", accuracy: "wrong answers", inference: "answers at the edge",
  energy: "energy", transmission: "transmission", cloud: "cloud",
};

export const PLACE_NAMES = {
  resident: "edge, in memory", wait: "edge, after a wait", load: "edge, after a load", cloud: "cloud",
};
