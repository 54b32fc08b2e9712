"""The documented random generator (SplitMix64) and the draws made from it; see docs/simulation.md."""

MASK = (1 << 64) - 1
ORDER, RESIDENTS = 2, 3


class Lots:
    def __init__(self, seed, purpose):
        self.state = (seed * 8 + purpose) & MASK

    def word(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def unit(self):
        return (self.word() >> 11) * 2.0**-53

    def shuffled(self, items):
        items = list(items)
        for last in range(len(items) - 1, 0, -1):
            other = min(last, int(self.unit() * (last + 1)))
            items[last], items[other] = items[other], items[last]
        return items
