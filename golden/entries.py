"""What the goldens of single losses share: batches, the pairs of an anchor, and the case that they make.

Every loss is written here as its formula reads, anchor by anchor over lists of indices; never with masks.
"""
import torch
import torch.nn.functional as F

from cases import Numbers, case, leaf, pulled

USUAL = torch.tensor([0.0, 1.0, 0.0, 2.0, 1.0, 2.0, 0.0, 3.0, 0.0])


def positives(labels, a):
    return [p for p in range(len(labels)) if p != a and labels[p] == labels[a]]


def negatives(labels, a):
    return [n for n in range(len(labels)) if labels[n] != labels[a]]


def pairs(labels):
    """Anchors with each of their positives."""
    return [(a, p) for a in range(len(labels)) for p in positives(labels, a)]


def complete(labels):
    """Anchors that have a positive and a negative."""
    return [a for a in range(len(labels)) if positives(labels, a) and negatives(labels, a)]


def mean(terms, zero):
    """The mean of a list of scalars; of none, 0 that still hangs on what the gradient is asked in."""
    return torch.stack(terms).mean() if terms else 0 * zero.sum()


def lse(terms):
    return torch.logsumexp(torch.stack(terms), dim=0)


def softplus(x):
    """log(1 + exp(x)) to rounding: F.softplus takes x itself from 20 on, torch.logaddexp adds 1 before it takes the logarithm."""
    return torch.relu(x) + torch.log1p(torch.exp(-x.abs()))


def one_plus(terms, zero):
    """log(1 + sum of exponentials)."""
    return softplus(lse(terms)) if terms else 0 * zero.sum()


def distance(e, i, j):
    """Coincident points are at 1e-6, without a gradient."""
    squared = ((e[i] - e[j]) ** 2).sum()
    return squared.sqrt() if squared > 1e-12 else 0 * squared + 1e-6


def cosine(e, i, j):
    return F.normalize(e, dim=1)[i] @ F.normalize(e, dim=1)[j]


def batches(seed, dimension=4):
    """Label -> embeddings, labels, whether differences can be taken there."""
    source = Numbers(seed)
    twins = source.normal(6, dimension)
    twins[2], twins[4] = twins[0], twins[1]
    alike = torch.tensor([0.0, 1.0, 0.0, 1.0, 2.0, 2.0])
    return {
        "usual": (source.normal(9, dimension), USUAL, True),
        "small": (source.normal(9, dimension, scale=0.3), USUAL, True),
        "far from the origin": (source.normal(6, dimension) + 5, alike, True),
        "duplicates of both kinds": (twins, alike, False),
        "no two alike": (source.normal(5, dimension), torch.arange(5.0), True),
        "one class": (source.normal(5, dimension), torch.zeros(5), True),
        "two of a class": (source.normal(2, dimension), torch.zeros(2), True),
        "classes apart": (source.normal(6, dimension, scale=0.3) + 2 * F.one_hot(torch.arange(6) % 3, dimension), torch.arange(6.0) % 3, True),
    }


def cases_of(name, seed, loss, varieties, parameters=lambda source, dimension: {}, given=None):
    """
    `loss(e, labels, **settings, **parameters)` is a scalar, or a scalar and more outputs by name. Each variety of the settings, by
    the names that the library has for them, is tried on the usual batch; the first on all of them.
    """
    for index, (label, settings, own) in enumerate(varieties):
        for kind, (e, labels, smooth) in batches(seed).items():
            if index > 0 and kind != "usual":
                continue
            leaves = {"embeddings": leaf(e)}
            source = Numbers(seed + 500)
            learned = {key: leaf(value) for key, value in parameters(source, e.shape[1]).items()}
            found = loss(leaves["embeddings"], labels, **own, **learned)
            value, more = found if isinstance(found, tuple) else (found, {})
            leaves.update({f"parameter.{key}": value for key, value in learned.items()})
            yield case(
                f"loss {name}",
                f"{label}, {kind}",
                settings,
                {**leaves, "labels": labels, **(given or {})},
                {"loss": value, **more},
                pulled(value, torch.ones(()), leaves),
                smooth,
            )
