"""The lifted structure loss, generalised to all positives of an anchor."""
import torch

from entries import cases_of, complete, distance, lse, mean, negatives, positives


def lifted_structure(e, labels, positive, negative):
    def each(a):
        near = lse([distance(e, a, p) - positive for p in positives(labels, a)])
        return torch.relu(near + lse([negative - distance(e, a, n) for n in negatives(labels, a)]))

    return mean([each(a) for a in complete(labels)], e)


def cases():
    yield from cases_of(
        "lifted-structure",
        108,
        lifted_structure,
        [
            ("defaults", {}, {"positive": 0.0, "negative": 1.0}),
            ("wide margins", {"positiveMargin": 0.75, "negativeMargin": 2.5}, {"positive": 0.75, "negative": 2.5}),
        ],
    )
