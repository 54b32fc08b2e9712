"""Tables in Markdown."""


def table(header, rows):
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [header, *rows]]
    lines.insert(1, "|---|" + "---:|" * (len(header) - 1))
    return "\n".join(lines)


def percent(mean, half):
    return f"{mean:+.1f} ± {half:.1f}"
