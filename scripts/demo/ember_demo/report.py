"""The tables that are printed at the end."""

from ember_study.tables import table

from . import figures


def clients(rows):
    header = [
        "what clients saw", "requests", "edge", "cloud", "refused", "lost", "first byte, s: median", "whole answer, s: median",
        "p95",
    ]
    return aligned(table(header, [
        [*(row[key] for key in ("phase", "requests", "edge", "cloud", "refused", "lost")),
         *(seconds(row[key]) for key in ("first_byte_median", "median", "p95"))]
        for row in rows
    ]))


def costs(named_rows):
    """(name, row) of the day as it was, and as it would have been."""
    terms = [name for name, _, _ in figures.TERMS]
    return aligned(table(["cost by term", *terms, "edge ratio", "loads"], [
        [name, *(f"{row[term]:.1f}" for term in terms), f"{row['edge ratio']:.3f}", f"{row['loads']:g}"]
        for name, row in named_rows
    ]))


def agreement(rows):
    header = ["live and simulated", "measured", "simulated", "ratio", f"within {figures.TOLERANCE:.0%}"]
    return aligned(table(header, [
        [row["figure"], f"{row['measured']:.3f}", f"{row['simulated']:.3f}",
         "-" if row["ratio"] is None else f"{row['ratio']:.2f}", "yes" if row["agrees"] else "no"]
        for row in rows
    ]))


def tally(title, counts):
    return f"{title}: " + (", ".join(f"{name} {count}" for name, count in counts.items()) or "none") + "."


def seconds(value):
    return "-" if value is None else f"{value:.2f}"


def aligned(markdown):
    """The same table, its columns as wide as their widest cell: to be read in a terminal."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines()]
    widths = [max(len(row[column]) for number, row in enumerate(rows) if number != 1) for column in range(len(rows[0]))]
    return "\n".join(_line(row, widths, is_rule=number == 1) for number, row in enumerate(rows))


def _line(row, widths, is_rule):
    if is_rule:
        return "|" + "|".join("-" * (width + 1) + ("-" if column == 0 else ":") for column, width in enumerate(widths)) + "|"
    first, *others = [(cell.ljust if column == 0 else cell.rjust)(widths[column]) for column, cell in enumerate(row)]
    return "| " + " | ".join([first, *others]) + " |"
