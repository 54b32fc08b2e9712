"""Swift text with what is no code taken out, column by column."""

import re

_OPENING = re.compile(r'//|/\*|(#*)("""|")')


def mask(text):
    """The same text, as long as before, with comments blank and of string literals only the quotes left.

    What stands in an interpolation goes too: no fault is planted there.
    """
    return _mask(text, _blank)


def mask_comments(text):
    """The same text, as long as before, with comments blank."""
    return _mask(text, lambda token, is_literal: token if is_literal else _blank(token, False))


def _mask(text, blank):
    result, position = [], 0
    while found := _OPENING.search(text, position):
        result.append(text[position : found.start()])
        end = _end(text, found)
        token = text[found.start() : end]
        keep = found[2] is not None
        result.append("".join(blank(token, keep)))
        position = end
    result.append(text[position:])
    return "".join(result)


def _blank(token, is_literal):
    for index, character in enumerate(token):
        if character == "\n":
            yield character
        else:
            yield '"' if is_literal and index in (0, len(token) - 1) else " "


def _end(text, found):
    if found[0] == "//":
        end = text.find("\n", found.start())
        return len(text) if end < 0 else end
    if found[0] == "/*":
        end = text.find("*/", found.end())
        return len(text) if end < 0 else end + 2
    return _end_of_literal(text, found.end(), found[1], found[2])


def _end_of_literal(text, position, hashes, quotes):
    escape = "\\" + hashes
    while position < len(text):
        if text.startswith(quotes + hashes, position):
            return position + len(quotes + hashes)
        if text.startswith(escape + "(", position):
            position = _end_of_interpolation(text, position + len(escape) + 1)
        elif text.startswith(escape, position):
            position += len(escape) + 1
        else:
            position += 1
    return position


def _end_of_interpolation(text, position):
    depth = 1
    while position < len(text) and depth:
        if found := _OPENING.match(text, position):
            position = _end(text, found)
            continue
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        position += 1
    return position
