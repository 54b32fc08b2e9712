"""The configurations of the compared Embers: with the least settings, with every feature of a request's path, with slots."""

from .systems import KEY, MODEL, NULL_ENGINE, NULL_LLAMA_SERVER

SERVICE, UPSTREAM = "visitors", "away"
#: Dear enough that no request is sent there.
COSTS = {"load": 1, "cloud": 1000, "token": 0.0001, "transmission": 0.0055, "joules": 0.5}
ACCURACY = {"zero_shot": 0.5, "gain": 0.1, "alpha": 0.5}


def bare():
    return {
        "memory": {"budget": "500MB"},
        "models": {
            MODEL: {"command": [str(NULL_ENGINE), "${socket}"], "memory": "50MB", "parallel": 64, "preload": True},
            "smollm2": {"path": "SmolLM2-135M-Instruct-Q4_1.gguf", "context": 4096},
        },
    }


def everything_on():
    """Bounds are wide: all of them are looked at, and none is reached."""
    settings = bare()
    for model in settings["models"].values():
        model |= {"cloud": {"upstream": UPSTREAM}, "costs": COSTS, "accuracy": ACCURACY}
    return settings | {
        "keys": [{"key": KEY, "tenant": "museum", "service": SERVICE}],
        "services": {SERVICE: {"deadline": "20s", "budget": {"day": 1000, "month": 10_000}}},
        "default_service": SERVICE,
        "queue": {"max_wait": "30s"},
        # No server listens there, and no request is sent there.
        "upstreams": {UPSTREAM: {"url": "http://127.0.0.1:9/v1", "prices": {"input": 15, "output": 60}}},
        "budget": {"day": 1000, "month": 10_000},
        "energy": {"budget": 1_000_000_000, "price": 0.001},
        "events": {"record": True, "decisions": True},
    }


def slots():
    """llama-server's slots are Ember's to give. No request waits for one, and their pool is wide enough for all."""
    return _llama_server({"path": "SmolLM2-135M-Instruct-Q4_1.gguf", "context": 65_536})


def without_metrics():
    return slots() | {"metrics": {"enabled": False}}


def embeddings():
    return _llama_server({"path": "all-MiniLM-L6-v2-F16.gguf", "embeddings": True, "context": 512})


def _llama_server(model):
    return {
        "memory": {"budget": "500MB"},
        "llama_server": str(NULL_LLAMA_SERVER),
        "models": {MODEL: {"memory": "50MB", "parallel": 64, "preload": True, **model}},
    }
