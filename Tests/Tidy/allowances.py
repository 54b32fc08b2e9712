"""Lists of what a rule does not ask yet. They may only shrink: an entry that is no longer needed is a problem, too."""

import pathlib

FOLDER = pathlib.Path(__file__).parent / "allowed"


def read(name):
    """The lines of a list: what is allowed, and after two spaces and a # why."""
    lines = (FOLDER / name).read_text().splitlines()
    return {line.split("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")}


def apply(problems, allowed, name):
    """`problems` maps what a list may name to messages; what is not allowed, and what is allowed for nothing."""
    result = [message for key, messages in problems.items() if key not in allowed for message in messages]
    for key in sorted(allowed - problems.keys()):
        result.append(f"Tests/Tidy/allowed/{name}: '{key}' is no longer needed; remove the line")
    return result
