"""Links, commands and targets that the pages name exist."""

import os
import re

from project import balanced, line_of
from sizes import prose

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def broken_links(project):
    for path in project.paths(".md"):
        text = re.sub(r"^ *```.*?^ *```|`[^`\n]*`(?!\]\()", _blank, project.texts[path], flags=re.M | re.S)
        for found in _LINK.finditer(text):
            target, number = found[1], line_of(text, found.start())
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            goal = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
            if not project.holds(goal):
                yield f"{path}:{number}: the link {target} leads nowhere; name a file of the project"
            elif anchor and anchor not in anchors(project.texts.get(goal, "")):
                yield f"{path}:{number}: {goal} has no heading #{anchor}; name one of its headings"


def _blank(found):
    """Quoted code holds no links."""
    return re.sub(r"[^\n]", " ", found[0])


def anchors(text):
    result = set()
    for _, line in _outside_code(text):
        if heading := re.match(r"#+ (.*)", line):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
            slug = re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")
            result.add(slug if slug not in result else f"{slug}-1")
    return result


def _outside_code(text):
    is_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code:
            yield number, line


def unknown_make_targets(project):
    targets = set(re.findall(r"^([a-z][a-z-]*):", project.texts["Makefile"], re.M))
    for path in [*prose(project), "Makefile", *project.paths(".py", ".sh", under=("scripts/",))]:
        for number, line in enumerate(project.texts[path].splitlines(), 1):
            for name in re.findall(r"(?:^|`|^\s*\$ )make ([a-z][a-z-]*)", line):
                if name not in targets:
                    yield f"{path}:{number}: the Makefile has no target {name}; name one that it has"


def commands(project):
    """Each command's own options, by its words: read off the declarations of Sources/ember."""
    blocks = {}
    for path in project.swift("Sources/ember/"):
        _collect(project.uncommented(path), (), blocks)
    return _tree("Ember", blocks, ("ember",))


_TYPE = re.compile(r"\b(?:struct|extension) ([\w.]+)[^{\n]*\{")


def _collect(text, outer, blocks):
    """Bodies by the type's whole name; a type within another is taken out of the other's body."""
    rest, position = [], 0
    while found := _TYPE.search(text, position):
        end = balanced(text, found.end() - 1)
        rest.append(text[position:found.start()])
        name = (*outer, *found[1].split("."))
        blocks.setdefault(".".join(name), []).append(_collect(text[found.end():end], name, blocks))
        position = end
    return "".join([*rest, text[position:]])


def _resolved(name, outer, blocks):
    return next(full for full in (f"{outer}.{name}", name, name.split(".")[-1]) if full in blocks or full == name.split(".")[-1])


def _tree(type_name, blocks, words):
    body = "\n".join(blocks.get(type_name, []))
    listed = re.search(r"subcommands: \[([^\]]*)\]", body)
    result = {words: options(type_name, blocks)}
    for name in re.findall(r"([\w.]+)\.self", listed[1]) if listed else []:
        full = _resolved(name, type_name, blocks)
        stated = re.search(r'commandName: "([^"]+)"', "\n".join(blocks.get(full, [])))
        word = stated[1] if stated else _dashed(re.sub(r"Command$", "", full.split(".")[-1]))
        result |= _tree(full, blocks, (*words, word))
    return result


def options(type_name, blocks):
    """Long names of a type's options and flags, of its groups too."""
    names = {"help", "version"}
    for body in blocks.get(type_name, []):
        for found in re.finditer(r"@(Option|Flag|OptionGroup)\b", body):
            end = found.end()
            arguments = ""
            if body[end:end + 1] == "(":
                closing = balanced(body, end, "(", ")")
                arguments, end = body[end:closing], closing
            declared = re.match(r"(?:\s|@\w+|private|package|public)*var\s+(\w+)\s*(?::\s*([\w.]+))?", body[end:])
            if not declared:
                continue
            if found[1] == "OptionGroup":
                names |= options(_resolved(declared[2], type_name, blocks), blocks)
            elif custom := re.search(r'\.customLong\("([^"]+)"\)', arguments):
                names.add(custom[1])
            else:
                names.add(_dashed(declared[1]))
    return names


def _dashed(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"-\1", name).lower()


def unknown_commands(project):
    known = commands(project)
    for path in [*prose(project), *project.swift("Sources/")]:
        text = project.texts[path]
        for position, call in _calls(path, text):
            yield from (f"{path}:{line_of(text, position)}: {problem}" for problem in _problems(call, known))


def _calls(path, text):
    """What looks like a call of `ember`: quoted in a text that users read, or a line of a block of code."""
    quote = "'" if path.endswith(".swift") else "`"
    for found in re.finditer(rf"{quote}(?:[^\s={quote}]*/)?ember\s([a-z][^{quote}]*){quote}", text):
        yield found.start(), found[1]
    if quote == "`":
        for block in re.finditer(r"^ *```sh\n(.*?)^ *```", text, re.M | re.S):
            for found in re.finditer(r"^(?:\$ )?(?:[^\s=]*/)?ember ([a-z][^#|>;\n]*)", block[1], re.M):
                yield block.start(1) + found.start(), found[1]


def _problems(call, known):
    words, rest = ("ember",), call.split()
    while rest and (*words, rest[0]) in known:
        words += (rest.pop(0),)
    if len(words) == 1:
        if rest[0] != "help" and "|" not in rest[0]:
            yield f"there is no command `ember {rest[0]}`; name one of `ember help`"
        return
    for flag in re.findall(r"(?<![\w-])--([a-z][a-z-]*)", " ".join(rest)):
        if flag not in known[words]:
            yield f"`{' '.join(words)}` has no --{flag}; name one of its options"
