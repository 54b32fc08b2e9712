"""Labelled tweets, and how they are divided into demonstrations and questions."""

import dataclasses
import html
import random

POSITIVE, NEGATIVE = " positive", " negative"
LABELS = (POSITIVE, NEGATIVE)
# Tweets whose mean rating, from -4 to 4, is nearer to 0 are left out: people themselves do not agree on them.
LEAST_RATING = 1.0
POOL = 1300


@dataclasses.dataclass(frozen=True)
class Tweet:
    text: str
    label: str

    @property
    def prompt(self):
        return f"Tweet: {self.text}\nSentiment:"


@dataclasses.dataclass(frozen=True)
class Draw:
    """One division of the tweets: no text is in two of its parts."""

    pool: list
    questions: list
    spare: list


def read(path):
    """The clearly rated tweets, each text once: a question must not find itself among the demonstrations."""
    found = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        _, rating, text = line.split("\t", 2)
        text = " ".join(html.unescape(text).split())
        if abs(float(rating)) >= LEAST_RATING:
            found.setdefault(text.lower(), Tweet(text, POSITIVE if float(rating) > 0 else NEGATIVE))
    return list(found.values())


def draws(tweets, count, items, seed):
    """Divisions with half of each label in every part; the questions of different draws are different ones."""
    lots = random.Random(seed)
    by_label = {label: [tweet for tweet in tweets if tweet.label == label] for label in LABELS}
    for group in by_label.values():
        lots.shuffle(group)
    return [_draw(by_label, number, items, lots) for number in range(count)]


def most_items(tweets, count):
    """How many questions each of `draws` draws can have."""
    fewest = min(sum(tweet.label == label for tweet in tweets) for label in LABELS)
    return 2 * min(fewest // count, fewest - POOL // 2)


def _draw(by_label, number, items, lots):
    first, last = number * items // 2, (number + 1) * items // 2
    questions = [tweet for group in by_label.values() for tweet in group[first:last]]
    others = [group[:first] + group[last:] for group in by_label.values()]
    for group in others:
        lots.shuffle(group)
    lots.shuffle(questions)
    spare = [tweet for group in others for tweet in group[POOL // 2:]]
    lots.shuffle(spare)
    return Draw(_in_pairs(others, lots), questions, spare)


def _in_pairs(groups, lots):
    """One of each label, in random order, then the next two: the oldest and the newest 2, 4, 8 ... are balanced."""
    pool = []
    for pair in zip(*(group[: POOL // 2] for group in groups)):
        pool += lots.sample(pair, len(pair))
    return pool
