"""The angular loss, triplet by triplet."""
import math

from entries import cases_of, cosine, mean, negatives, one_plus, pairs


def angular(e, labels, degrees):
    squared = math.tan(math.radians(degrees)) ** 2

    def exponent(a, p, n):
        return 4 * squared * (cosine(e, a, n) + cosine(e, p, n)) - 2 * (1 + squared) * cosine(e, a, p)

    return mean([one_plus([exponent(a, p, n) for n in negatives(labels, a)], e) for a, p in pairs(labels)], e)


def cases():
    yield from cases_of(
        "angular",
        110,
        angular,
        [("defaults", {}, {"degrees": 40}), ("the widest angle", {"angularAlpha": 60}, {"degrees": 60})],
    )
