"""Proxy-Anchor: each proxy against the pictures of its class, and against all others."""
import torch
import torch.nn.functional as F

from entries import cases_of, mean, one_plus


def proxy_anchor(e, labels, proxies, delta, alpha):
    cosines = F.normalize(e, dim=1) @ F.normalize(proxies, dim=1).T
    near, far = [], []
    for c in range(len(proxies)):
        own = [i for i in range(len(labels)) if labels[i] == c]
        if own:
            near.append(one_plus([-alpha * (cosines[i, c] - delta) for i in own], e))
        far.append(one_plus([alpha * (cosines[i, c] + delta) for i in range(len(labels)) if i not in own], e))
    return mean(near, e) + mean(far, e)


def cases():
    yield from cases_of(
        "proxy-anchor",
        112,
        proxy_anchor,
        [
            ("defaults", {}, {"delta": 0.1, "alpha": 32.0}),
            ("soft", {"proxyAnchorMargin": 0.3, "proxyAnchorAlpha": 4}, {"delta": 0.3, "alpha": 4.0}),
        ],
        parameters=lambda source, dimension: {"proxies": source.normal(6, dimension)},
    )
