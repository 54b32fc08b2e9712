// Try: chat with any model, pictures included, and the nearest of some texts by an embedding model.

import { act, button, choose, field, h, notice, panel, say } from "./dom.js";
import * as f from "./format.js";
import { ask, events, known, send } from "./server.js";

const MOST_PICTURE = 8 << 20;

export function mount(root) {
  const chat = makeChat();
  const nearest = makeNearest();
  root.append(chat.element, nearest.element);
  return { root, update({ state }) { chat.update(state); nearest.update(state); }, leave: chat.leave };
}

const answers = (path) => (model) => model.paths.includes(path);

// Chat

function makeChat() {
  const model = h("select");
  const most = h("input", { type: "number", min: 1, max: 8192, value: "256" });
  const heat = h("input", { type: "number", min: 0, max: 2, step: 0.1, value: "0.7" });
  const service = h("select");
  const text = h("textarea", { rows: 3, placeholder: "What is the capital of France?" });
  const picture = h("input", { type: "file", accept: "image/png,image/jpeg,image/webp" });
  const pictureField = field("Picture", picture, "PNG, JPEG or WebP, up to 8 MiB");
  const log = h("div", { class: "chat", role: "log", "aria-label": "Conversation", tabindex: "0" });
  const empty = h("p", { class: "empty" }, "Nothing has been asked yet. What you write stays in this page and goes to the chosen model.");
  const none = h("p", { class: "empty", hidden: true }, "No model here answers chats.");
  let services = [];
  let turns = [];
  let running = null;
  ask("/ember/v1/services").then((list) => { services = list.services.map((s) => s.name); }, (error) => notice(error.message, "bad"));
  const sendButton = h("button", { type: "submit", class: "main" }, "Send");
  const stop = h("button", { type: "button", hidden: true, onclick: () => running?.abort() }, "Stop");
  const clear = button("Start again", () => { running?.abort(); turns = []; log.replaceChildren(); empty.hidden = false; });

  const form = h("form", {
    onsubmit: (event) => { event.preventDefault(); act(sendButton, ask1); },
  }, h("div", { class: "fields" }, field("Model", model), field("Service", service), field("Most tokens", most), field("Temperature", heat)),
  field("Message", text), pictureField, h("p", { class: "row" }, sendButton, stop, clear));
  const chosen = () => known.state?.models.find((m) => m.name === model.value);
  const showPicture = () => { pictureField.hidden = chosen()?.pictures === "none"; };
  model.addEventListener("change", showPicture);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  async function ask1() {
    if (running) return;
    const image = picture.files[0] && !pictureField.hidden ? await asDataURL(picture.files[0]) : undefined;
    const own = text.value.trim();
    if (!own && !image) { text.focus(); return; }
    turns.push({ role: "user", content: image ? [...(own ? [{ type: "text", text: own }] : []), { type: "image_url", image_url: { url: image } }] : own });
    empty.hidden = true;
    log.append(turn("You", own, image));
    text.value = picture.value = "";
    const shown = turn(model.value, "");
    log.append(shown);
    running = new AbortController();
    stop.hidden = false;
    try {
      const answer = await stream(shown, running.signal);
      turns.push({ role: "assistant", content: answer });
    } catch (error) {
      turns.pop();
      shown.dataset.tone = "bad";
      say(shown.querySelector(".facts"), error.name === "AbortError" ? "stopped" : error.message);
    } finally {
      running = null;
      stop.hidden = true;
      log.scrollTop = log.scrollHeight;
    }
  }

  async function stream(shown, signal) {
    const began = performance.now();
    const response = await send("/v1/chat/completions", {
      method: "POST", signal, headers: service.value ? { "x-ember-service": service.value } : {},
      body: { model: model.value, messages: turns, stream: wantsStream(), max_tokens: Number(most.value), temperature: Number(heat.value), stream_options: wantsStream() ? { include_usage: true } : undefined },
    });
    const id = response.headers.get("x-ember-request-id");
    const place = response.headers.get("x-ember-served-by");
    const words = shown.querySelector(".words");
    const { answer, first, usage } = await read(response, words, began, log);
    const parts = [place && `served by ${place}`, first && `first token ${f.seconds(first)}`, usage && `${f.tokens(usage.completion_tokens)} tokens`,
      usage && first && `${f.number(usage.completion_tokens / Math.max((performance.now() - began) / 1000 - first, 0.001))} tokens/s`].filter(Boolean);
    shown.querySelector(".facts").replaceChildren(parts.join(" · "), " ", h("a", { href: `#requests/${id}` }, "Why there?"));
    return answer;
  }

  /** Vision models, programs of their own, need not know streams. */
  const wantsStream = () => chosen()?.kind !== "vision";

  return {
    element: panel("Chat", none, form, empty, log),
    update(state) {
      const able = state.models.filter(answers("/v1/chat/completions"));
      none.hidden = able.length > 0;
      form.hidden = able.length === 0;
      choose(model, able.map((m) => m.name));
      choose(service, [["", "the key's own"], ...services]);
      showPicture();
    },
    leave: () => running?.abort(),
  };
}

/** Writes the answer as it comes. */
async function read(response, words, began, log) {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    const whole = await response.json();
    const answer = whole.choices?.[0]?.message?.content ?? "";
    say(words, answer);
    return { answer, usage: whole.usage };
  }
  let answer = "";
  let first;
  let usage;
  for await (const data of events(response)) {
    if (data === "[DONE]") break;
    const event = JSON.parse(data);
    if (event.error) throw new Error(event.error.message);
    usage = event.usage ?? usage;
    const piece = event.choices?.[0]?.delta?.content;
    if (!piece) continue;
    first ??= (performance.now() - began) / 1000;
    answer += piece;
    say(words, answer);
    log.scrollTop = log.scrollHeight;
  }
  return { answer, first, usage };
}

function turn(who, words, image) {
  return h("div", { class: "turn" }, h("p", { class: "who" }, who), image && h("img", { src: image, alt: "The picture that was sent" }),
    h("p", { class: "words" }, words), h("p", { class: "facts note" }));
}

function asDataURL(file) {
  if (file.size > MOST_PICTURE) throw new Error(`The picture has ${f.bytes(file.size)}; choose one of at most ${f.bytes(MOST_PICTURE)}.`);
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("The picture could not be read."));
    reader.readAsDataURL(file);
  });
}

// Nearest

function makeNearest() {
  const model = h("select");
  const wanted = h("input", { value: "a warm day", required: true });
  const texts = h("textarea", { rows: 5, required: true }, "It is sunny outside.\nThe stock market fell.\nA cat sleeps on the sofa.\nSummer has come early.");
  const list = h("ol", { class: "nearest" });
  const none = h("p", { class: "empty", hidden: true }, "No embedding model is configured. One has embeddings: true in the configuration.");
  const submit = h("button", { type: "submit" }, "Compare");
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); act(submit, compare); } },
    h("div", { class: "fields" }, field("Embedding model", model), field("Text to compare", wanted)), field("With these, one a line", texts), h("p", {}, submit));

  async function compare() {
    const lines = texts.value.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, 100);
    if (lines.length === 0) { notice("Write at least one line to compare with.", "bad"); return; }
    const answer = await ask("/v1/embeddings", { method: "POST", body: { model: model.value, input: [wanted.value, ...lines] } });
    const [own, ...others] = answer.data.map((entry) => entry.embedding);
    const rows = lines.map((line, i) => ({ line, score: cosine(own, others[i]) })).sort((a, b) => b.score - a.score);
    list.replaceChildren(...rows.map(({ line, score }) => {
      const bar = h("span", { class: "level" });
      bar.style.width = `${Math.max(0, score) * 100}%`;
      return h("li", {}, h("span", { class: "num" }, score.toFixed(3)), h("span", { class: "track", "aria-hidden": "true" }, bar), h("span", {}, line));
    }));
  }

  return {
    element: panel("Nearest texts", none, form, list),
    update(state) {
      const able = state.models.filter((m) => m.paths.includes("/v1/embeddings") && !m.paths.includes("/v1/chat/completions"));
      const all = able.length > 0 ? able : state.models.filter(answers("/v1/embeddings"));
      none.hidden = all.length > 0;
      form.hidden = all.length === 0;
      choose(model, all.map((m) => m.name));
    },
  };
}

function cosine(a, b) {
  let [dot, left, right] = [0, 0, 0];
  a.forEach((value, i) => { dot += value * b[i]; left += value * value; right += b[i] * b[i]; });
  return dot / Math.max(Math.sqrt(left * right), 1e-12);
}
