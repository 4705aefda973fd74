"""Batch easy-hard: for each anchor its nearest positive, and the nearest negative farther than that; no triplet where there is none."""
import torch

from cases import case
from entries import batches, negatives, positives
from metric import distances_of


def cases():
    for label in ("usual", "small", "classes apart", "no two alike"):
        e, labels, _ = batches(132)[label]
        d, count = distances_of(e), len(e)
        pairs, indices = torch.zeros(count, count), torch.zeros(count, count)
        for a in range(count):
            if not positives(labels, a):
                continue
            p = min(positives(labels, a), key=lambda j: d[a, j].item())
            farther = [n for n in negatives(labels, a) if d[a, n] > d[a, p]]
            if farther:
                pairs[a, p], indices[a, p] = 1, min(farther, key=lambda j: d[a, j].item())
        yield case("miner batch-easy-hard", label, {}, {"embeddings": e, "labels": labels, "mask": pairs}, {"indices": indices, "pairs": pairs})
