"""The supervised contrastive loss: the mean over an anchor's positives, each among all others of the batch."""
import torch

from entries import cases_of, cosine, mean, positives


def sup_con(e, labels, temperature):
    terms = []
    for a in range(len(labels)):
        others = [j for j in range(len(labels)) if j != a]
        shares = torch.log_softmax(torch.stack([cosine(e, a, j) / temperature for j in others]), dim=0)
        own = [-shares[others.index(p)] for p in positives(labels, a)]
        if own:
            terms.append(mean(own, e))
    return mean(terms, e)


def cases():
    yield from cases_of(
        "sup-con",
        107,
        sup_con,
        [("defaults", {}, {"temperature": 0.1}), ("warm", {"supConTemperature": 0.75}, {"temperature": 0.75})],
    )
