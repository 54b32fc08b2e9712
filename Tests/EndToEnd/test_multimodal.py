"""A language model with a vision projector: pictures reach it, and it is loaded, counted and evicted as any other.

The projector's weights are random: what the model says of a picture means nothing, that it depends on it does.
"""

import base64
import io

import pytest
from ember_process import ROOT, SMOLLM2, memory_of_children
from make_projector import Shape, make_projector
from PIL import Image

SAMPLE = Image.open(ROOT / "examples/ocr/sample.png")
ROUND, STRAIGHT = Image.radial_gradient("L"), Image.linear_gradient("L")


@pytest.fixture
def projector(tmp_path):
    """Makes a projector's file."""

    def make(shape=Shape()):
        path = tmp_path / "projector.gguf"
        make_projector(path, shape)
        return path

    return make


def multimodal_and_plain(projector, budget):
    """The same language model with and without the projector, alike in all else."""
    return f"""
memory: {{budget: {budget}}}
models:
  seeing: {{path: {SMOLLM2}, mmproj: {projector}, context: 1024, parallel: 1}}
  plain: {{path: {SMOLLM2}, context: 1024, parallel: 1}}
"""


def data_url(picture):
    file = io.BytesIO()
    picture.convert("RGB").save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def look(server, *pictures, **options):
    """The answer of the multimodal model to one question on pictures."""
    content = [{"type": "text", "text": "What is this?"}]
    content += [{"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in pictures]
    body = {"model": "seeing", "messages": [{"role": "user", "content": content}], "max_tokens": 2, **options}
    status, _, answer = server.request("/v1/chat/completions", body)
    assert status == 200, answer
    return answer


def first_token(server, picture):
    """How likely the model holds each of the first tokens of an answer, by token."""
    # Without the cache, each answer is computed in the same batches, whatever was asked before.
    answer = look(server, picture, temperature=0, max_tokens=1, logprobs=True, top_logprobs=5, cache_prompt=False)
    candidates = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    return {candidate["token"]: candidate["logprob"] for candidate in candidates}


def test_a_projector_makes_a_model_multimodal(ember, projector):
    server = ember(multimodal_and_plain(projector(), "1GB"))
    listed = {model["id"]: model["kind"] for model in server.request("/v1/models")[2]["data"]}
    assert listed == {"seeing": "multimodal", "plain": "language"}
    assert server.model("seeing")["kind"] == "multimodal" and server.model("plain")["kind"] == "language"


def test_the_model_sees_pictures(ember, projector):
    server = ember(multimodal_and_plain(projector(), "1GB"))
    without, with_one = look(server), look(server, SAMPLE)
    assert with_one["choices"][0]["message"]["content"].strip()
    taken = with_one["usage"]["prompt_tokens"] - without["usage"]["prompt_tokens"]
    # Chat templates may put a line break beside a picture.
    assert Shape().picture_tokens <= taken <= Shape().picture_tokens + 2
    assert look(server, ROUND, STRAIGHT)["usage"]["prompt_tokens"] >= with_one["usage"]["prompt_tokens"] + taken - 2

    round_once, straight, round_again = (first_token(server, picture) for picture in (ROUND, STRAIGHT, ROUND))
    assert round_again == pytest.approx(round_once, abs=1e-3)
    assert straight != pytest.approx(round_once, abs=0.02)


def test_it_is_counted_and_evicted_as_any_other(ember, projector):
    # Large enough (10 MB) that leaving it out of the footprint would show.
    file = projector(Shape(width=256, forward=1024, blocks=6, heads=4))
    server = ember(multimodal_and_plain(file, "250MB"))
    estimate = server.model("seeing")["footprint_bytes"]
    larger_by = estimate - server.model("plain")["footprint_bytes"]
    assert 0.9 * file.stat().st_size < larger_by < 2 * file.stat().st_size

    look(server, SAMPLE)
    assert server.model("seeing")["status"] == "loaded" and server.model("plain")["status"] == "unloaded"
    assert server.state()["memory"]["occupied_bytes"] >= estimate
    # Another process that maps the same weights lowers this one's share, so only the upper bound is narrow.
    assert 0.5 * estimate < memory_of_children(server.process.pid) < 1.05 * estimate

    assert server.chat("plain", max_tokens=1)[0] == 200
    assert server.model("seeing")["status"] == "unloaded"
    look(server, SAMPLE)
    assert server.model("seeing")["status"] == "loaded" and server.model("plain")["status"] == "unloaded"
    evictions = [(d["newcomer"], d["victims"]) for d in server.state()["decisions"] if d["victims"]]
    assert sorted(evictions) == [("plain", ["seeing"]), ("seeing", ["plain"])]


def test_a_projector_for_another_model_is_refused(ember, projector):
    server = ember(multimodal_and_plain(projector(Shape(embedding=512)), "1GB"))
    status, _, answer = server.chat("seeing")
    assert status == 503 and answer["error"]["code"] == "model_failed", answer
    assert "mismatch" in answer["error"]["message"], "the cause, not the last line of the engine's log"
    assert server.chat("plain", max_tokens=1)[0] == 200
