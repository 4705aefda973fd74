"""Batch hard: for each anchor its farthest positive and its nearest negative, found by sorting."""
import torch

from cases import case
from entries import batches, negatives, positives
from metric import distances_of


def cases():
    for label in ("usual", "far from the origin", "no two alike"):
        e, labels, _ = batches(131)[label]
        d, count = distances_of(e), len(e)
        pairs, indices = torch.zeros(count, count), torch.zeros(count, count)
        for a in range(count):
            if positives(labels, a) and negatives(labels, a):
                p = max(positives(labels, a), key=lambda j: d[a, j].item())
                pairs[a, p], indices[a, p] = 1, min(negatives(labels, a), key=lambda j: d[a, j].item())
        yield case("miner batch-hard", label, {}, {"embeddings": e, "labels": labels, "mask": pairs}, {"indices": indices, "pairs": pairs})
