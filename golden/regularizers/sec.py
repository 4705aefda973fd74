"""The spherical embedding constraint over consecutive batches. The running mean is detached, and stated: differences are taken with it held."""
import torch

from cases import Numbers, case, leaf, pulled


def cases():
    source = Numbers(122)
    for label, momentum, weight in (("defaults", 0.0, None), ("a running mean", 0.75, 0.5)):
        length, seen = torch.tensor(0.0), torch.tensor(0.0)
        for step in range(3):
            e = source.normal(6, 4, scale=1 + step)
            leaves = {"embeddings": leaf(e)}
            lengths = torch.stack([x.norm() for x in leaves["embeddings"]])
            mean = lengths.mean().detach()
            after = mean if seen == 0 else momentum * length + (1 - momentum) * mean
            gap = ((lengths - after) ** 2).mean()
            loss = gap * (1 if weight is None else weight)
            settings = {} if weight is None else {"secMomentum": momentum, "secWeight": weight}
            inputs = {**leaves, "labels": torch.zeros(len(e)), "state.length": length, "state.seen": seen}
            outputs = {"loss": loss, "part.secLoss": gap, "part.meanLength": after, "state.length": after, "state.seen": torch.tensor(1.0), "held.length": after}
            yield case("regularizer sec", f"{label}, batch {step + 1}", settings, inputs, outputs, pulled(loss, torch.ones(()), leaves))
            length, seen = after, torch.tensor(1.0)
