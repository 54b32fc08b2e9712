"""Time, randomness, files, tasks and queues are had in few files, which tests can give others in the place of."""

import re

from project import line_of

EFFECTS = {
    "Date(": r"(?<![\w.])Date\(",
    "ContinuousClock.now": r"ContinuousClock(?:\(\))?\.now|ContinuousClock\.Instant\.now",
    "Task.sleep": r"\bTask\.sleep",
    "FileManager": r"\bFileManager\b",
    "SystemRandomNumberGenerator": r"SystemRandomNumberGenerator|\.random\(in:(?![^)\n]*using:)|\.shuffled\(\)|\.randomElement\(\)",
    "Task {": r"\bTask(?:\.detached)?(?:\([^)\n]*\))? \{",
    "DispatchQueue": r"\bDispatchQueue\b",
}


def direct_effects(project):
    """Keyed by path and effect."""
    problems = {}
    for path in project.swift("Sources/"):
        code = project.code(path)
        for name, pattern in EFFECTS.items():
            for found in re.finditer(pattern, code):
                problems.setdefault(f"{path}: {name}", []).append(
                    f"{path}:{line_of(code, found.start())}: {name} is used directly; take it from the seam that is handed in "
                    "at the start, so that tests can play it")
    return problems
