"""The `ollama` package."""

import common
import ollama

OPTIONS = {"temperature": 0, "num_predict": 8, "seed": 1}


def client(place):
    return ollama.Client(place.url, headers={"authorization": f"Bearer {place.key}"}, timeout=60)


def chat(place, text, **more):
    answer = client(place).chat(place.model, common.said(text), options={**OPTIONS, **more})
    return {"text": answer.message.content, "ends": answer.done_reason, "model": answer.model,
            "tokens": [answer.prompt_eval_count, answer.eval_count]}


def stream(place, text):
    *parts, last = client(place).chat(place.model, common.said(text), options=OPTIONS, stream=True)
    return {"text": "".join(part.message.content for part in parts), "ends": last.done_reason, "in pieces": len(parts) > 1}


def tools(place):
    history = common.said(common.WEATHER)
    first = client(place).chat(place.model, history, tools=[common.TOOL], options={**OPTIONS, "num_predict": 64})
    call = first.message.tool_calls[0]
    history += [first.message.model_dump(exclude_none=True), {"role": "tool", "tool_name": "weather", "content": "rain"}]
    second = client(place).chat(place.model, history, tools=[common.TOOL], options=OPTIONS)
    return {"call": [call.function.name, dict(call.function.arguments)], "ends": first.done_reason,
            "text": second.message.content}


def embeddings(place):
    answer = client(place).embed(place.model, common.TEXTS)
    return {**common.vectors(answer.embeddings), "tokens": answer.prompt_eval_count}


if __name__ == "__main__":
    common.main(common.cases(chat, stream, lambda place: chat(place, common.QUESTION, **common.BAD), tools, embeddings))
