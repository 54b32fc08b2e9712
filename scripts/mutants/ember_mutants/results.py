"""What became of faults: kept as JSON, told as Markdown."""

import dataclasses
import json

from .running import CRASHED, FOUND, HUNG, UNREACHED, Verdict


@dataclasses.dataclass
class Result:
    number: int
    path: str
    line: int  # from 1
    kind: str
    before: str
    after: str
    text: str
    module: str
    verdict: Verdict

    @property
    def key(self):
        return self.path, self.text, self.before, self.after


def of(mutant, text, verdict):
    site = mutant.site
    return Result(
        mutant.number, site.path, site.line + 1, site.kind, site.before, site.after, text.strip(), mutant.module.name, verdict)


def save(path, results):
    path.write_text(json.dumps([dataclasses.asdict(result) for result in results], indent=1) + "\n")


def load(path):
    return [Result(**{**one, "verdict": Verdict(**one["verdict"])}) for one in json.loads(path.read_text())]


def excuses(path):
    """By fault, why it changes nothing that counts."""
    return {(one["path"], one["text"], one["before"], one["after"]): one["why"] for one in json.loads(path.read_text())}


def markdown(results, excused, heading):
    """The report: counts, then each fault that lived."""
    found = [one for one in results if one.verdict.is_found]
    named = [one for one in results if not one.verdict.is_found and one.key in excused]
    lived = [one for one in results if not one.verdict.is_found and one.key not in excused]
    counted = len(found) + len(lived)
    share = 100 * len(found) / counted if counted else 0
    lines = [
        "# Mutants", heading, "",
        f"{len(results)} faults were planted, each by itself. {len(found)} were found, {len(named)} of the others change nothing that "
        f"counts (each is named below with the reason), {len(lived)} lived: {share:.0f} % of those that count were found.", "",
        *_table("module", "module", results, found, named, lived), "", *_table("change", "kind", results, found, named, lived), ""]
    ways = [f"{sum(one.verdict.outcome == way for one in found)} {words}" for way, words in (
        (FOUND, "by a test that failed"), (CRASHED, "by a crash"), (HUNG, "by a time limit"))]
    lines += [f"Found: {', '.join(ways)}.", ""]
    if lived:
        lines += ["## Lived", "", *(_line(one) for one in lived), ""]
    if named:
        lines += ["## Change nothing that counts", "", *(f"{_line(one)} {excused[one.key]}" for one in named), ""]
    return "\n".join(lines)


def _table(title, field, *groups):
    yield f"| {title} | planted | found | change nothing | lived |"
    yield "|---|---:|---:|---:|---:|"
    for name in sorted({getattr(one, field) for one in groups[0]}):
        yield f"| {name} | " + " | ".join(str(sum(getattr(one, field) == name for one in group)) for group in groups) + " |"


def _line(one):
    change = f"`{one.before}` became `{one.after}`" if one.after else "left out"
    unreached = ", which no test reaches" if one.verdict.outcome == UNREACHED else ""
    return f"- {one.path.removeprefix('Sources/')}:{one.line}, {change} in `{one.text}`{unreached}."
