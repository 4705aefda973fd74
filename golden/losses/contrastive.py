"""The contrastive loss: the mean of the positive hinges that are open, and that of the negative ones."""
from entries import cases_of, distance, mean, negatives, pairs


def contrastive(e, labels, positive, negative):
    near = [distance(e, a, p) - positive for a, p in pairs(labels)]
    far = [negative - distance(e, a, n) for a in range(len(labels)) for n in negatives(labels, a)]
    return mean([x for x in near if x > 0], e) + mean([x for x in far if x > 0], e)


def cases():
    yield from cases_of(
        "contrastive",
        101,
        contrastive,
        [
            ("defaults", {}, {"positive": 0.0, "negative": 1.0}),
            ("wide margins", {"positiveMargin": 1.5, "negativeMargin": 3.25}, {"positive": 1.5, "negative": 3.25}),
        ],
    )
