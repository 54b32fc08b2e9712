"""Declarations that nothing uses, and types that own too much."""

import collections
import re

from project import balanced, line_of

MOST_PROPERTIES, MOST_METHODS = 12, 30
_DECLARATION = re.compile(
    r"\b(?:func|var|let|struct|class|enum|actor|protocol|typealias|case|macro)\s+(?:\(\s*)?`?([A-Za-z_]\w*)`?")
_TYPE = re.compile(r"\b(struct|class|actor|enum|protocol|extension)\s+([A-Z][\w.]*)")
_MEMBER = re.compile(r"^(.*?)\b(func|var|let)\s+([\w`(]+|[^\s\w]+)", re.M)


def dead_declarations(project):
    """Keyed by name: declared in Sources, and named nowhere else in the project."""
    counts = collections.Counter()
    for path in project.swift():
        counts.update(re.findall(r"[A-Za-z_]\w*", project.uncommented(path)))
    problems = {}
    for path in project.swift("Sources/", "Benchmarks/", "Fuzz/"):
        code = project.code(path)
        for found in _DECLARATION.finditer(code):
            if counts[found[1]] == 1 and not _is_pattern(code, found):
                problems.setdefault(found[1], []).append(
                    f"{path}:{line_of(code, found.start())}: nothing names {found[1]}; delete it")
    return problems


def _is_pattern(code, found):
    """`case name:` of a switch declares nothing."""
    rest = code[found.end():code.find("\n", found.end())]
    return found[0].startswith("case") and re.search(r":\s*(?:[^)\s]|$)", rest) is not None


def large_types(project):
    """Keyed by type: stored properties and methods over all its files."""
    properties, methods = collections.Counter(), collections.Counter()
    for path in project.swift("Sources/"):
        code = project.code(path)
        for name, kind, members in types(code):
            for prefix, word, member, rest in members:
                if re.search(r"\b(static|class)\b", prefix):
                    continue
                if word == "func":
                    methods[_target(path), name] += 1
                elif kind in {"struct", "class", "actor"} and _is_stored(rest):
                    properties[_target(path), name] += 1
    problems = {}
    for (target, name), count in properties.items():
        if count > MOST_PROPERTIES:
            problems.setdefault(f"{target} {name}", []).append(
                f"{target}: {name} has {count} stored properties, {MOST_PROPERTIES} at most; give facts that change together an owner")
    for (target, name), count in methods.items():
        if count > MOST_METHODS:
            problems.setdefault(f"{target} {name}", []).append(
                f"{target}: {name} has {count} methods over all its files, {MOST_METHODS} at most; cut it where its facts part")
    return problems


def _target(path):
    return path.split("/")[1]


def types(code):
    """Each type or extension with its direct members: what stands before the word, the word, the name, what follows."""
    for found in _TYPE.finditer(code):
        opening = code.find("{", found.end())
        if opening < 0 or "\n\n" in code[found.end():opening] or found[1] == "protocol":
            continue
        end = balanced(code, opening)
        name = ".".join([*_enclosing(code, found.start()), found[2]])
        yield name, found[1], _members(code[opening + 1:end - 1])


def _enclosing(code, position):
    """The types whose braces are open at a position, outermost first."""
    names = []
    for found in _TYPE.finditer(code, 0, position):
        opening = code.find("{", found.end())
        if 0 <= opening < position and balanced(code, opening) > position:
            names.append(found[2])
    return names


def _members(body):
    """Members at the outermost depth; bodies in braces are replaced by `{}`."""
    flat, depth = [], 0
    for character in body:
        if character == "}":
            depth -= 1
        if depth == 0 or character == "\n":
            flat.append(character)
        if character == "{":
            depth += 1
    flat = "".join(flat)
    for found in _MEMBER.finditer(flat):
        line_end = flat.find("\n", found.end())
        yield found[1], found[2], found[3], flat[found.end():line_end if line_end >= 0 else len(flat)]


def _is_stored(rest):
    """`{}` behind a type is a computed property; behind `=` a closure or observers of a stored one."""
    return "{" not in rest or "=" in rest.split("{")[0]
