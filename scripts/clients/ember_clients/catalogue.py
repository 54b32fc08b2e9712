"""The clients that are tried: how each is pointed at Ember, what runs it, and which version it is."""

import pathlib
import re
import shutil
import subprocess
import sys
from collections import namedtuple

DRIVERS = pathlib.Path(__file__).resolve().parents[1] / "drivers"

#: `package` is what pip calls it, with the set of packages that has it; `program` one that the machine has. `lacks` names the
#: cases that it has no call for; `language` is that of `pointing`.
Client = namedtuple("Client", "name driver language pointing package packages program lacks", defaults=(None, None, None, ()))

CLIENTS = (
    Client("openai", "openai_client.py", "python", """\
client = openai.OpenAI(base_url="http://127.0.0.1:11500/v1", api_key="none")
client.chat.completions.create(model="smollm2", messages=[{"role": "user", "content": "Hello"}])""", "openai", "clients"),
    Client("anthropic", "anthropic_client.py", "python", """\
client = anthropic.Anthropic(base_url="http://127.0.0.1:11500", api_key="none")
client.messages.create(model="smollm2", max_tokens=32, messages=[{"role": "user", "content": "Hello"}])""",
           "anthropic", "clients", lacks=("embeddings",)),
    Client("ollama", "ollama_client.py", "python", """\
client = ollama.Client("http://127.0.0.1:11500")     # or OLLAMA_HOST=127.0.0.1:11500
client.chat("smollm2", [{"role": "user", "content": "Hello"}])""", "ollama", "clients"),
    Client("litellm", "litellm_client.py", "python", """\
where = {"api_base": "http://127.0.0.1:11500/v1", "api_key": "none"}
litellm.completion(model="openai/smollm2", messages=[{"role": "user", "content": "Hello"}], **where)""", "litellm", "clients"),
    Client("langchain-openai", "langchain_client.py", "python", """\
model = langchain_openai.ChatOpenAI(model="smollm2", base_url="http://127.0.0.1:11500/v1", api_key="none")
model.invoke("Hello")     # OpenAIEmbeddings needs check_embedding_ctx_length=False""", "langchain-openai", "clients"),
    Client("llm", "llm_client.py", "yaml", """\
# In extra-openai-models.yaml, in the folder of "llm logs path"; then: llm -m ember Hello
- {model_id: ember, model_name: smollm2, api_base: "http://127.0.0.1:11500/v1", supports_tools: true}""",
           "llm", "clients"),
    Client("aider", "aider_client.py", "sh", """\
export OPENAI_API_BASE=http://127.0.0.1:11500/v1 OPENAI_API_KEY=none
aider --model openai/smollm2""", "aider-chat", "aider", lacks=("tools", "embeddings")),
    Client("node's fetch", "fetch_client.mjs", "js", """\
const body = JSON.stringify({ model: "smollm2", messages: [{ role: "user", content: "Hello" }] });
const answer = await fetch("http://127.0.0.1:11500/v1/chat/completions", { method: "POST", body });""", program="node"),
    Client("curl", "curl_client.py", "sh", """\
curl http://127.0.0.1:11500/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model": "smollm2", "messages": [{"role": "user", "content": "Hello"}]}'""", program="curl"),
)


def command(client, pythons):
    """What runs the client's driver, and why it cannot be run: one of the two. `pythons` has a program or a reason by set."""
    if client.program and not shutil.which(client.program):
        return None, f"no {client.program}"
    driver = str(DRIVERS / client.driver)
    if client.driver.endswith(".mjs"):
        return [client.program, driver], None
    python, reason = pythons[client.packages] if client.packages else (sys.executable, None)
    return (None, reason) if reason else ([str(python), driver], None)


def version(client, pythons):
    if client.program:
        said = subprocess.run([client.program, "--version"], capture_output=True, text=True).stdout
        return re.search(r"\d+(\.\d+)+", said)[0]
    code = f"import importlib.metadata as m; print(m.version({client.package!r}))"
    return subprocess.run([pythons[client.packages][0], "-c", code], capture_output=True, text=True).stdout.strip()
