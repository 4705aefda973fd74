"""The backbones and the distances of this library, in PyTorch: written from their descriptions, for every peer here."""
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


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        within = outputs // 4
        self.branch = nn.Sequential(
            nn.Conv2d(inputs, within, 1, bias=False), nn.BatchNorm2d(within), nn.ReLU(),
            nn.Conv2d(within, within, 3, stride, 1, bias=False), nn.BatchNorm2d(within), nn.ReLU(),
            nn.Conv2d(within, outputs, 1, bias=False), nn.BatchNorm2d(outputs),
        )
        same = inputs == outputs and stride == 1
        self.shortcut = (
            nn.Identity() if same else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        )

    def forward(self, x):
        return F.relu(self.branch(x) + self.shortcut(x))


def stages(start, widths, depths, block=Residual):
    blocks, before = [], start
    for stage, width in enumerate(widths):
        for index in range(depths[stage]):
            blocks.append(block(before, width, 2 if stage > 0 and index == 0 else 1))
            before = width
    return blocks


def backbone(name, embedding=64):
    if name == "compact":
        widths = [16, 32, 64, 128]
        stem = [nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
        body = stages(16, widths, [1, 1, 1, 1])
    else:
        deep = name == "resnet50"
        widths = [256, 512, 1024, 2048] if deep else [64, 128, 256, 512]
        stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        body = stages(64, widths, [3, 4, 6, 3], Bottleneck) if deep else stages(64, widths, [2, 2, 2, 2])
    return nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], embedding))


def distances(e):
    squares = (e * e).sum(1)
    d = (squares[:, None] + squares[None, :] - 2 * e @ e.t()).clamp(min=1e-12).sqrt()
    return d * (1 - torch.eye(len(e), device=e.device))


def masks(labels):
    """[N] labels -> [N, N] of 0 and 1: others of the same class, others of another class."""
    same = (labels[:, None] == labels[None, :]).float()
    return same * (1 - torch.eye(len(labels), device=labels.device)), 1 - same


def distance_weighted(e, negatives):
    """A negative for each entry of [N, N]: log w = (2 - D) log d - ((D - 3) / 2) log(1 - d^2 / 4) on unit vectors."""
    with torch.no_grad():
        u = distances(F.normalize(e)).clamp(min=0.5)
        width = e.shape[1]
        log_weight = (2 - width) * u.log() - (width - 3) / 2 * (1 - u * u / 4).clamp(min=1e-8).log()
        kept = negatives.bool() & (u < 1.4)
        shift = log_weight.masked_fill(~kept, -torch.inf).max(1, keepdim=True).values
        weight = torch.where(kept, (log_weight - torch.where(shift.isinf(), 0.0, shift)).exp(), 0.0)
        weight = torch.where(weight.sum(1, keepdim=True) > 0, weight, negatives)
        return torch.multinomial(weight, len(e), replacement=True)


def triplet(d, chosen, positives, margin=0.2):
    """Mean over the ordered pairs of a class of max(0, |a - p| - |a - n| + margin)."""
    return (F.relu(d - d.gather(1, chosen) + margin) * positives).sum() / positives.sum()
