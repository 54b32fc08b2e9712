"""The report at the end: on the terminal, and in a file."""

from ember_study.tables import table

from . import client, day, figures

EXPLANATION = """\
A day of {seconds:g} s, played to a real Ember with {budget} for SmolLM2 in two quantisations, MiniLM and the OCR model, which do
not fit together; the cloud is a mock with prices and faults. Policy: {policy}, seed: {seed}. The phases:

{phases}

*Refused*: with a status and a clear error. *Broken*: a stream that had begun and ended with an error's event. *Lost*: neither an
answer nor a clear error, which must never be. Requests that were broken, or that only the cloud could answer and it
refused, are charged to no term of cost, and are not simulated."""


def markdown(described, commit, command, chosen, parts):
    phases = "\n".join(f"- {phase.name}, {phase.share * chosen.seconds:.0f} s: {phase.story}" for phase in day.PHASES)
    return "\n\n".join([
        "# A day in two minutes",
        f"{described['date']}; {described['cpu']}, {described['cores']} cores, load {described['load_before']} before, "
        f"{commit}. Made by `{command}`.",
        EXPLANATION.format(
            seconds=chosen.seconds, budget=chosen.budget, policy=chosen.policy, seed=chosen.seed, phases=phases),
        *parts,
    ]) + "\n"


def clients(rows):
    header = [
        "what clients saw", "requests", "edge", "cloud", "refused", "broken", "lost", "first byte, s: median",
        "whole answer, s: median", "p95",
    ]
    return aligned(table(header, [
        [*(row[key] for key in ("phase", "requests", "edge", "cloud", "refused", "broken", "lost")),
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


def cuts(seen):
    return (
        f"Streams that the cloud has cut in the middle, as the script wants: {seen.cut}; answers that broke off with an error's "
        f"event: {seen.broken_by_cloud} of the cloud's, {len(seen.of(client.BROKEN)) - seen.broken_by_cloud} others.")


def money(seen):
    bill = seen.bill
    held = "at least that" if seen.is_bill_covered else "LESS than that"
    return (
        f"Money: the provider has billed {bill['money']:.6f} ({bill['input_tokens']:,} tokens of prompts, "
        f"{bill['output_tokens']:,} of answers), Ember counts {seen.account:.6f}, {held}: what it cannot know counts as the "
        "most.")


def verdict(failures):
    if not failures:
        return "Nothing was seen that a day must not show."
    return "\n".join(["**The day has failed**:", "", *(f"- {line}" for line in failures)])


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
