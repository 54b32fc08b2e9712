"""The `langchain-openai` package."""

import common
import langchain_core.messages
import langchain_openai


def model(place, **more):
    return langchain_openai.ChatOpenAI(
        model=place.model, base_url=place.url + "/v1", api_key=place.key, max_retries=0, timeout=60,
        **{"temperature": 0, "seed": 1, "max_tokens": 8, **more})


def chat(place, text, **more):
    answer = model(place, **more).invoke(text)
    return {"text": answer.content, "ends": answer.response_metadata["finish_reason"],
            "model": answer.response_metadata["model_name"],
            "tokens": [answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]]}


def stream(place, text):
    parts = list(model(place).stream(text))
    return {"text": "".join(part.content for part in parts), "in pieces": len(parts) > 2,
            "ends": next(filter(None, (part.response_metadata.get("finish_reason") for part in parts)), None)}


def tools(place):
    first = model(place, max_tokens=64).bind_tools([common.TOOL]).invoke(common.WEATHER)
    call = first.tool_calls[0]
    history = [langchain_core.messages.HumanMessage(common.WEATHER), first,
               langchain_core.messages.ToolMessage("rain", tool_call_id=call["id"])]
    second = model(place).bind_tools([common.TOOL]).invoke(history)
    return {"call": [call["name"], call["args"]], "ends": first.response_metadata["finish_reason"], "text": second.content}


def embeddings(place):
    # Without this setting it sends tokens of OpenAI's vocabulary, whatever the model is.
    client = langchain_openai.OpenAIEmbeddings(
        model=place.model, base_url=place.url + "/v1", api_key=place.key, max_retries=0, check_embedding_ctx_length=False)
    return common.vectors(client.embed_documents(common.TEXTS))


if __name__ == "__main__":
    common.main(common.cases(
        chat, stream, lambda place: chat(place, common.QUESTION, extra_body=common.BAD), tools, embeddings))
