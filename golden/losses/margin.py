"""The margin loss over every triplet, listed one by one, with its boundary learned; and over triplets that a miner chose."""
import torch

from cases import Numbers, case, leaf, pulled
from entries import USUAL, batches, cases_of, distance, negatives, pairs
from metric import distances_of, hardest


def over(e, triplets, boundary, margin, nu):
    terms = []
    for a, p, n in triplets:
        terms += [margin + distance(e, a, p) - boundary, margin + boundary - distance(e, a, n)]
    opened = [x for x in terms if x > 0]
    loss = torch.stack(opened).sum() / len(opened) if opened else 0 * e.sum()
    return loss + nu * boundary, {"part.boundary": boundary}


def every(e, labels, boundary, margin, nu):
    return over(e, [(a, p, n) for a, p in pairs(labels) for n in negatives(labels, a)], boundary, margin, nu)


def mined():
    """The nearest negative of each pair."""
    e, labels, _ = batches(103)["usual"]
    leaves = {"embeddings": leaf(e), "parameter.boundary": leaf(torch.tensor(1.5))}
    chosen = hardest(distances_of(e), labels)
    loss, more = over(leaves["embeddings"], [(a, p, int(chosen[a, p])) for a, p in pairs(labels)], leaves["parameter.boundary"], 0.4, 0.0)
    settings = {"miner": "hardest", "margin": 0.4}
    yield case("loss margin", "hardest negatives", settings, {**leaves, "labels": labels}, {"loss": loss, **more}, pulled(loss, torch.ones(()), leaves))


def cases():
    yield from cases_of(
        "margin",
        102,
        every,
        [
            ("defaults", {"miner": "all"}, {"margin": 0.2, "nu": 0.0}),
            ("a wide margin, a dear boundary", {"miner": "all", "margin": 1.25, "marginNu": 0.5}, {"margin": 1.25, "nu": 0.5}),
        ],
        parameters=lambda source, dimension: {"boundary": torch.tensor(1.3)},
    )
    yield from mined()
