#!/usr/bin/env python3
"""Runs every fuzz target for a time and prints executions, coverage and findings; docs/testing.md says more."""

import argparse
import datetime
import os
import pathlib
import platform
import re
import shlex
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "Fuzz"
REPORT = ROOT / "Benchmarks/results/fuzz.md"
# An input that takes longer, or more memory, is a finding.
SECONDS_PER_INPUT, MEGABYTES = 20, 3072
LONGEST = {"gguf": 8192, "split": 8192, "configuration": 16384, "scenario": 16384, "events": 16384}

BUILD = [
    "build", "-c", "release", "--product", "EmberFuzz", "-Xswiftc", "-enable-testing", "--sanitize", "fuzzer",
    "-Xswiftc", "-sanitize=address,fuzzer"]


def say(text):
    print(text, flush=True)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target, by default %(default)s")
    parser.add_argument("--targets", help="separated by commas; by default all")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 1) // 2), help="targets side by side, by default %(default)s")
    parser.add_argument("--swift", default="swift", help="how Swift is called, by default %(default)s")
    parser.add_argument("--binary", type=pathlib.Path, help="of an earlier build")
    parser.add_argument("--corpus", type=pathlib.Path, default=PACKAGE / ".build/corpus", help="where inputs that reach something new are kept")
    parser.add_argument("--findings", type=pathlib.Path, default=PACKAGE / "Findings", help="where inputs of findings are kept")
    parser.add_argument("--report", action="store_true", help=f"write {REPORT.relative_to(ROOT)}")
    return parser.parse_args(arguments)


def known_targets():
    text = (PACKAGE / "Sources/EmberFuzz/Targets.swift").read_text()
    return re.findall(r'"(\w+)": fuzz\w+', text)


def build(swift):
    subprocess.run([*swift, *BUILD], cwd=PACKAGE, check=True)
    shown = subprocess.run([*swift, "build", "-c", "release", "--show-bin-path"], cwd=PACKAGE, check=True, stdout=subprocess.PIPE, text=True)
    return pathlib.Path(shown.stdout.strip()) / "EmberFuzz"


class Run:
    """One target at work."""

    def __init__(self, target, options, binary):
        self.target = target
        self.corpus = options.corpus / target
        self.findings = options.findings / target
        for folder in (self.corpus, self.findings):
            folder.mkdir(parents=True, exist_ok=True)
        self.log = options.findings / f"{target}.log"
        environment = {
            **os.environ, "EMBER_FUZZ_TARGET": target, "SWIFT_BACKTRACE": "enable=no",
            # What a target holds on purpose, such as its folder's name, is no leak.
            "ASAN_OPTIONS": "detect_leaks=0:symbolize=0:handle_abort=0"}
        command = [
            str(binary), f"-max_total_time={options.seconds}", f"-timeout={SECONDS_PER_INPUT}", f"-rss_limit_mb={MEGABYTES}",
            f"-max_len={LONGEST.get(target, 4096)}", f"-artifact_prefix={self.findings}/", "-print_final_stats=1",
            "-use_value_profile=1", str(self.corpus), str(PACKAGE / "Corpus" / target)]
        self.began = time.monotonic()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=PACKAGE, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def result(self):
        code = self.process.wait()
        text = self.log.read_text(errors="replace")
        shutil.rmtree(f"/dev/shm/ember-fuzz-{self.process.pid}", ignore_errors=True)
        counted = re.findall(r"^#(\d+)\t.*?cov: (\d+) ft: (\d+) corp: (\d+)/", text, re.M)
        last = counted[-1] if counted else ("0", "0", "0", "0")
        executed = re.search(r"stat::number_of_executed_units: (\d+)", text)
        # Slow ones are only slow on a busy machine: what takes too long is a timeout.
        since = time.time() - (time.monotonic() - self.began) - 1
        found = sorted(
            path for path in self.findings.iterdir()
            if not path.name.startswith("slow-unit") and path.stat().st_mtime >= since)
        broken = re.search(r"broken promise.*|Fatal error.*|ERROR: (?:AddressSanitizer|libFuzzer).*", text)
        return {
            "target": self.target, "executions": int(executed[1]) if executed else int(last[0]), "edges": int(last[1]),
            "corpus": int(last[3]), "seconds": time.monotonic() - self.began, "findings": found,
            "why": broken[0][:200] if broken else ("" if code == 0 else f"exit status {code}")}


def main():
    options = parse(sys.argv[1:])
    targets = options.targets.split(",") if options.targets else known_targets()
    if unknown := set(targets) - set(known_targets()):
        sys.exit(f"fuzz: no such target: {', '.join(sorted(unknown))}. There are {', '.join(known_targets())}.")
    binary = options.binary or build(shlex.split(options.swift))
    waiting, running, results = list(targets), [], []
    while waiting or running:
        while waiting and len(running) < options.jobs:
            running.append(Run(waiting.pop(0), options, binary))
        for run in [one for one in running if one.process.poll() is not None]:
            running.remove(run)
            results.append(run.result())
            say(line(results[-1]))
        time.sleep(0.2)
    report = markdown(results, options)
    say("\n" + report)
    if options.report:
        REPORT.write_text(report)
    sys.exit(1 if any(result["findings"] or result["why"] for result in results) else 0)


def line(result):
    found = "".join(f"\n    {path}: {result['why']}" for path in result["findings"])
    return (f"{result['target']}: {result['executions']} executions in {result['seconds']:.0f} s, {result['edges']} edges, "
            f"{result['corpus']} inputs{found or (' ' + result['why'] if result['why'] else '')}")


def markdown(results, options):
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], stdout=subprocess.PIPE, text=True).stdout.strip()
    lines = [
        "# Fuzzing",
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, {commit}. Made by "
        f"`make fuzz SECONDS={options.seconds}`, with libFuzzer and the address sanitizer.", "",
        "| target | executions | seconds | edges | inputs kept | findings |", "|---|---:|---:|---:|---:|---:|"]
    for result in sorted(results, key=lambda one: one["target"]):
        lines.append(
            f"| {result['target']} | {result['executions']:,} | {result['seconds']:.0f} | {result['edges']:,} | {result['corpus']:,} | "
            f"{len(result['findings'])} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
