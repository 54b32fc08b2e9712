// All that the page has of the server: its login, its events, its routes.

import { noteUptime } from "./format.js";

const MOST_REQUESTS = 200;

/** What is known now. `state` is nil until the first event has come. */
export const known = { session: null, state: null, requests: new Map(), isConnected: false };

const listeners = new Set();

/** Calls `listener` after each event; returns what ends that. */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell() {
  for (const listener of [...listeners]) listener(known);
}

/** An error that the server has answered with; its message says what to do. */
export class ServerError extends Error {
  constructor(message, status, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The response to a request; errors of the server are thrown. */
export async function send(path, { method = "GET", body, headers = {}, signal } = {}) {
  const sent = { ...headers };
  if (known.session?.token && method !== "GET") sent["x-ember-token"] = known.session.token;
  if (body !== undefined) sent["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, signal, headers: sent, credentials: "same-origin",
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError("The server does not answer. Is Ember running?", 0, "unreachable");
  }
  if (response.ok) return response;
  const text = await response.text();
  let told;
  try { told = JSON.parse(text).error; } catch { told = undefined; }
  if (response.status === 401) setTimeout(lookAgain);
  throw new ServerError(told?.message ?? (text.slice(0, 300) || `Status ${response.status}`), response.status, told?.code);
}

/** The same; the JSON of the answer. */
export async function ask(path, options) {
  return (await send(path, options)).json();
}

// Login

export async function readSession() {
  known.session = await ask("/ember/v1/session");
  return known.session;
}

export async function login(key) {
  known.session = await ask("/ember/v1/session", { method: "POST", headers: { authorization: `Bearer ${key}` } });
}

export async function logout() {
  stop();
  await ask("/ember/v1/session", { method: "DELETE" });
  location.reload();
}

/** Whether the page may see the server. */
export const isLetIn = () => Boolean(known.session) && (!known.session.needs_key || Boolean(known.session.key));

/** A session that has ended leads to the login. */
async function lookAgain() {
  const had = isLetIn();
  try { await readSession(); } catch { return; }
  if (had && !isLetIn()) location.reload();
}

// Events

let source = null;
let retry;

/** Follows the server's events while the page is seen. */
export function follow() {
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  addEventListener("pagehide", stop);
  if (!document.hidden) start();
}

function start() {
  if (source) return;
  clearTimeout(retry);
  source = new EventSource("/ember/v1/events");
  source.addEventListener("state", (event) => {
    known.state = JSON.parse(event.data);
    noteUptime(known.state.uptime);
    known.isConnected = true;
    tell();
  });
  source.addEventListener("requests", (event) => {
    for (const row of JSON.parse(event.data)) known.requests.set(row.id, row);
    forgetOldest();
    tell();
  });
  source.addEventListener("error", () => {
    known.isConnected = false;
    tell();
    // A browser tries again by itself, unless the server has refused: as where it was started again, or a login has ended.
    if (source?.readyState !== EventSource.CLOSED) return;
    stop();
    retry = setTimeout(() => { lookAgain(); start(); }, 3000);
  });
  source.addEventListener("open", () => { known.requests.clear(); });
}

function forgetOldest() {
  if (known.requests.size <= MOST_REQUESTS) return;
  const rows = [...known.requests.values()].sort((a, b) => b.arrived - a.arrived);
  known.requests = new Map(rows.slice(0, MOST_REQUESTS).map((row) => [row.id, row]));
}

function stop() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

/** Pieces of a stream of events: what follows "data:" in each. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
      if (data.length > 0) yield data.join("\n");
    }
  }
}
