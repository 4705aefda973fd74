"""The circle loss. Its weights are detached, and stated: differences are taken with them held."""
import torch

from entries import cases_of, complete, cosine, lse, mean, negatives, positives, softplus


def circle(e, labels, margin, gamma):
    count = len(labels)
    weights = torch.zeros(count, count)
    for i in range(count):
        for j in range(count):
            s = cosine(e, i, j).item()
            weights[i, j] = max(0.0, s + margin) if labels[i] != labels[j] else max(0.0, 1 + margin - s)

    def each(a):
        near = [-gamma * weights[a, p] * (cosine(e, a, p) - (1 - margin)) for p in positives(labels, a)]
        far = [gamma * weights[a, n] * (cosine(e, a, n) - margin) for n in negatives(labels, a)]
        return softplus(lse(near) + lse(far))

    return mean([each(a) for a in complete(labels)], e), {"held.weights": weights}


def cases():
    yield from cases_of(
        "circle",
        105,
        circle,
        [
            ("defaults", {}, {"margin": 0.4, "gamma": 80.0}),
            ("as for faces", {"circleMargin": 0.25, "circleGamma": 256}, {"margin": 0.25, "gamma": 256.0}),
        ],
    )
