"""The multi-similarity loss of all pairs, and of those that its paper mines."""
import torch

from entries import cases_of, cosine, negatives, one_plus, positives


def multi_similarity(e, labels, alpha, beta, base, epsilon):
    total = 0 * e.sum()
    for a in range(len(labels)):
        near = [cosine(e, a, p) for p in positives(labels, a)]
        far = [cosine(e, a, n) for n in negatives(labels, a)]
        if epsilon is not None:
            hardest = max([x.item() for x in far], default=-torch.inf)
            easiest = min([x.item() for x in near], default=torch.inf)
            near, far = [x for x in near if x - epsilon < hardest], [x for x in far if x + epsilon > easiest]
        total = total + one_plus([-alpha * (x - base) for x in near], e) / alpha + one_plus([beta * (x - base) for x in far], e) / beta
    return total / len(labels)


def cases():
    usual = {"alpha": 2.0, "beta": 50.0, "base": 0.5}
    settings = {"multiSimilarityAlpha": 5, "multiSimilarityBeta": 8, "multiSimilarityBase": -0.25, "multiSimilarityEpsilon": 0.4}
    mined = [
        ("mined", {"multiSimilarityMining": "on"}, {**usual, "epsilon": 0.1}),
        ("mined, other settings", {**settings, "multiSimilarityMining": "on"}, {"alpha": 5.0, "beta": 8.0, "base": -0.25, "epsilon": 0.4}),
    ]
    for varieties in ([("defaults", {}, {**usual, "epsilon": None})], mined):
        yield from cases_of("multi-similarity", 104, multi_similarity, varieties)
