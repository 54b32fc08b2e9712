"""The OCR worker with its real models."""

import base64
import http.client
import io
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest
from ember_setup.places import Places
from setup_helpers import PROJECT

EXAMPLE = PROJECT / "examples" / "ocr"
SAMPLE_TEXT = "Ember keeps the right models\nwarm at the edge of the network\nInvoice 2047: 318.50 EUR"
MODELS = Places.from_environment().models / "ocr"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


@pytest.fixture(scope="module")
def worker():
    if not (MODELS / "PP-OCRv6_rec_small.onnx").exists():
        pytest.skip(f"the OCR models are not in {MODELS}: run make setup")
    # Not pytest's folder: a socket's path must be shorter than about 100 characters.
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "ocr.sock"
        process = subprocess.Popen(
            [sys.executable, str(EXAMPLE / "worker.py"), "--socket", str(path), "--models", str(MODELS),
             "--max-pixels", "1000000"]
        )
        try:
            wait_until_it_listens(path, process)
            yield path
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
            assert not path.exists()


def wait_until_it_listens(path, process):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the worker ended"
        try:
            with socket.socket(socket.AF_UNIX) as attempt:
                attempt.connect(str(path))
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the worker does not listen after 30 s")


@pytest.fixture
def connection(worker):
    opened = UnixConnection(worker)
    yield opened
    opened.close()


def image_url(data):
    return "data:image/png;base64," + base64.b64encode(data).decode()


def request_body(url, **fields):
    parts = [{"type": "text", "text": "Read."}, {"type": "image_url", "image_url": {"url": url}}]
    return json.dumps({"model": "ocr", "messages": [{"role": "user", "content": parts}], **fields})


def post(connection, body):
    connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    return reply.status, reply.read()


def blank_png(width, height):
    from PIL import Image

    written = io.BytesIO()
    Image.new("1", (width, height), 1).save(written, "PNG")
    return written.getvalue()


def test_reads_the_sample(connection):
    status, body = post(connection, request_body(image_url((EXAMPLE / "sample.png").read_bytes())))
    reply = json.loads(body)
    assert status == 200
    assert reply["object"] == "chat.completion"
    assert reply["model"] == "ocr"
    assert reply["choices"][0]["message"] == {"role": "assistant", "content": SAMPLE_TEXT}
    assert reply["choices"][0]["finish_reason"] == "stop"
    usage = reply["usage"]
    assert usage["completion_tokens"] == len(SAMPLE_TEXT)
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_streams_the_sample_line_by_line(connection):
    url = image_url((EXAMPLE / "sample.png").read_bytes())
    status, body = post(connection, request_body(url, stream=True, stream_options={"include_usage": True}))
    events = body.decode().strip().split("\n\n")
    assert status == 200
    assert events[-1] == "data: [DONE]"
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    pieces = [choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"]]
    assert "".join(pieces) == SAMPLE_TEXT
    assert len([piece for piece in pieces if piece]) == 3
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["completion_tokens"] == len(SAMPLE_TEXT)


def test_answers_openais_client(worker):
    import httpx2
    import openai

    transport = httpx2.HTTPTransport(uds=str(worker))
    with openai.OpenAI(
        api_key="none", base_url="http://localhost/v1", http_client=httpx2.Client(transport=transport)
    ) as client:
        parts = [{"type": "image_url", "image_url": {"url": image_url((EXAMPLE / "sample.png").read_bytes())}}]
        reply = client.chat.completions.create(model="ocr", messages=[{"role": "user", "content": parts}])
    assert reply.choices[0].message.content == SAMPLE_TEXT


def test_picture_without_text_gives_an_empty_answer(connection):
    status, body = post(connection, request_body(image_url(blank_png(64, 64))))
    assert status == 200
    assert json.loads(body)["choices"][0]["message"]["content"] == ""


def test_health_and_models_on_one_connection(connection):
    for path, field in (("/health", "status"), ("/v1/models", "data")):
        connection.request("GET", path)
        reply = connection.getresponse()
        assert reply.status == 200
        assert field in json.loads(reply.read())


def test_takes_a_chunked_body(connection):
    body = request_body(image_url(blank_png(64, 64))).encode()
    connection.request(
        "POST", "/v1/chat/completions", iter([body[:50], body[50:]]), {"Transfer-Encoding": "chunked"},
        encode_chunked=True,
    )
    reply = connection.getresponse()
    assert reply.status == 200
    reply.read()


@pytest.mark.parametrize(
    "body, code, words",
    [
        ("{", None, "not valid JSON"),
        ("[]", None, "messages must be a list"),
        ('{"messages": [{"role": "user", "content": "hello"}]}', "missing_image", "no image"),
        (request_body("https://example.org/a.png"), "remote_image", "fetches nothing"),
        (request_body("data:image/png,abc"), "invalid_image", "of the form"),
        (request_body("data:image/png;base64,%%%"), "invalid_image", "not valid base64"),
        (request_body(image_url(b"no picture")), "invalid_image", "no readable image"),
        (request_body(image_url((EXAMPLE / "sample.png").read_bytes()[:2000])), "invalid_image", "no readable image"),
        (request_body(image_url(blank_png(2000, 2000))), "image_too_large", "2000 x 2000"),
        (request_body(5), None, "must be a string"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 24 else "",
)
def test_bad_request_is_explained(connection, body, code, words):
    status, answer = post(connection, body)
    error = json.loads(answer)["error"]
    assert status == 400
    assert error["type"] == "invalid_request_error"
    assert error["code"] == code
    assert words in error["message"]
    # The same connection still serves.
    assert post(connection, request_body(image_url(blank_png(8, 8))))[0] == 200


def test_unknown_path(connection):
    connection.request("GET", "/v1/nothing")
    reply = connection.getresponse()
    assert reply.status == 404
    assert "not served" in json.loads(reply.read())["error"]["message"]
