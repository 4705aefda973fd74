"""PyTorch as a contestant: reads one JSON request a line, answers one JSON line.

{"threads": 2, "work": {...}} -> {"milliseconds": 1.5} | {"reason": "..."}

A training step may ask for "device": "cuda" in its work.
"""
import json
import sys
import time

import torch
from torch.nn import functional as F

from network import backbone, distance_weighted, distances, masks, triplet

def training_step(work):
    batch, side = work["batch"], work["side"]
    device = work.get("device", "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("torch.cuda.is_available() is False")
    net = backbone(work["backbone"]).to(device=device, memory_format=torch.channels_last)
    levels = torch.tensor([-3.0, 0.0, 3.0], device=device, requires_grad=True)
    optimiser = torch.optim.Adam([*net.parameters(), levels], lr=1e-4, weight_decay=1e-5)
    x = torch.rand(batch, 3, side, side, device=device).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch, device=device) % max(2, batch // 4)
    others = 1 - torch.eye(batch, device=device)
    positives, negatives = masks(labels)

    def step():
        e = net(x)
        d = distances(e)
        e = e / (d.sum() / others.sum())
        d = distances(e)
        triplets = triplet(d, distance_weighted(e, negatives), positives)
        mean = d.detach().sum() / others.sum()
        deviation = (((d.detach() - mean) ** 2 * others).sum() / others.sum()).sqrt()
        normalised = (d - mean) / deviation
        nearest = (normalised.detach()[..., None] - levels.detach()).abs().argmin(-1)
        regularizer = ((normalised - levels[nearest]).abs() * others).sum() / others.sum()
        loss = triplets + 0.6 * regularizer + 0.01 * (levels**2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def inference(work):
    net = backbone(work["backbone"]).to(memory_format=torch.channels_last).eval()
    x = torch.rand(work["batch"], 3, work["side"], work["side"]).contiguous(memory_format=torch.channels_last)

    def embed():
        with torch.no_grad():
            return net(x)

    return embed


def convolution(work):
    batch, side, channels = work["batch"], work["side"], work["channels"]
    form = {"memory_format": torch.channels_last}
    x = torch.rand(batch, channels, side, side).contiguous(**form)
    w = torch.rand(channels, channels, 3, 3).contiguous(**form)
    dy = torch.rand(batch, channels, side, side).contiguous(**form)
    mask = {"toInput": [True, False, False], "toWeights": [False, True, False]}
    if work["direction"] == "forward":
        def forward():
            with torch.no_grad():
                return F.conv2d(x, w, padding=1)
        return forward
    chosen = mask[work["direction"]]
    return lambda: torch.ops.aten.convolution_backward(
        dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, chosen
    )


current, run = None, None
for line in sys.stdin:
    request = json.loads(line)
    try:
        torch.set_num_threads(request["threads"])
        if request["work"] != current:
            current = request["work"]
            run = {"step": training_step, "inference": inference, "convolution": convolution}[current["kind"]](current)
            run()
        start, before = time.perf_counter(), time.process_time()
        run()
        answer = {"milliseconds": 1000 * (time.perf_counter() - start), "processor": 1000 * (time.process_time() - before)}
    except Exception as error:
        current, answer = None, {"reason": f"{type(error).__name__}: {error}".split("\n")[0]}
    print(json.dumps(answer), flush=True)
