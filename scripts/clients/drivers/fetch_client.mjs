// The fetch of node, as a program uses it. What common.py does for the other drivers, it does itself.
import { readFileSync } from "node:fs";

const places = JSON.parse(readFileSync(0, "utf8"));
const texts = JSON.parse(readFileSync(new URL("texts.json", import.meta.url), "utf8"));
const CHAT = "/v1/chat/completions";

function post(place, path, body) {
  return fetch(place.url + path, {
    method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(60000),
    headers: { authorization: `Bearer ${place.key}`, "content-type": "application/json" },
  });
}

class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function ask(place, path, body) {
  const answer = await post(place, path, body);
  if (!answer.ok) throw new Refused(answer.status, await answer.text());
  return answer.json();
}

function body(place, text, more = {}) {
  return {
    model: place.model, messages: [{ role: "user", content: text }], max_tokens: 8, temperature: 0, seed: 1, ...more,
  };
}

async function chat(place, text, more) {
  const answer = await ask(place, CHAT, body(place, text, more));
  const [choice] = answer.choices;
  return {
    text: choice.message.content, ends: choice.finish_reason, model: answer.model,
    tokens: [answer.usage.prompt_tokens, answer.usage.completion_tokens],
  };
}

async function stream(place, text) {
  const answer = await post(place, CHAT, body(place, text, { stream: true }));
  if (!answer.ok) throw new Refused(answer.status, await answer.text());
  const decoder = new TextDecoder();
  const events = [];
  let rest = "";
  for await (const piece of answer.body) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data: ")) events.push(line.slice(6).trim());
  }
  const documents = events.filter((event) => event !== "[DONE]").map((event) => JSON.parse(event));
  if (events.at(-1) !== "[DONE]") {
    const told = documents.some((event) => event.error);
    return { error: told ? "an error event in the stream" : "no more events", status: answer.status };
  }
  const pieces = documents.flatMap((event) => event.choices ?? []).map((choice) => choice.delta.content ?? "");
  return { text: pieces.join(""), "in pieces": pieces.length > 1 };
}

async function tools(place) {
  const more = { tools: [texts.tool] };
  const first = await ask(place, CHAT, body(place, texts.weather, { ...more, max_tokens: 64 }));
  const [choice] = first.choices;
  const [call] = choice.message.tool_calls;
  const messages = [
    { role: "user", content: texts.weather }, choice.message, { role: "tool", tool_call_id: call.id, content: "rain" },
  ];
  const second = await ask(place, CHAT, body(place, "", { ...more, messages }));
  return {
    call: [call.function.name, JSON.parse(call.function.arguments)], ends: choice.finish_reason,
    text: second.choices[0].message.content,
  };
}

async function embeddings(place) {
  const answer = await ask(place, "/v1/embeddings", { model: place.model, input: texts.inputs });
  return {
    vectors: answer.data.map((item) => [item.embedding.length, ...item.embedding.slice(0, 4).map((x) => Math.round(x * 100) / 100)]),
    tokens: answer.usage.prompt_tokens,
  };
}

const cases = {
  tools, embeddings, stream: (place) => stream(place, texts.question), "broken stream": (place) => stream(place, texts.question),
  "bad parameter": (place) => chat(place, texts.question, texts.bad), "too long": (place) => chat(place, `${texts.long} `.repeat(texts.long_times)),
};

for (const [name, place] of Object.entries(places)) {
  let outcome;
  try {
    outcome = await (cases[name] ?? ((place) => chat(place, texts.question)))(place);
  } catch (error) {
    outcome = error instanceof Refused
      ? { error: "an answer that is not ok", status: error.status, message: error.message.slice(0, 300) }
      : { error: `${error.name}: ${error.message}`, status: null, message: String(error.cause ?? "").slice(0, 300) };
  }
  console.log(JSON.stringify({ case: name, outcome }));
}
