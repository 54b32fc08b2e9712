"""The `llm` package, whose models are declared in a file of its own folder."""

import contextlib
import json
import os
import pathlib

import common
import llm

#: A name that it has an embedding model for; both servers have it as another name of theirs.
EMBEDDING_MODEL = "text-embedding-3-small"


@contextlib.contextmanager
def model(place):
    name = f"try-{place.model}"
    declared = {"model_id": name, "model_name": place.model, "api_base": place.url + "/v1", "api_key_name": "trial",
                "supports_schema": True, "supports_tools": True}
    # JSON is YAML.
    pathlib.Path(os.environ["LLM_USER_PATH"], "extra-openai-models.yaml").write_text(json.dumps([declared]))
    found = llm.get_model(name)
    found.key = place.key
    yield found


def chat(place, text, **more):
    with model(place) as found:
        answer = found.prompt(text, stream=False, temperature=0, max_tokens=8, **more)
        used = answer.usage()
        return {"text": answer.text(), "tokens": [used.input, used.output]}


def stream(place, text):
    with model(place) as found:
        pieces = list(found.prompt(text, temperature=0, max_tokens=8))
        return {"text": "".join(pieces), "in pieces": len(pieces) > 1}


def tools(place):
    calls = []
    weather = llm.Tool(
        name="weather", description="The weather", input_schema=common.PARAMETERS,
        implementation=lambda city: calls.append(["weather", {"city": city}]) or "rain")
    with model(place) as found:
        text = found.conversation().chain(
            common.WEATHER, tools=[weather], chain_limit=3, options={"temperature": 0, "max_tokens": 64}).text()
    return {"call": calls[0], "text": text}


def embeddings(place):
    os.environ["OPENAI_BASE_URL"] = place.url + "/v1"
    found = llm.get_embedding_model(EMBEDDING_MODEL)
    found.key = place.key
    return common.vectors(found.embed_multi(common.TEXTS))


if __name__ == "__main__":
    common.main(common.cases(
        chat, stream, lambda place: chat(place, common.QUESTION, schema={"type": "zzz"}), tools, embeddings))
