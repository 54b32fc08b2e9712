"""Plants faults in the modules' sources, compiles these again beside a build of the package, and links its tests with them."""

import dataclasses
import json
import pathlib
import re
import shutil
import subprocess

from . import modules, schemata
from .sites import Site

_ERROR = re.compile(r"^(?P<path>/?\S+?\.swift):(?P<line>\d+):(?P<column>\d+): error: (?P<message>.*)$", re.M)
# The largest distance, in lines, between an error and its fault.
_REACH = 12
_MOST_ROUNDS = 25
_HELPERS = "EmberMutants.swift"
# Of a module's command in the build's manifest, what is not for a compiler that makes one file of it.
_WITH_VALUE = {"-emit-module-path", "-output-file-map", "-index-store-path", "-emit-objc-header-path"}
_WITHOUT = {
    "-emit-dependencies", "-emit-module", "-incremental", "-c", "-enable-batch-mode", "-serialize-diagnostics", "-parseable-output",
    "-emit-objc-header"}


@dataclasses.dataclass
class Mutant:
    number: int
    site: Site
    module: modules.Module


class BuildFailure(Exception):
    pass


class Build:
    """A copy of the package that SwiftPM has built with its tests, and its modules with faults."""

    def __init__(self, copy: pathlib.Path, say):
        self.copy, self.say = copy, say
        self.manifest = (copy / ".build/debug.yaml").read_text()
        self.products = (copy / ".build/debug").resolve()
        self.folder = copy / ".build/planted"
        # Beside the programs that tests start.
        self.bundle = self.products / "planted.xctest"

    def compile(self, mutants):
        """Compiles all modules with the faults that compile, links the tests, and returns these."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for part in ("Modules", "Objects"):
            (self.folder / part).mkdir(parents=True)
        alive = []
        for module in modules.ALL:
            alive += self._compile(module, [mutant for mutant in mutants if mutant.module == module])
        self._link()
        (self.folder / "numbers.json").write_text(json.dumps([mutant.number for mutant in alive]))
        return sorted(alive, key=lambda mutant: mutant.number)

    def compiled(self, mutants):
        """Those of an earlier run's faults that were compiled."""
        numbers = set(json.loads((self.folder / "numbers.json").read_text()))
        return [mutant for mutant in mutants if mutant.number in numbers]

    def _compile(self, module, mutants):
        command = self._command(module.name)
        for _ in range(_MOST_ROUNDS):
            sources = self._plant(module, mutants)
            output = [
                "-whole-module-optimization", "-c", "-o", str(self._object(module)), "-emit-module", "-emit-module-path",
                str(self.folder / "Modules" / f"{module.name}.swiftmodule")]
            done = subprocess.run(
                [*command, *output, *sources], cwd=self.copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode == 0:
                return mutants
            bad = self._blamed(done.stdout, mutants)
            if not bad:
                raise BuildFailure(f"{module.name}:\n" + "\n".join(re.findall(r".*error:.*", done.stdout)[:20]))
            self.say(f"{module.name}: {len(bad)} of {len(mutants)} faults do not compile")
            mutants = [mutant for mutant in mutants if mutant.number not in bad]
        raise BuildFailure(f"{module.name}: after {_MOST_ROUNDS} rounds there are still errors")

    def _object(self, module):
        return self.folder / "Objects" / f"{module.name}.o"

    def _plant(self, module, mutants):
        """Writes the module's sources with the faults; returns their paths, with those that the build has made."""
        by_path = {}
        for mutant in mutants:
            by_path.setdefault(mutant.site.path, []).append(mutant)
        written = []
        for path in sorted((self.copy / module.folder).rglob("*.swift")):
            name = str(path.relative_to(self.copy))
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(schemata.planted(path.read_text(), by_path.get(name, [])))
            written.append(str(target))
        helpers = self.folder / module.folder / _HELPERS
        helpers.write_text(schemata.helpers(mutants, module.knows_core, module.name == "EmberCore"))
        made = self.products / f"{module.name}.build/DerivedSources"
        return [*written, str(helpers), *map(str, sorted(made.glob("*.swift")))]

    def _arguments(self, kind, name):
        found = re.search(rf'"C\.{name}-[^"]*debug\.{kind}":.*?\n    args: (\[.*?\])\n', self.manifest, re.S)
        if not found:
            raise BuildFailure(f"{self.copy}/.build/debug.yaml does not say how {name} is built")
        return json.loads(found[1])

    def _command(self, module):
        kept, skip = [], False
        for argument in self._arguments("module", module):
            if skip:
                skip = False
            elif argument in _WITH_VALUE:
                skip = True
            elif argument not in _WITHOUT and not argument.startswith("@"):
                kept.append(argument)
        # Before the build's own modules.
        kept[1:1] = ["-I", str(self.folder / "Modules")]
        return kept

    def _link(self):
        """As the build does, with the modules' objects in the place of its own: what the tests see of a module has not changed."""
        command = self._arguments("test", "emberPackageTests")
        place = next(index for index, argument in enumerate(command) if argument.startswith("@"))
        own = {f"{module.name}.build" for module in modules.ALL}
        objects = [
            path for path in pathlib.Path(command[place][1:]).read_text().split("\n") if path and not own & set(path.split("/"))]
        listed = self.folder / "objects"
        listed.write_text("\n".join([*objects, *(str(self._object(module)) for module in modules.ALL)]))
        command[place] = f"@{listed}"
        command[command.index("-o") + 1] = str(self.bundle)
        command = [argument.replace("=$ORIGIN", f"={self.products}") for argument in command]
        done = subprocess.run(command, cwd=self.copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise BuildFailure(done.stdout[-3000:])

    def _blamed(self, output, mutants):
        """The numbers of the faults that errors are about."""
        bad = set()
        for error in _ERROR.finditer(output):
            number = schemata.number_of(error["message"])
            if error["path"].endswith(_HELPERS):
                text = pathlib.Path(error["path"]).read_text().split("\n")[int(error["line"]) - 1]
                found = re.search(r"emberMutated(\d+)", text)
                number = int(found[1]) if found else schemata.number_of(text)
            if number is None:
                number = self._nearest(error, mutants)
            if any(mutant.number == number for mutant in mutants):
                bad.add(number)
        return bad

    def _nearest(self, error, mutants):
        path = error["path"].removeprefix(f"{self.folder}/")
        line = int(error["line"])
        near = [mutant for mutant in mutants if mutant.site.path == path and abs(mutant.site.line + 1 - line) <= _REACH]
        return min(near, key=lambda mutant: abs(mutant.site.line + 1 - line)).number if near else None
