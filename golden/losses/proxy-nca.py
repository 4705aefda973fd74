"""Proxy-NCA: the cross entropy of squared distances to the proxies, embeddings and proxies at length 1."""
import torch
import torch.nn.functional as F

from entries import cases_of


def proxy_nca(e, labels, proxies, scale):
    squared = ((F.normalize(e, dim=1)[:, None, :] - F.normalize(proxies, dim=1)[None, :, :]) ** 2).sum(-1)
    return F.cross_entropy(-scale * squared, labels.long())


def cases():
    yield from cases_of(
        "proxy-nca",
        111,
        proxy_nca,
        [("defaults", {}, {"scale": 1.0}), ("sharp", {"proxyNcaScale": 9}, {"scale": 9.0})],
        parameters=lambda source, dimension: {"proxies": source.normal(6, dimension)},
    )
