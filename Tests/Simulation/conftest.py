import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from ember_binary import BINARY  # noqa: E402


@pytest.fixture(scope="session")
def ember():
    """Runs ember with arguments, and variables of the environment; returns what it printed."""
    assert pathlib.Path(BINARY).exists(), "ember is missing: run make build-debug"

    def run(*arguments, fails=False, cwd=None, **variables):
        done = subprocess.run(
            [os.path.abspath(BINARY), *map(str, arguments)], capture_output=True, text=True, timeout=600, cwd=cwd,
            env={**os.environ, **variables})
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout

    return run


@pytest.fixture(scope="session")
def traces(tmp_path_factory):
    """A folder with small files under the names that shipped scenarios ask for."""
    folder = tmp_path_factory.mktemp("traces")
    (folder / "servegen").mkdir()
    # gzip is a format for other tests; plain text under the same name is read as well.
    (folder / "servegen/servegen_rates.csv.gz").write_text(
        "category,model,client,t_s,rate_rps,cv,pattern,p1,p2\n"
        + "".join(f"language,m,{c},{600 * t},{c + t + 1},{1 + c / 3},Gamma,1,1\n" for c in range(16) for t in range(30))
    )
    (folder / "azure-mooncake.csv").write_text(
        "time,service,model,input_tokens,output_tokens\n"
        + "".join(f"{t},{'ab'[t % 2]},,{t * 397 % 9000},{t % 7}\n" for t in range(3600))
    )
    return folder


@pytest.fixture(scope="session")
def rows(ember):
    """Runs ember with arguments; returns the rows of its JSON by policy."""

    def run(*arguments):
        return {row["policy"]: row for row in json.loads(ember(*arguments, "--format", "json"))["rows"]}

    return run
