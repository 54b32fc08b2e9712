#!/usr/bin/env python3
"""Wraps paragraphs of Markdown and comments of Swift that have a line that is too long. Other text stays as it is."""

import argparse
import itertools
import pathlib
import re

WIDTH = 120
_PIECE = re.compile(r"(?:`[^`\n]{1,60}`|\S)+")
_ITEM = re.compile(r"(\s*)([-*+]|\d+\.)(\s+)(?=\S)")
_STARTS_A_BLOCK = re.compile(r"[-+*#>|]$|\d+\.$|#+$|<!--")
_COMMENT = re.compile(r"(\s*///? )(?=\S)")


def markdown(text):
    result, paragraph, is_code = [], [], False

    def close():
        result.extend(_paragraph(paragraph))
        paragraph.clear()

    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            is_code = not is_code
            close()
            result.append(line)
        elif is_code or not line.strip() or re.match(r"\s*(\||#+ |<|>|\S*$)", line) and not paragraph\
                or re.match(r"\s*(\||#+ |<!--|>)", line):
            close()
            result.append(line)
        else:
            if _ITEM.match(line):
                close()
            paragraph.append(line)
    close()
    return "\n".join(result) + "\n"


def swift(text):
    """Comments that stand on lines of their own."""
    result = []
    for prefix, lines in itertools.groupby(text.splitlines(), lambda line: (found := _COMMENT.match(line)) and found[1]):
        lines = list(lines)
        bodies = [line[len(prefix or ""):] for line in lines]
        if prefix and any(len(line) > WIDTH for line in lines) and not any(_is_drawn(body) for body in bodies):
            lines = _wrapped(bodies, prefix)
        result.extend(lines)
    return "\n".join(result) + "\n"


def _is_drawn(line):
    return line.startswith((" ", "|", "```"))


def _wrapped(bodies, prefix):
    """A block of comment lines; each item of a list is a paragraph of its own."""
    result, paragraph = [], []
    for line in [*bodies, None]:
        if line is None or _ITEM.match(line):
            result.extend(_paragraph(paragraph, len(prefix)))
            paragraph = []
        if line is not None:
            paragraph.append(line)
    return [prefix + line for line in result]


def _paragraph(lines, taken=0):
    if not any(len(line) + taken > WIDTH for line in lines):
        return list(lines)
    item = _ITEM.match(lines[0])
    indent = len(lines[0]) - len(lines[0].lstrip())
    first = item[0] if item else " " * indent
    hanging = " " * len(first) if item else first
    pieces = _PIECE.findall("\n".join([lines[0][len(first):], *lines[1:]]))
    result, line = [], first + pieces[0]
    for piece in pieces[1:]:
        if len(line) + 1 + len(piece) + taken > WIDTH and not _STARTS_A_BLOCK.match(piece):
            result.append(line)
            line = hanging + piece
        else:
            line += " " + piece
    return [*result, line]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    for path in _files(parser.parse_args().paths):
        text = path.read_text()
        changed = (swift if path.suffix == ".swift" else markdown)(text)
        if changed != text:
            path.write_text(changed)


def _files(paths):
    for path in paths:
        yield from [path] if path.is_file() else sorted(
            file for file in path.rglob("*") if file.suffix in {".swift", ".md"} and ".build" not in file.parts)


if __name__ == "__main__":
    main()
