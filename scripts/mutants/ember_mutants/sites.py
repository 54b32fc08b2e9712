"""Where faults can be planted, and what each changes."""

import dataclasses
import re

from .masking import mask

KINDS = ("comparison", "arithmetic", "logic", "condition", "constant", "call")

COMPARISONS = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",)}
ARITHMETIC = {
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("/",), "<<": (">>",), ">>": ("<<",),
    "+=": ("-=",), "-=": ("+=",), "*=": ("/=",), "/=": ("*=",),
}
LOGIC = {"&&": ("||",), "||": ("&&",)}

_INFIX = re.compile(r"(?<=\s)(<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|<|>|\+|-|\*|/|%)(?=\s)")
_NOT = re.compile(r"(?<=[\s(\[])!(?=[\w(.])")
_NUMBER = re.compile(r"(?<![\w.$#])(0x[0-9A-Fa-f_]+|\d[\d_]*(?:\.\d+)?(?:e-?\d+)?)(?![\w.])")
_TRUTH = re.compile(r"(?<![\w.`])(true|false)(?![\w`:])")
_LEAST = re.compile(r"(?<![\w.])(min|max)\((?!\))")
_CONDITION = re.compile(r"^\s*(?:\} else )?(if|guard) (?P<clauses>.+?)(?: else)?(?: \{.*)?$")
_NAME = r"[A-Za-z_$][\w.?!\[\]()$&: ,]*?"
_CALL = re.compile(r"^\s+(?:_ = )?(?:try[?!]? )?(?:await )?(?:[A-Za-z_$][\w.?!$]*(?:\[[^\]]*\])?[\w.?!]*)\(.*\)$")
_ASSIGNMENT = re.compile(r"^\s+(?:self\.)?[a-z_]\w*(?:\[[^\]=]*\])?(?:[?!]?\.\w+(?:\[[^\]=]*\])?)* [-+*/]?= \S.*$")
_NO_STATEMENT = re.compile(
    r"^\s*(?:return|guard|if|else|let|var|func|init|super|case|default|for|while|repeat|switch|throw|defer|import|struct|"
    r"enum|class|extension|private|public|package|static|mutating|convenience|@|precondition|assert|fatalError|yield)\b")
_FUNCTION = re.compile(r"^\s*(?:[a-z]+(?:\(\w+\))? |@\S+ )*(?:func |init[?]?\s*[(<]|subscript|var .*\{$)")
# Faults there are told by nobody: what is logged, and how much memory is taken ahead.
_IDLE = re.compile(r"logger\.|reserveCapacity|\breport\(|fatalError|precondition|assert\(|^\s*import |^\s*@|#if|#available")


@dataclasses.dataclass(frozen=True)
class Site:
    """A place in a file and what stands there; `change` takes its place."""

    path: str
    line: int  # from 0
    start: int
    end: int
    kind: str
    form: str  # how it is planted: infix, not, number, truth, least, condition, statement
    before: str
    after: str


def of(path, text):
    """All sites of a file, in order."""
    masked = mask(text).split("\n")
    lines = text.split("\n")
    found = []
    for number, (line, shown) in enumerate(zip(lines, masked)):
        if not shown.strip() or _IDLE.search(line):
            continue
        before = next((one for one in reversed(masked[:number]) if one.strip()), "")
        sites = [Site(path, number, *rest) for rest in _of_line(line, shown, before)]
        if any(site.form == "statement" for site in sites) and _is_in_initializer(masked[:number]):
            # Left out there, something is not initialized: that does not compile.
            sites = [site for site in sites if site.form != "statement"]
        found += sites
    return found


def _is_in_initializer(before):
    function = next((one for one in reversed(before) if _FUNCTION.search(one)), "")
    return re.search(r"\binit[?]?\s*[(<]", function) is not None


def _of_line(line, shown, before):
    for token in _INFIX.finditer(shown):
        if token[0] in ("<", ">") and "where " in shown and ":" in shown:
            continue
        # The name of an operator that is being declared.
        if shown[: token.start()].endswith("func "):
            continue
        for kind, table in (("comparison", COMPARISONS), ("arithmetic", ARITHMETIC), ("logic", LOGIC)):
            for other in table.get(token[0], ()):
                yield token.start(), token.end(), kind, "infix", token[0], other
    for token in _NOT.finditer(shown):
        yield token.start(), token.end(), "logic", "not", "!", ""
    for token in _NUMBER.finditer(shown):
        for other in _numbers(token[0]):
            yield token.start(), token.end(), "constant", "number", token[0], other
    for token in _TRUTH.finditer(shown):
        yield token.start(), token.end(), "constant", "truth", token[0], "false" if token[0] == "true" else "true"
    for token in _LEAST.finditer(shown):
        yield token.start(), token.end() - 1, "call", "least", token[1], "max" if token[1] == "min" else "min"
    if found := _CONDITION.match(shown):
        for start, end in _clauses(shown, found.start("clauses"), found.end("clauses")):
            yield start, end, "condition", "condition", line[start:end], f"!({line[start:end]})"
    if _is_statement(shown, before):
        start = len(shown) - len(shown.lstrip())
        yield start, len(line.rstrip()), "call", "statement", line.strip(), ""


def _numbers(text):
    if "." in text or ("e" in text and not text.startswith("0x")):
        return ("1.0",) if float(text) == 0 else (f"({text} * 2)", f"({text} / 2)")
    value = int(text, 16) if text.startswith("0x") else int(text)
    return (str(value + 1),) if value == 0 else (str(value + 1), str(value - 1))


def _clauses(shown, start, end):
    """The parts of a condition between commas that bind nothing."""
    depth, began = 0, start
    parts = []
    for index in range(start, end):
        character = shown[index]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append((began, index))
            began = index + 1
    if depth != 0:
        return
    parts.append((began, end))
    for began, ended in parts:
        text = shown[began:ended]
        began += len(text) - len(text.lstrip())
        ended -= len(text) - len(text.rstrip())
        if began < ended and not re.match(r"(let|var|case|#)\b|#", shown[began:ended]) and "{" not in shown[began:ended]:
            yield began, ended


def _is_statement(shown, before):
    if not re.search(r"[{})]$|^\s*\w.*[\w\])\"!?]$", before) or re.search(r"(,|\(|\[| [-+*/=&|?:<>]+)$", before):
        return False
    text = shown.rstrip()
    if _NO_STATEMENT.match(text) or text.count("(") != text.count(")") or text.count("[") != text.count("]"):
        return False
    if text.count("{") != text.count("}") or text.endswith((",", "(", "{", "=")):
        return False
    return bool(_CALL.match(text) or _ASSIGNMENT.match(text))
