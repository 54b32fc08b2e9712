"""The `anthropic` package."""

import anthropic
import common

TOOL = {"name": "weather", "description": "The weather", "input_schema": common.PARAMETERS}


def client(place):
    return anthropic.Anthropic(base_url=place.url, api_key=place.key, max_retries=0, timeout=60)


def options(place, text, **more):
    return {"model": place.model, "max_tokens": 8, "messages": common.said(text), "extra_body": {"temperature": 0},
            **more}


def shape(answer):
    # What the engine still had of an earlier request depends on the order of requests.
    read = answer.usage.input_tokens + (answer.usage.cache_read_input_tokens or 0)
    return {"text": "".join(part.text for part in answer.content if part.type == "text"), "ends": answer.stop_reason,
            "model": answer.model, "tokens": [read, answer.usage.output_tokens]}


def chat(place, text, **more):
    return shape(client(place).messages.create(**options(place, text, **more)))


def stream(place, text):
    with client(place).messages.stream(**options(place, text)) as events:
        pieces = list(events.text_stream)
        answer = events.get_final_message()
    return {"text": "".join(pieces), "ends": answer.stop_reason, "in pieces": len(pieces) > 1}


def tools(place):
    ask = client(place).messages.create
    first = ask(**options(place, common.WEATHER, tools=[TOOL], max_tokens=64))
    call = next(part for part in first.content if part.type == "tool_use")
    history = [*common.said(common.WEATHER), {"role": "assistant", "content": [call.model_dump(exclude_none=True)]}, {
        "role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "rain"}]}]
    second = ask(**{**options(place, "", tools=[TOOL]), "messages": history})
    return {"call": [call.name, call.input], "ends": first.stop_reason, "text": shape(second)["text"]}


if __name__ == "__main__":
    common.main(common.cases(chat, stream, lambda place: chat(place, common.QUESTION, extra_body=common.BAD), tools))
