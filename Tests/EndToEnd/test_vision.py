"""A vision model as any other: loaded, counted and evicted; and multimodal requests passed through."""

import base64

from ember_process import ROOT, SMOLLM2

PICTURE = base64.b64encode((ROOT / "examples/ocr/sample.png").read_bytes()).decode()


def read_picture(server, model="ocr"):
    content = [
        {"type": "text", "text": "Read the text."},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
    ]
    return server.request("/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": content}]})


def test_ocr_is_loaded_counted_and_evicted(ember):
    server = ember(
        f"""
memory: {{budget: 400MB}}
models:
  ocr:
    kind: vision
    command: ["${{cache_dir}}/python/bin/python", {ROOT}/examples/ocr/worker.py, --socket, "${{socket}}", --models, "${{models_dir}}/ocr"]
    memory: 260MB
  small: {{path: {SMOLLM2}, context: 2048}}
"""
    )
    status, headers, answer = read_picture(server)
    assert status == 200, answer
    assert len(answer["choices"][0]["message"]["content"].splitlines()) == 3
    assert server.model("ocr")["status"] == "loaded" and server.model("ocr")["kind"] == "vision"
    assert server.chat("small", max_tokens=1)[0] == 200
    assert server.model("ocr")["status"] == "unloaded"
    evictions = [d for d in server.state()["decisions"] if d["victims"] == ["ocr"]]
    assert evictions and evictions[0]["newcomer"] == "small"


def test_a_chat_model_is_not_loaded_for_pictures(ember):
    server = ember(f"models: {{small: {{path: {SMOLLM2}, context: 1024}}}}\n")
    status, _, answer = read_picture(server, "small")
    assert status == 400 and "cannot read pictures" in answer["error"]["message"], answer
    assert server.state()["cost"]["loads"] == 0
