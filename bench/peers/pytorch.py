"""PyTorch as a contestant: reads one JSON request a line, answers one JSON line.

{"threads": 2, "work": {...}} -> {"milliseconds": 1.5} | {"reason": "..."}

A training step may ask for "device": "cuda" in its work.
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        same = inputs == outputs and stride == 1
        self.shortcut = (
            nn.Identity() if same else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        )

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


def stages(start, widths, depth):
    blocks, before = [], start
    for stage, width in enumerate(widths):
        for block in range(depth):
            blocks.append(Residual(before, width, 2 if stage > 0 and block == 0 else 1))
            before = width
    return blocks


def backbone(name, embedding=64):
    if name == "compact":
        widths = [16, 32, 64, 128]
        stem = [nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
        body = stages(16, widths, 1)
    else:
        widths = [64, 128, 256, 512]
        stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        body = stages(64, widths, 2)
    return nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], embedding))


def distances(e):
    squares = (e * e).sum(1)
    d = (squares[:, None] + squares[None, :] - 2 * e @ e.t()).clamp(min=1e-12).sqrt()
    return d * (1 - torch.eye(len(e), device=e.device))


def training_step(work):
    batch, side = work["batch"], work["side"]
    device = work.get("device", "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("torch.cuda.is_available() is False")
    net = backbone(work["backbone"]).to(device=device, memory_format=torch.channels_last)
    levels = torch.tensor([-3.0, 0.0, 3.0], device=device, requires_grad=True)
    optimiser = torch.optim.Adam([*net.parameters(), levels], lr=1e-4, weight_decay=1e-5)
    x = torch.rand(batch, 3, side, side, device=device).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch, device=device) % (batch // 4)
    others = 1 - torch.eye(batch, device=device)
    positives = (labels[:, None] == labels[None, :]).float() * others
    negatives = (labels[:, None] != labels[None, :]).float()

    def step():
        e = net(x)
        d = distances(e)
        e = e / (d.sum() / others.sum())
        d = distances(e)
        with torch.no_grad():
            unit = F.normalize(e)
            u = distances(unit).clamp(min=0.5)
            width = e.shape[1]
            log_weight = (2 - width) * u.log() - (width - 3) / 2 * (1 - u * u / 4).clamp(min=1e-8).log()
            weight = (log_weight - log_weight.max(1, keepdim=True).values).exp() * negatives * (u < 1.4)
            weight = torch.where(weight.sum(1, keepdim=True) > 0, weight, negatives)
            chosen = torch.multinomial(weight, batch, replacement=True)
        triplets = (F.relu(d - d.gather(1, chosen) + 0.2) * positives).sum() / positives.sum()
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
            run = training_step(current) if current["kind"] == "step" else convolution(current)
            run()
        start = time.perf_counter()
        run()
        answer = {"milliseconds": 1000 * (time.perf_counter() - start)}
    except Exception as error:
        current, answer = None, {"reason": f"{type(error).__name__}: {error}".split("\n")[0]}
    print(json.dumps(answer), flush=True)
