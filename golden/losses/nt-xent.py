"""NT-Xent: each positive pair among the anchor's negatives."""
import torch

from entries import cases_of, cosine, mean, negatives, pairs


def nt_xent(e, labels, temperature):
    terms = []
    for a, p in pairs(labels):
        against = [cosine(e, a, n) / temperature for n in negatives(labels, a)]
        if against:
            terms.append(-torch.log_softmax(torch.stack([cosine(e, a, p) / temperature, *against]), dim=0)[0])
    return mean(terms, e)


def cases():
    yield from cases_of(
        "nt-xent",
        106,
        nt_xent,
        [("defaults", {}, {"temperature": 0.07}), ("warm", {"ntXentTemperature": 0.5}, {"temperature": 0.5})],
    )
