"""Plants faults in a copy and builds it; those that do not compile are left out."""

import dataclasses
import json
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
    alive = _compiling(copy, root, list(mutants), say)
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


def _compiling(copy, root, mutants, say):
    """Those whose module compiles with them, as far as that can be told without a build: where an earlier one has left behind how.

    Quicker than a build, which ends at the first module that has an error.
    """
    manifest = copy / ".build/debug.yaml"
    if not manifest.exists():
        return mutants
    commands = _commands(manifest.read_text())
    alive = mutants
    for module in modules.ALL:
        for _ in range(_MOST_BUILDS):
            own = [mutant for mutant in alive if mutant.module == module]
            if not own or module.name not in commands:
                break
            _plant(copy, root, alive)
            sources = sorted(str(path) for path in (copy / module.folder).rglob("*.swift"))
            done = subprocess.run(
                [*commands[module.name], *sources], cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            bad = _blamed(done.stdout, own, copy) if done.returncode else set()
            if not bad:
                break
            say(f"{module.name}: {len(bad)} of {len(own)} faults do not compile")
            alive = [mutant for mutant in alive if mutant.number not in bad]
    return alive


def _commands(manifest):
    """By module, how it is compiled, up to the end of what the compiler says about its sources."""
    found = {}
    for name, arguments in re.findall(r'"C\.(\w+)-[^"]*-debug\.module":.*?\n    args: (\[.*?\])\n', manifest, re.S):
        kept, skip = [], False
        for argument in json.loads(arguments):
            if skip:
                skip = False
            elif argument in _WITH_VALUE:
                skip = True
            elif argument not in _WITHOUT and not argument.startswith("@"):
                kept.append(argument)
        found[name] = [*kept, "-whole-module-optimization", "-emit-sil", "-o", "/dev/null"]
    return found


_WITH_VALUE = {"-emit-module-path", "-output-file-map", "-index-store-path", "-emit-objc-header-path"}
_WITHOUT = {
    "-emit-dependencies", "-emit-module", "-incremental", "-c", "-enable-batch-mode", "-serialize-diagnostics", "-parseable-output",
    "-emit-objc-header"}


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
