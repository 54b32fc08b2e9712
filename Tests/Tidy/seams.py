"""Time, randomness, files, tasks and queues are had in few files, which tests can give others in the place of."""

import re

from project import line_of

EFFECTS = {
    "Date(": r"(?<![\w.])Date\(\)|\bDate\.now\b|\bat: \.now\b|: Date = \.now\b",
    "ContinuousClock.now": r"ContinuousClock(?:\(\))?\.now|ContinuousClock\.Instant\.now|\bto: \.now\b|Instant = \.now\b",
    "Task.sleep": r"\bTask\.sleep",
    "FileManager": r"\bFileManager\b",
    "SystemRandomNumberGenerator":
        r"SystemRandomNumberGenerator|getentropy|\.random\(in:(?![^)\n]*using:)|\.shuffled\(\)|\.randomElement\(\)",
    "Task {": r"\bTask(?:\.detached)?(?:\([^)\n]*\))? \{",
    "DispatchQueue": r"\bDispatchQueue\b",
    "Subprocess": r"^import Subprocess$|\bposix_spawn\b",
    "sockets": r"\b(?:Client|Server|Datagram)Bootstrap\(|(?<![\w.])HTTPClient\(",
}
# Commands say which surroundings all below them have; below them, nothing names the machine's own.
TOP = "Sources/ember/"
MACHINES_OWN = (r"\b(?:TimeSource|Surroundings|WorkQueue|RandomSource|SystemFiles)\.system\b|[(:=] ?\.system\b"
                r"|\bSystem(?:Files|Processes)\(")


def direct_effects(project):
    """Keyed by path and effect."""
    problems = {}
    for path in project.swift("Sources/"):
        code = project.code(path)
        machines_own = {} if path.startswith(TOP) else {"machine's own": MACHINES_OWN}
        for name, pattern in (EFFECTS | machines_own).items():
            for found in re.finditer(pattern, code, re.M):
                problems.setdefault(f"{path}: {name}", []).append(
                    f"{path}:{line_of(code, found.start())}: {name} is used directly; take it from the seam that is handed in "
                    "at the start, so that tests can play it")
    return problems
