"""The mean squared length of the embeddings."""
import torch

from cases import Numbers, case, leaf, pulled


def cases():
    source = Numbers(121)
    zero = source.normal(5, 4)
    zero[3] = 0
    for label, e, weight in (("usual", source.normal(7, 3), None), ("a dear length", source.normal(4, 9), 1.5), ("a zero vector", zero, None)):
        leaves = {"embeddings": leaf(e)}
        squared = sum(x @ x for x in leaves["embeddings"]) / len(e)
        loss = (0.02 if weight is None else weight) * squared
        settings = {} if weight is None else {"l2Weight": weight}
        inputs = {**leaves, "labels": torch.zeros(len(e))}
        yield case("regularizer l2", label, settings, inputs, {"loss": loss, "part.squaredLength": squared}, pulled(loss, torch.ones(()), leaves))
