"""The figures as Markdown."""

from ember_study.tables import table

from .tweets import LEAST_RATING, POOL

EXPLANATION = """\
Tweets that people have rated (vaderSentiment {version}, the data of Hutto and Gilbert, ICWSM 2014), positive or negative by
the sign of the mean rating; those with a mean below {least:g} in size are left out, {count:,} different texts stay. Each of
{draws} draws (seed {seed}) has {items} questions, and {pool:,} demonstrations from which Ember chooses; half of each are
positive. The demonstrations are given in pairs of both labels, so that those of `recent` and `fixed` are balanced too. A
question is `Tweet: …\\nSentiment:`, posted to Ember's /v1/completions; the likelier first token of " positive" and " negative"
is the answer.

± is the standard error: the larger of the binomial one over all questions and the one between the draws. The time is that to
the first token at the client, one request at a time, median: choosing, embedding the question (`nearest`, `clustered`) and all
of Ember included. Tokens are medians too. Every cell of a draw has a freshly started server with no KV state left of
another; {warm_up} other tweets come first. The order of cells and of questions is random."""


def markdown(figures):
    machine, settings = figures["machine"], figures["settings"]
    parts = [
        "# Accuracy from context",
        f"{machine['date']}; {machine['cpu']}, {machine['cores']} cores, {figures['commit']}. "
        f"Made by `make accuracy`: `{settings['command']}`.",
        EXPLANATION.format(least=LEAST_RATING, pool=POOL, **settings),
        "![accuracy against demonstrations and against time](accuracy.svg)",
    ]
    for model in settings["models"]:
        parts.append(f"## {model}\n\n{_of_model(model, figures['cells'])}")
    return "\n\n".join(parts) + "\n"


def _of_model(model, cells):
    rows = [
        [
            cell["mode"], cell["examples"], f"{100 * cell['accuracy']:.1f} ± {100 * cell['standard_error']:.1f}",
            f"{cell['seconds']:.3f}", f"{cell['prompt_tokens']:.0f}", f"{cell['reused_tokens']:.0f}",
        ]
        for cell in cells if cell["model"] == model
    ]
    return table(["selection", "K", "accuracy, %", "first token, s", "prompt, tokens", "of these reused"], rows)
