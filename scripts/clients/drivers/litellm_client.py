"""The `litellm` package, with its provider `openai/`."""

import json

import common
import litellm

litellm.telemetry = False
litellm.suppress_debug_info = True


def ask(place, messages, **more):
    return litellm.completion(
        model=f"openai/{place.model}", api_base=place.url + "/v1", api_key=place.key, messages=messages, num_retries=0,
        max_retries=0, timeout=60, **{"temperature": 0, "seed": 1, "max_tokens": 8, **more})


def chat(place, text, **more):
    answer = ask(place, common.said(text), **more)
    choice, usage = answer.choices[0], answer.usage
    return {"text": choice.message.content, "ends": choice.finish_reason, "model": answer.model,
            "tokens": [usage.prompt_tokens, usage.completion_tokens]}


def stream(place, text):
    choices = [event.choices[0] for event in ask(place, common.said(text), stream=True)]
    return {"text": "".join(choice.delta.content or "" for choice in choices), "ends": choices[-1].finish_reason,
            "in pieces": len(choices) > 2}


def tools(place):
    history = common.said(common.WEATHER)
    first = ask(place, history, tools=[common.TOOL], max_tokens=64).choices[0]
    call = first.message.tool_calls[0]
    history += [first.message.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
    second = ask(place, history, tools=[common.TOOL]).choices[0]
    return {"call": [call.function.name, json.loads(call.function.arguments)], "ends": first.finish_reason,
            "text": second.message.content}


def embeddings(place):
    answer = litellm.embedding(
        model=f"openai/{place.model}", api_base=place.url + "/v1", api_key=place.key, input=common.TEXTS, max_retries=0)
    return {**common.vectors([item["embedding"] for item in answer.data]), "tokens": answer.usage.prompt_tokens}


if __name__ == "__main__":
    common.main(common.cases(
        chat, stream, lambda place: chat(place, common.QUESTION, extra_body=common.BAD), tools, embeddings))
