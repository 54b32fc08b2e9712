"""The policies, from their definitions in the system model."""


class Policy:
    def __init__(self, server):
        self.server = server
        self.counts = [0.0] * len(server.pairs)
        self.clock = 0

    def score(self, p):
        return 0.0

    def may_admit(self, p, count):
        """Whether an eviction could let the pair in."""
        return True

    def admits(self, p, count, going):
        return True

    def residents(self, lots):
        return None

    def spared(self, going, excess):
        """Of those that would go, the ones that do, when together they free more than is missing."""
        return going

    def cheapest(self, going, missing, others):
        """These, or one of the others, in the order of scores, that alone makes room and is worth less."""
        return going

    def asked(self, p, count):
        pass

    def loaded(self, p):
        pass

    def evicted(self, p):
        pass

    def slot_ended(self, requests):
        pass


class Cloud(Policy):
    def admits(self, p, count, going):
        return False


class RandomSet(Cloud):
    def residents(self, lots):
        order = lots.shuffled(range(len(self.server.pairs)))
        space = int(self.server.memory * lots.unit())
        chosen = set()
        for p in order:
            if self.server.pairs[p].bytes <= space:
                chosen.add(p)
                space -= self.server.pairs[p].bytes
        return chosen


class FirstInFirstOut(Policy):
    def score(self, p):
        return self.counts[p]

    def loaded(self, p):
        self.clock += 1
        self.counts[p] = self.clock


class LeastRecentlyUsed(Policy):
    def score(self, p):
        return self.counts[p]

    def asked(self, p, count):
        self.clock += 1
        self.counts[p] = self.clock


class Hyperbolic(Policy):
    def __init__(self, server):
        super().__init__(server)
        self.loaded_at = [0] * len(server.pairs)

    def score(self, p):
        return self.counts[p] / (1 + self.clock - self.loaded_at[p])

    def asked(self, p, count):
        self.counts[p] += count
        self.clock += count

    def loaded(self, p):
        self.loaded_at[p] = self.clock

    def evicted(self, p):
        self.counts[p] = 0.0


class LeastFrequentlyUsed(Policy):
    def score(self, p):
        return self.counts[p]

    def asked(self, p, count):
        self.counts[p] += count


class LeastFrequentlyUsedGated(LeastFrequentlyUsed):
    def admits(self, p, count, going):
        return all(self.counts[q] < self.counts[p] for q in going)


class LeastContext(Policy):
    def score(self, p):
        return self.server.kappa[p]


class LeastContextGated(LeastContext):
    def admits(self, p, count, going):
        kappa = self.server.kappa
        return all(kappa[q] == 0 or kappa[q] < kappa[p] for q in going)


class GreedyDual(Policy):
    def __init__(self, server):
        super().__init__(server)
        self.priority = [0.0] * len(server.pairs)
        self.inflation = 0.0

    def score(self, p):
        return self.priority[p]

    def asked(self, p, count):
        pair = self.server.pairs[p]
        self.counts[p] += count
        self.priority[p] = self.inflation + self.counts[p] * pair.saving(0.0) / pair.bytes

    def evicted(self, p):
        self.inflation = max(self.inflation, self.priority[p])


class GreedyDualGated(GreedyDual):
    def admits(self, p, count, going):
        return all(self.priority[q] < self.priority[p] for q in going)


class ValueOfResidency(Policy):
    horizon, beta = 50.0, 0.04

    def __init__(self, server):
        super().__init__(server)
        self.weight = 0.0

    def slot_ended(self, requests):
        self.weight = self.weight * (1 - self.beta) + self.beta
        for p in range(len(self.counts)):
            self.counts[p] = self.counts[p] * (1 - self.beta) + self.beta * requests.get(p, 0)

    def rate(self, p):
        return self.counts[p] / self.weight if self.weight > 0 else 0.0

    def projected(self, p):
        pair = self.server.pairs[p]
        kappa = self.server.kappa[p] + (self.rate(p) - pair.vanishing) * self.horizon / 2
        return min(pair.window, max(0.0, kappa))

    def value(self, p):
        return self.rate(p) * self.server.pairs[p].saving(self.projected(p))

    def score(self, p):
        return self.value(p) / self.server.pairs[p].bytes

    def spared(self, going, excess):
        for q in sorted(going, key=lambda q: (-self.value(q), q)):
            if self.server.pairs[q].bytes <= excess:
                excess -= self.server.pairs[q].bytes
                going = [other for other in going if other != q]
        return going

    def cheapest(self, going, missing, others):
        worth = sum(self.value(q) for q in going)
        for q in others:
            if missing > 0 and self.server.pairs[q].bytes >= missing and self.value(q) < worth * (1 - 1e-9):
                going, worth = [q], self.value(q)
        return going

    def admits(self, p, count, going):
        pair = self.server.pairs[p]
        gain = count * pair.saving(self.server.kappa[p]) + self.horizon * self.value(p) - pair.load
        return gain > self.horizon * sum(self.value(q) for q in going)


class SkiRental(ValueOfResidency):
    horizon, beta, share = 25.0, 0.08, 0.5

    def __init__(self, server):
        super().__init__(server)
        self.credit = [0.0] * len(server.pairs)
        self.credited = [0] * len(server.pairs)

    def admits(self, p, count, going):
        pair, slot = self.server.pairs[p], self.server.slot
        lost = sum(self.value(q) for q in going) * (slot - self.credited[p])
        self.credit[p] = max(0.0, self.credit[p] + count * pair.saving(self.projected(p)) - lost)
        self.credited[p] = slot
        return self.credit[p] >= self.share * pair.load

    def loaded(self, p):
        self.credit[p] = 0.0

    def evicted(self, p):
        self.credit[p] = 0.0
        self.credited[p] = self.server.slot


class RegretAndForecast(SkiRental):
    """Rates are the mean of four running means, and count what a pair has been asked in this slot already."""

    horizon, look_ahead, share = 36.0, 2.0, 0.3
    betas = (0.02, 0.06, 0.18, 0.54)

    def __init__(self, server):
        super().__init__(server)
        self.forgone = [0.0] * len(server.pairs)
        self.means = [[0.0] * len(self.betas) for _ in server.pairs]
        self.weights = [0.0] * len(self.betas)
        self.now = {}

    def asked(self, p, count):
        self.now[p] = count

    def slot_ended(self, requests):
        self.means = [self.after(p, requests.get(p, 0)) for p in range(len(self.means))]
        self.weights = [weight * (1 - beta) + beta for weight, beta in zip(self.weights, self.betas)]
        self.now = {}

    def after(self, p, requests):
        return [mean * (1 - beta) + beta * requests for mean, beta in zip(self.means[p], self.betas)]

    def rate(self, p):
        means, weights = self.means[p], self.weights
        if p in self.now:
            means = self.after(p, self.now[p])
            weights = [weight * (1 - beta) + beta for weight, beta in zip(weights, self.betas)]
        return sum(mean / weight if weight > 0 else 0.0 for mean, weight in zip(means, weights)) / len(self.betas)

    def projected(self, p):
        pair = self.server.pairs[p]
        kappa = self.server.kappa[p] + (self.rate(p) - pair.vanishing) * self.look_ahead / 2
        return min(pair.window, max(0.0, kappa))

    def pays(self, p, credit, displaced):
        return self.share * credit + self.horizon * (self.value(p) - displaced) >= self.server.pairs[p].load

    def may_admit(self, p, count):
        """The credit as if victims were worth nothing; what they are worth is taken off when it matters."""
        self.forgone[p] += count * self.server.pairs[p].saving(self.projected(p))
        return self.pays(p, max(0.0, self.credit[p] + self.forgone[p]), 0.0)

    def admits(self, p, count, going):
        displaced = sum(self.value(q) for q in going)
        lost = displaced * (self.server.slot - self.credited[p])
        self.credit[p] = max(0.0, self.credit[p] + self.forgone[p] - lost)
        self.forgone[p] = 0.0
        self.credited[p] = self.server.slot
        return self.pays(p, self.credit[p], displaced)

    def loaded(self, p):
        super().loaded(p)
        self.forgone[p] = 0.0

    def evicted(self, p):
        super().evicted(p)
        self.forgone[p] = 0.0


POLICIES = {
    "cloud": Cloud,
    "random-set": RandomSet,
    "fifo": FirstInFirstOut,
    "lru": LeastRecentlyUsed,
    "hyperbolic": Hyperbolic,
    "lfu": LeastFrequentlyUsed,
    "lfu-gated": LeastFrequentlyUsedGated,
    "least-context": LeastContext,
    "least-context-gated": LeastContextGated,
    "gdsf": GreedyDual,
    "gdsf-gated": GreedyDualGated,
    "value-of-residency": ValueOfResidency,
    "ski-rental": SkiRental,
    "regret-forecast": RegretAndForecast,
}
