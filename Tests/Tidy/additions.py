"""ARCHITECTURE.md's table says how many files an addition takes; the patches of Tests/Additions are counted."""

import re
import subprocess

PAGE = "ARCHITECTURE.md"


def stated(project):
    """Rows of the table by what they add: the number of files, where there is one."""
    text = project.texts[PAGE].split("## Where things go")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1] for row in rows}


def miscounted_additions(project):
    counted = {}
    for path in project.paths(".patch", under=("Tests/Additions/",)):
        text = project.texts[path]
        name = re.match(r"Addition: (.*)", text)
        if not name:
            yield f"{path}: the first line says not what is added; write such as 'Addition: a policy'"
            continue
        counted[name[1]] = text.count("\ndiff --git ")
        if stated(project).get(name[1]) != str(counted[name[1]]):
            yield (f"{PAGE}: 'Where things go' says {stated(project).get(name[1], 'nothing')} files for {name[1]}, {path} takes "
                   f"{counted[name[1]]}; correct the table, or make the addition smaller")
    for name, count in stated(project).items():
        if count.isdigit() and name not in counted:
            yield f"{PAGE}: 'Where things go' counts the files of {name}, for which Tests/Additions has no patch; add one"


def stale_additions(root):
    """Patches that do not apply any more: `make additions` would find that only after minutes."""
    for patch in sorted(root.glob("Tests/Additions/*.patch")):
        tried = subprocess.run(["git", "apply", "--check", str(patch)], cwd=root, capture_output=True, text=True)
        if tried.returncode:
            yield f"Tests/Additions/{patch.name}: {tried.stderr.strip().splitlines()[0]}; make the patch anew"
