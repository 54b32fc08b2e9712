"""How long a file, a function and a line may be."""

import ast
import re

from project import balanced, line_of

MOST_BYTES, MOST_LINES, MOST_COLUMNS = 20_000, 60, 120
_FUNCTION = re.compile(r"\b(func\s+[\w`]+|func\s+[^\s\w(]+|init[?!]?|deinit|subscript)\s*(?=[<({])")


def long_files(project):
    """Keyed by path. Pages are read by heading, and recorded figures are made: neither has a bound."""
    problems = {}
    for path in project.paths(".swift", ".py", ".sh", ".c"):
        size = len(project.texts[path].encode())
        if size > MOST_BYTES:
            problems[path] = [f"{path}: {size} bytes, {MOST_BYTES} at most; move one concept into a file of its own"]
    return problems


def long_functions(project):
    """Keyed by path and name."""
    problems = {}
    for path in project.swift():
        code = project.code(path)
        for found in _FUNCTION.finditer(code):
            body = _body(code, found.end())
            if body:
                lines = code.count("\n", found.start(), balanced(code, body)) + 1
                _report(problems, path, line_of(code, found.start()), found[1].split()[-1], lines)
    for path in project.paths(".py"):
        for node in ast.walk(ast.parse(project.texts[path])):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                _report(problems, path, node.lineno, node.name, node.end_lineno - node.lineno + 1)
    return problems


def _body(code, position):
    """Where the body of a function opens, if it has one: after its parameters, before the next declaration."""
    if code[position] == "<":
        position = code.find("(", position)
    if code[position] == "(":
        position = balanced(code, position, "(", ")")
    found = re.compile(r"\{|\n\s*(?:(?:public|package|private|static|mutating)\s+)*(?:func|var|let|init|case|struct|enum)\b|\}").search(
        code, position)
    return found.start() if found and found[0] == "{" else None


def _report(problems, path, line, name, lines):
    if lines > MOST_LINES:
        problems.setdefault(f"{path} {name}", []).append(
            f"{path}:{line}: {name} has {lines} lines, {MOST_LINES} at most; name its parts and call them")


def long_lines(project):
    """Keyed by path: lines of Swift, and of prose in Markdown; tables, code and long links are no prose."""
    problems = {}
    for path in project.swift("Sources/", "Tests/", "Package.swift"):
        for number, line in enumerate(project.texts[path].splitlines(), 1):
            if len(line) > MOST_COLUMNS and not line.lstrip().startswith("///  ") and not _is_literal(project, path, number):
                problems.setdefault(path, []).append(
                    f"{path}:{number}: {len(line)} columns, {MOST_COLUMNS} at most; break the line, or run `make format`")
    for path in prose(project):
        for number, line in prose_lines(project.texts[path]):
            if len(line) > MOST_COLUMNS and " " in line.strip()[:MOST_COLUMNS - 20].lstrip("-*#0123456789. "):
                problems.setdefault(path, []).append(
                    f"{path}:{number}: {len(line)} columns, {MOST_COLUMNS} at most; run `make format`")
    return problems


def _is_literal(project, path, number):
    """A line of a text over several lines, which keeps the breaks it has."""
    return not project.code(path).splitlines()[number - 1].strip()\
        and not project.texts[path].splitlines()[number - 1].strip().startswith("//")


def prose(project):
    return [path for path in project.paths(".md") if not path.startswith("Benchmarks/results/")]


def prose_lines(text):
    """Number and text of each line that is no table, no code and no figure."""
    is_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code and not line.lstrip().startswith("|"):
            yield number, line
