"""Words of the old dialect, with what to write instead. A reader of English should not have to guess."""

import re

from project import line_of

BANNED = {
    r"whoever": "name the subject: the client, the request, the process",
    r"(?:no|any|some)body(?:'s)?": "name the subject: no client, any request, an instance",
    r"it is (?:looked\b|(?:asked|said|told) (?:whether|that|for)\b)": "say who does it: 'Ember considers', 'the planner weighs'",
    r"(?:is|are|was|were|be|been|being) (?:\w+ )?told\b(?! apart)": "'receives', 'is notified of', 'reports'",
    r"(?:tells?|told|speaks?|hears?|heard) of\b": "'reports', 'names', 'learns about'",
    r"so (?:many|much|long|often|few)\b(?! (?:as|that))": "name the number: 'at most `limit` requests', 'after this time'",
    r"of late\b": "'recently', or the window that counts",
    r"answer(?:s|ed)? (?:so )?well\b": "'answers successfully'",
    r"left alone": "'not used', 'disabled until'",
    r"(?:sees?|seeing|saw) to\b": "'handles', 'ensures'",
    r"(?:come|comes|came|bring|brings|brought) (?:it |them |the \w+ )?about\b": "'happens', 'causes'",
    r"held against": "'compared with', 'checked against'",
    r"lots (?:follow|are drawn)|draws? (?:no )?lots|drawn by lot|by lot\b": "'at random', 'the seed of'",
    r"(?:is|are|be|was) (?:only )?(?:to be )?had\b": "'comes from', 'is available'",
    r"anew\b": "'again', 'new'",
    r"in the mean\b": "'on average'",
    r"(?:mak(?:e|es|ing)|made) place": "'makes room'",
    r"a like (?=[A-Z])": "'a similar'",
    r"whose word": "say which setting or answer decides",
    r"in words\b(?! of)|words for\b": "'as a message'",
    r"what (?:it|they|that|all|this|one) (?:comes?|came) to\b": "'the total', 'the result'",
}
# A space may be a line's end, with what marks the next line as a comment.
_SPACE = r"(?: |\s*\n\s*(?:///? ?|# ?)?)"
_ANY = re.compile("|".join(
    rf"(?P<w{index}>\b(?:{pattern.replace(' ', _SPACE)}))" for index, pattern in enumerate(BANNED)), re.I)
_ADVICE = list(BANNED.values())


def pages_and_sources(project):
    """What readers and users read: sources and tests with their comments and messages, pages, help, configuration."""
    for path in project.texts:
        if path.startswith("Tests/Tidy/"):
            continue
        if path.startswith(("Sources/", "Tests/", "docs/", "config/", "examples/", "scripts/")) or path in {
            "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile"
        }:
            yield path


def old_words(project):
    """Keyed by path."""
    problems = {}
    for path in pages_and_sources(project):
        text = project.texts[path]
        for found in _ANY.finditer(text):
            advice = _ADVICE[next(int(name[1:]) for name, value in found.groupdict().items() if value)]
            problems.setdefault(path, []).append(
                f"{path}:{line_of(text, found.start())}: '{' '.join(found[0].split())}' is not plain; write {advice}")
    return problems
