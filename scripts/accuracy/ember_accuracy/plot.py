"""Accuracy against the number of demonstrations, and against the time that they take: one row of two plots a model."""

import matplotlib

matplotlib.use("svg")
# The same figures give the same file.
matplotlib.rcParams["svg.hashsalt"] = "ember"

from matplotlib import pyplot, ticker  # noqa: E402

from .cells import MODES, NONE  # noqa: E402

STYLES = dict(zip(MODES, (("0.5", "x"), ("tab:orange", "s"), ("tab:green", "^"), ("tab:blue", "o"), ("tab:purple", "D"))))


def draw(figures, path):
    models = figures["settings"]["models"]
    sheet, plots = pyplot.subplots(
        len(models), 2, figsize=(11, 3.6 * len(models)), squeeze=False, sharey=True, layout="constrained")
    for model, (by_count, by_time) in zip(models, plots):
        cells = [cell for cell in figures["cells"] if cell["model"] == model]
        for mode in dict.fromkeys(cell["mode"] for cell in cells):
            _add(by_count, mode, [cell for cell in cells if cell["mode"] == mode], "examples")
            _add(by_time, mode, [cell for cell in cells if cell["mode"] == mode], "seconds")
        _label(model, by_count, by_time)
    sheet.savefig(path, metadata={"Date": None})
    pyplot.close(sheet)


def _add(axes, mode, cells, across):
    colour, marker = STYLES[mode]
    axes.errorbar(
        [cell[across] for cell in cells], [100 * cell["accuracy"] for cell in cells],
        [100 * cell["standard_error"] for cell in cells], color=colour, marker=marker, capsize=3, linewidth=1, label=mode)
    if across == "seconds" and mode != NONE:
        for cell in cells:
            axes.annotate(
                str(cell["examples"]), (cell["seconds"], 100 * cell["accuracy"]), xytext=(4, 4),
                textcoords="offset points", fontsize=7, color=colour)


def _label(model, by_count, by_time):
    by_count.set(title=model, xlabel="demonstrations", ylabel="accuracy, % ± standard error")
    by_count.set_xscale("symlog", base=2, linthresh=1)
    by_count.xaxis.set_major_formatter(ticker.ScalarFormatter())
    by_time.set(title=model, xlabel="median time to the first token, s")
    by_time.set_xscale("log")
    by_time.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    by_time.xaxis.set_minor_formatter(ticker.NullFormatter())
    by_count.legend(fontsize=8)
    for axes in (by_count, by_time):
        axes.grid(alpha=0.3)
