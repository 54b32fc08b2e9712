"""References to the planner's rules: numbers without gaps, and none that docs/planner.md does not have."""

import re

from project import line_of

PAGE = "docs/planner.md"
_REFERENCE = re.compile(r"\b[Rr]ules? (\d+(?:(?:,| and| to|, and|, or| or) \d+)*)")


def numbers(text):
    return [int(number) for number in re.findall(r"^(\d+)\. ", text.split("\n## Old numbers")[0], re.M)]


def unknown_rules(project):
    known = numbers(project.texts[PAGE])
    for expected, number in enumerate(known, 1):
        if number != expected:
            yield f"{PAGE}: rule {number} stands where rule {expected} belongs; renumber the rules in their order"
            break
    for path in project.paths(".md", ".swift", ".py"):
        if path.startswith("Tests/Tidy/") or path == "CHANGELOG.md":
            continue
        text = project.texts[path]
        for found in _REFERENCE.finditer(text.split("\n## Old numbers")[0] if path == PAGE else text):
            for number in re.findall(r"\d+", found[1]):
                if int(number) not in known:
                    yield f"{path}:{line_of(text, found.start())}: {PAGE} has no rule {number}; name one that it has"
