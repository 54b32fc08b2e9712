"""The figures as text: a table for the terminal and the same one in Markdown."""

from .results import BARE, CLIENTS, DIRECT, EMBERS

VERDICTS = {True: "met", False: "NOT met", None: "cannot be decided"}

EXPLANATION = """\
Every request is a chat completion of about 1 kB, answered at once by a null engine (nginx, a fixed answer); the engine of
Ember, of the bare pass-through and of nginx is on a Unix socket, LiteLLM's on a loopback port. wrk sends the next request
when the last is answered. In each round all systems are measured one right after the other; figures are medians of the
rounds. "Added" is what a system has more than requests that go to the null engine directly. All processes, wrk too, share
the machine's cores: read the ratios, not the absolute figures. The bare pass-through is the smallest Hummingbird and
AsyncHTTPClient proxy (Benchmarks/BarePassThrough). Decode rates vary more from round to round than they differ: their ratio is
the mean of the rounds' with its standard error, and one that is below its aim by less than two of these "cannot be decided".

"ember" has models and a memory budget, and nothing else. "ember, everything on" also checks a tenant's key; sets aside, of a
day's and a month's budget of all and of the service, what each request could cost at an upstream with prices, which is then
not needed; has a deadline, `max_wait`, accuracies and costs of its own, a budget of energy and its price; records every
event, and logs every decision. Demonstrations are off: they would change the prompts. All systems get the same requests, key
included."""


def table(results):
    header = ["system"]
    for clients in CLIENTS:
        header += [f"p50 at {clients}", "added", "p99", "added"]
    header += ["requests/s at 16", "to bare"]
    return [header] + [_row(results, system) for system in results.systems]


def _row(results, system):
    row = [system]
    for clients in CLIENTS:
        for figure in ("p50", "p99"):
            row.append(_time(results.median(system, clients, figure)))
            row.append("" if system == DIRECT else _time(results.added(system, clients, figure)))
    rate = results.median(system, 16, "rate")
    return [*row, f"{rate:,.0f}", f"{rate / results.median(BARE, 16, 'rate'):.2f}x"]


def decode_table(results):
    rows = [["decode, tokens/s", "llama-server alone", "through Ember", "ratio"]]
    for system, clients in sorted(results.decode_rounds):
        direct, ember, ratio, error = results.decode(system, clients)
        rows.append([f"{system}, {clients} at a time", f"{direct:.1f}", f"{ember:.1f}", f"{ratio:.3f} ± {error:.3f}"])
    return rows


def aims_table(results):
    """A row for each aim, and two columns for each Ember."""
    rows = {}
    for aim in results.aims():
        row = rows.setdefault(aim.what, [aim.what, f"{'at most' if aim.at_most else 'at least'} {aim.bound}"])
        row += ["lost in noise" if aim.ratio is None else f"{aim.ratio:.2f}", VERDICTS[aim.is_met]]
    return [["ratio", "aim", *(cell for system in EMBERS for cell in (system, ""))], *rows.values()]


def as_text(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in rows)


def as_markdown(rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|---|" + "---:|" * (len(rows[0]) - 1))
    return "\n".join(lines)


def markdown(results, machine, versions, settings):
    described = ", ".join(f"{name} {value}" for name, value in versions.items())
    rounds = f"{settings['rounds']} rounds of {settings['seconds']} s a point"
    return "\n\n".join([
        "# What Ember adds to a request",
        f"{machine['date']}; {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['kernel']}; load before the start {machine['load_before']}; {rounds}.\n{described}.",
        EXPLANATION,
        as_markdown(table(results)),
        as_markdown(decode_table(results)) if results.decode_rounds else "Decode rate: not measured.",
        as_markdown(aims_table(results)),
    ]) + "\n"


def _time(microseconds):
    if abs(microseconds) >= 10_000:
        return f"{microseconds / 1000:.1f} ms"
    return f"{microseconds:.0f} us"
