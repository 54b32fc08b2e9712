"""curl."""

import json
import subprocess

import common

CHAT = "/v1/chat/completions"


def curl(place, path, body, *options):
    """(exit code, status, what came)."""
    done = subprocess.run(
        ["curl", "-sS", *options, "--max-time", "60", place.url + path, "-H", f"authorization: Bearer {place.key}",
         "-H", "content-type: application/json", "-w", "\n%{http_code}", "--data-binary", "@-"],
        input=json.dumps(body), capture_output=True, text=True)
    text, _, status = done.stdout.rpartition("\n")
    return done.returncode, int(status), text


def ask(place, path, body):
    """The document of a good answer; or what is shown of an error."""
    code, status, text = curl(place, path, body)
    if code == 0 and status == 200:
        return json.loads(text), None
    return None, {"error": f"exit {code}, {form(text)}", "status": status, "message": text[:300]}


def form(text):
    try:
        return "JSON with error.message" if json.loads(text)["error"]["message"] else text
    except (ValueError, KeyError, TypeError):
        return f"{len(text)} characters"


def body(place, text, **more):
    return {"model": place.model, "messages": common.said(text), "max_tokens": 8, "temperature": 0, "seed": 1, **more}


def chat(place, text, **more):
    document, error = ask(place, CHAT, body(place, text, **more))
    return error or {
        "text": document["choices"][0]["message"]["content"], "ends": document["choices"][0]["finish_reason"],
        "model": document["model"],
        "tokens": [document["usage"][name] for name in ("prompt_tokens", "completion_tokens")]}


def stream(place, text):
    code, status, text = curl(place, CHAT, body(place, text, stream=True), "-N")
    events = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    documents = [json.loads(event) for event in events if event != "[DONE]"]
    pieces = [choice["delta"].get("content") or "" for event in documents for choice in event.get("choices") or []]
    if code or events[-1] != "[DONE]":
        told = "an error event in the stream" if any("error" in event for event in documents) else "no more events"
        return {"error": f"exit {code}, {told}", "status": status, "message": text[-300:]}
    return {"text": "".join(pieces), "in pieces": len(pieces) > 1}


def tools(place):
    first, error = ask(place, CHAT, body(place, common.WEATHER, tools=[common.TOOL], max_tokens=64))
    if error:
        return error
    message = first["choices"][0]["message"]
    call = message["tool_calls"][0]
    history = [*common.said(common.WEATHER), message, {"role": "tool", "tool_call_id": call["id"], "content": "rain"}]
    second, error = ask(place, CHAT, {**body(place, "", tools=[common.TOOL]), "messages": history})
    return error or {
        "call": [call["function"]["name"], json.loads(call["function"]["arguments"])],
        "ends": first["choices"][0]["finish_reason"], "text": second["choices"][0]["message"]["content"]}


def embeddings(place):
    document, error = ask(place, "/v1/embeddings", {"model": place.model, "input": common.TEXTS})
    return error or {
        **common.vectors([item["embedding"] for item in document["data"]]), "tokens": document["usage"]["prompt_tokens"]}


if __name__ == "__main__":
    common.main(common.cases(chat, stream, lambda place: chat(place, common.QUESTION, **common.BAD), tools, embeddings))
