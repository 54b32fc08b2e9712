"""Plants faults in a copy and builds it; those that do not compile are left out."""

import dataclasses
import re
import subprocess

from . import copying, modules, schemata
from .sites import Site

_ERROR = re.compile(r"^(?P<path>/?\S+?\.swift):(?P<line>\d+):(?P<column>\d+): error: (?P<message>.*)$", re.M)
# An error without a place near a fault ends the run: the sources do not compile as they are.
_REACH = 12
_MOST_BUILDS = 25


@dataclasses.dataclass
class Mutant:
    number: int
    site: Site
    module: modules.Module


class BuildFailure(Exception):
    pass


def build(copy, root, mutants, swift, say):
    """Builds the copy with all the faults that compile.

    Returns these.
    """
    alive = list(mutants)
    for attempt in range(_MOST_BUILDS):
        _plant(copy, root, alive)
        done = subprocess.run(
            [*swift, "build", "--build-tests"], cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            return alive
        bad = _blamed(done.stdout, alive, copy)
        if not bad:
            raise BuildFailure("\n".join(re.findall(r".*error:.*", done.stdout)[:20]) or done.stdout[-3000:])
        say(f"build {attempt + 1}: {len(bad)} of {len(alive)} faults do not compile")
        alive = [mutant for mutant in alive if mutant.number not in bad]
    raise BuildFailure(f"after {_MOST_BUILDS} builds there were still errors")


def _plant(copy, root, mutants):
    by_path = {}
    for mutant in mutants:
        by_path.setdefault(mutant.site.path, []).append(mutant)
    for module in modules.ALL:
        for path in sorted((root / module.folder).rglob("*.swift")):
            name = str(path.relative_to(root))
            text = schemata.planted(path.read_text(), by_path.get(name, []))
            copying.write(copy / name, text.encode())
        own = [mutant for mutant in mutants if mutant.module == module]
        helpers = schemata.helpers(own, module.knows_core, module.name == "EmberCore")
        copying.write(copy / module.folder / copying.HELPERS, helpers.encode())


def _blamed(output, mutants, copy):
    """The numbers of the faults that errors are about."""
    bad = set()
    for error in _ERROR.finditer(output):
        number = schemata.number_of(error["message"])
        if number is not None and any(mutant.number == number for mutant in mutants):
            bad.add(number)
            continue
        path = error["path"].removeprefix(f"{copy}/")
        near = [mutant for mutant in mutants if mutant.site.path == path]
        near = [mutant for mutant in near if abs(mutant.site.line + 1 - int(error["line"])) <= _REACH]
        if path.endswith(copying.HELPERS):
            text = (copy / path).read_text().split("\n")[int(error["line"]) - 1]
            number = schemata.number_of(text)
            found = re.search(r"emberMutated(\d+)", text)
            bad |= {number} if number is not None else ({int(found[1])} if found else set())
        elif near:
            bad.add(min(near, key=lambda mutant: abs(mutant.site.line + 1 - int(error["line"]))).number)
    return bad
