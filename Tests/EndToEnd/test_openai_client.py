"""The `openai` package, unchanged, against real models."""

import openai
import pytest

from ember_process import MINILM, SMOLLM2, Ember

CONFIG = f"""
memory: {{budget: 700MB}}
keys:
  - {{key: secret-of-alice, name: alice}}
services: {{default: {{}}, captions: {{}}}}
models:
  smollm2: {{path: {SMOLLM2}, context: 2048, aliases: [gpt-4o-mini]}}
  minilm: {{path: {MINILM}, embeddings: true, context: 512}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Ember(CONFIG, tmp_path_factory.mktemp("openai")) as ember:
        yield ember


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="secret-of-alice", max_retries=0)


def ask(client, **options):
    messages = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
    return client.chat.completions.create(
        model="smollm2", messages=messages, max_tokens=16, temperature=0, **options
    )


def test_chat(client):
    answer = ask(client)
    assert "Paris" in answer.choices[0].message.content
    assert answer.usage.completion_tokens > 0
    assert answer.model == "smollm2"


def test_chat_by_alias(client):
    answer = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}], max_tokens=4
    )
    assert answer.choices[0].message.content


def test_streaming_gives_the_same_answer_in_pieces(client):
    whole = ask(client).choices[0].message.content
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert len([piece for piece in pieces if piece]) > 1
    assert "".join(pieces) == whole
    assert chunks[-1].usage.total_tokens > 0


def test_legacy_completions(client):
    answer = client.completions.create(model="smollm2", prompt="The capital of France is", max_tokens=8, temperature=0)
    assert "Paris" in answer.choices[0].text


def test_embeddings_tell_related_from_unrelated(client):
    texts = ["A cat sits on the mat.", "A kitten rests on a rug.", "Interest rates rose by a quarter point."]
    vectors = [item.embedding for item in client.embeddings.create(model="minilm", input=texts).data]

    def cosine(a, b):
        return sum(x * y for x, y in zip(a, b)) / (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5

    assert cosine(vectors[0], vectors[1]) > cosine(vectors[0], vectors[2]) + 0.2


def test_models_are_listed_loaded_or_not(client):
    assert [model.id for model in client.models.list().data] == ["smollm2", "gpt-4o-mini", "minilm"]
    assert client.models.retrieve("minilm").id == "minilm"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing")


def test_tools_and_unknown_parameters_reach_the_engine(client):
    answer = ask(client, extra_body={"cache_prompt": False, "timings_per_token": True, "n_probs": 2})
    assert answer.choices[0].logprobs is not None


def test_the_engines_own_errors_pass_through(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="smollm2", messages="no list", max_tokens=4)
    assert caught.value.body["message"]


def test_unknown_model(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "x"}])
    assert caught.value.body["code"] == "model_not_found"
    assert "smollm2" in caught.value.body["message"]


def test_wrong_key(server):
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as caught:
        client.models.list()
    assert caught.value.body["code"] == "invalid_api_key"
    assert "wrong" not in "".join(server.log) and "secret-of-alice" not in "".join(server.log)


def test_unknown_service(client):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, extra_headers={"x-ember-service": "nothing"})
    assert caught.value.body["code"] == "service_not_found"


def test_responses_and_messages(server, client):
    answer = client.responses.create(model="smollm2", input="Say hello.", max_output_tokens=16)
    assert answer.output_text
    status, _, body = server.request(
        "/v1/messages",
        {"model": "smollm2", "max_tokens": 8, "messages": [{"role": "user", "content": "Hello"}]},
        {"x-api-key": "secret-of-alice"},
    )
    assert status == 200 and body["content"][0]["text"]


def test_context_of_a_service_grows_with_its_requests(server, client):
    def age(service):
        status, _, state = server.request("/ember/v1/state", headers={"authorization": "Bearer secret-of-alice"})
        model = next(model for model in state["models"] if model["name"] == "smollm2")
        return next((c["held_examples"] for c in model["contexts"] if c["service"] == service), 0)

    before, other = age("captions"), age("default")
    for _ in range(3):
        ask(client, extra_headers={"x-ember-service": "captions"})
    assert age("captions") == before + 3
    assert age("default") == other
