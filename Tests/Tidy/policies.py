"""Every policy stands in the catalogue, in a golden, in the pages and in the oracle."""

import re

CATALOGUE = "Sources/EmberCore/Policies/PolicyCatalog.swift"
ORACLE = "Tests/Simulation/oracle_policies.py"
PAGE = "README.md"
# What it draws depends on how residents are kept in order; its law is that every resident goes equally often.
PLAYED = {"random"}


def incomplete_policies(project):
    catalogue = project.texts[CATALOGUE]
    names = re.findall(r'PolicyEntry\(\s*"([^"]+)"', catalogue)
    oracle = set(re.findall(r'"([a-z-]+)":', project.texts[ORACLE]))
    page = set(re.findall(r"`([a-z-]+)`", project.texts[PAGE].split("## Choosing what stays")[1].split("\n## ")[0]))
    goldens = "".join(project.texts[path] for path in project.swift("Tests/EmberCoreTests/Goldens/"))
    for name, type_name in _types(catalogue):
        if name not in page:
            yield f"{PAGE}: the table under 'Choosing what stays' lacks {name}; add what it evicts"
        if name not in oracle and name not in PLAYED:
            yield f"{ORACLE}: {name} is missing; write it in plain Python from its definition"
        if f'"{name}"' not in goldens and f"{type_name}(" not in goldens:
            yield f"Tests/EmberCoreTests/Goldens: no golden for {name}; work one by hand"
    for path in project.swift("Sources/EmberCore/Policies/"):
        for found in re.finditer(r"struct (\w+): (?:Value)?Policy\b", project.code(path)):
            if f"{found[1]}(" not in catalogue:
                yield f"{CATALOGUE}: {found[1]} ({path}) has no entry; add one to PolicyCatalog.all"
    for name in sorted(page & _look_alike(project) - set(names)):
        yield f"{PAGE}: {name} is no policy of {CATALOGUE}; take it out"


def _types(catalogue):
    parts = re.split(r"PolicyEntry\(\s*(?=\")", catalogue)[1:]
    for part in parts:
        made = re.search(r"\bin\s+(\w+)\(", part)
        yield re.match(r'"([^"]+)"', part)[1], made[1] if made else "?"


def _look_alike(project):
    """First column of the table: what the page calls a policy."""
    text = project.texts[PAGE].split("## Choosing what stays")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`([a-z-]+)`", " ".join(cells)))
