"""The `openai` package."""

import json

import common
import openai

OPTIONS = {"temperature": 0, "seed": 1}


def client(place):
    return openai.OpenAI(base_url=place.url + "/v1", api_key=place.key, max_retries=0, timeout=60)


def chat(place, text, **more):
    answer = client(place).chat.completions.create(
        model=place.model, messages=common.said(text), max_tokens=8, **OPTIONS, **more)
    choice, usage = answer.choices[0], answer.usage
    return {"text": choice.message.content, "ends": choice.finish_reason, "model": answer.model,
            "tokens": [usage.prompt_tokens, usage.completion_tokens]}


def stream(place, text):
    pieces, ends = [], None
    for event in client(place).chat.completions.create(
            model=place.model, messages=common.said(text), max_tokens=8, stream=True, **OPTIONS):
        for choice in event.choices:
            pieces.append(choice.delta.content or "")
            ends = choice.finish_reason or ends
    return {"text": "".join(pieces), "ends": ends, "in pieces": len(pieces) > 1}


def tools(place):
    ask = client(place).chat.completions.create
    history = common.said(common.WEATHER)
    first = ask(model=place.model, messages=history, tools=[common.TOOL], max_tokens=64, **OPTIONS)
    message = first.choices[0].message
    call = message.tool_calls[0]
    history += [message.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
    second = ask(model=place.model, messages=history, tools=[common.TOOL], max_tokens=8, **OPTIONS)
    return {"call": [call.function.name, json.loads(call.function.arguments)], "ends": first.choices[0].finish_reason,
            "text": second.choices[0].message.content}


def embeddings(place):
    answer = client(place).embeddings.create(model=place.model, input=common.TEXTS)
    return {**common.vectors([item.embedding for item in answer.data]), "tokens": answer.usage.prompt_tokens}


if __name__ == "__main__":
    common.main(common.cases(
        chat, stream, lambda place: chat(place, common.QUESTION, extra_body=common.BAD), tools, embeddings))
