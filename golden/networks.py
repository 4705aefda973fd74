"""Whole backbones on weights that two programs can make: BN-Inception and ResNet-50 in PyTorch, with the names of published files.

Number i of the tensor NAME is v = 2 u - 1, u being MurmurHash3's finish of FNV-1a(NAME) + seed + i * 0x9E3779B9 over 2^32, in PyTorch's
axes. Convolutions are v sqrt(6 / fan in), matrices v / sqrt(fan in), scales 1 + v / 5, shifts and biases v / 10, running means v / 5,
running variances 1 + 2 v / 5; `x` [N, H, W, 3] and `dy` are v. Of a gradient or a running statistic a case holds its sum over the
numbers of NAME.probe, and its length."""
import math

import numpy
import torch
from torch import nn

from cases import stored

GOLDEN, WORD = 0x9E3779B9, 0xFFFFFFFF


def fnv(name):
    value = 0x811C9DC5
    for letter in name.encode():
        value = (value ^ letter) * 0x01000193 & WORD
    return value


def numbers(name, seed, shape):
    count = int(numpy.prod(shape))
    with numpy.errstate(over="ignore"):
        x = numpy.uint32((fnv(name) + seed) & WORD) + numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(GOLDEN)
        x = (x ^ x >> numpy.uint32(16)) * numpy.uint32(0x85EBCA6B)
        x = (x ^ x >> numpy.uint32(13)) * numpy.uint32(0xC2B2AE35)
        x = x ^ x >> numpy.uint32(16)
    return torch.from_numpy(2 * (x / 2.0**32) - 1).reshape(tuple(shape))


def begun(name, seed, shape):
    v = numbers(name, seed, shape)
    if len(shape) == 4:
        return v * math.sqrt(6 / (shape[1] * shape[2] * shape[3]))
    if len(shape) == 2:
        return v * (1 / math.sqrt(shape[1]))
    if name.endswith("running_var"):
        return 1 + 0.4 * v
    if name.endswith("running_mean"):
        return 0.2 * v
    return 1 + 0.2 * v if name.endswith("weight") else 0.1 * v


class Unit(nn.Module):
    """Convolution, normalisation, rectifier."""

    def __init__(self, inputs, outputs, side, stride, bias=True):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, side, stride, (side - 1) // 2, bias=bias)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return torch.relu(self.norm(self.convolution(x)))


# 1x1; 3x3 after its reduction; the two 3x3 after theirs; what is pooled and its projection. Blocks without a 1x1 have stride 2.
BLOCKS = {
    "3a": (64, 64, 64, 64, 96, "avg", 32), "3b": (64, 64, 96, 64, 96, "avg", 64), "3c": (0, 128, 160, 64, 96, "max", 0),
    "4a": (224, 64, 96, 96, 128, "avg", 128), "4b": (192, 96, 128, 96, 128, "avg", 128), "4c": (160, 128, 160, 128, 160, "avg", 128),
    "4d": (96, 128, 192, 160, 192, "avg", 128), "4e": (0, 128, 192, 192, 256, "max", 0),
    "5a": (352, 192, 320, 160, 224, "avg", 128), "5b": (352, 192, 320, 192, 224, "max", 128),
}


class BNInception(nn.Module):
    def __init__(self, embedding, divisor):
        super().__init__()
        self.units = nn.ModuleDict()
        self.halve = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.pools = {"avg": nn.AvgPool2d(3, 1, 1, ceil_mode=True, count_include_pad=True), "max": nn.MaxPool2d(3, 1, 1, ceil_mode=True)}

        def add(name, inputs, outputs, side, stride=1):
            self.units[name] = Unit(inputs, outputs, side, stride)
            return outputs

        before = add("conv2_3x3", add("conv2_3x3_reduce", add("conv1_7x7_s2", 3, 64 // divisor, 7, 2), 64 // divisor, 1), 192 // divisor, 3)
        for block, sizes in BLOCKS.items():
            single, reduce3, three, reduce5, five, kind, project = [size if isinstance(size, str) else size // divisor for size in sizes]
            name, stride = f"inception_{block}_", 1 if single else 2
            if single:
                add(name + "1x1", before, single, 1)
            add(name + "3x3", add(name + "3x3_reduce", before, reduce3, 1), three, 3, stride)
            add(name + "double_3x3_2", add(name + "double_3x3_1", add(name + "double_3x3_reduce", before, reduce5, 1), five, 3), five, 3, stride)
            if project:
                add(name + "pool_proj", before, project, 1)
            before = single + three + five + (project or before)
        self.last_linear = nn.Linear(before, embedding)

    def forward(self, x):
        units = self.units
        x = self.halve(units["conv1_7x7_s2"](x))
        x = self.halve(units["conv2_3x3"](units["conv2_3x3_reduce"](x)))
        for block, sizes in BLOCKS.items():
            name = f"inception_{block}_"
            parts = [units[name + "1x1"](x)] if sizes[0] else []
            parts.append(units[name + "3x3"](units[name + "3x3_reduce"](x)))
            parts.append(units[name + "double_3x3_2"](units[name + "double_3x3_1"](units[name + "double_3x3_reduce"](x))))
            parts.append(units[name + "pool_proj"](self.pools[sizes[5]](x)) if sizes[6] else self.halve(x))
            x = torch.cat(parts, 1)
        return self.last_linear(x.mean((2, 3)))

    def published(self, name):
        return name.replace("units.", "").replace(".convolution.", ".").replace(".norm.", "_bn.")


class Bottleneck(nn.Module):
    def __init__(self, inputs, within, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, within, 1, bias=False), nn.BatchNorm2d(within)
        self.conv2, self.bn2 = nn.Conv2d(within, within, 3, stride, 1, bias=False), nn.BatchNorm2d(within)
        self.conv3, self.bn3 = nn.Conv2d(within, 4 * within, 1, bias=False), nn.BatchNorm2d(4 * within)
        changes = inputs != 4 * within or stride != 1
        self.downsample = nn.Sequential(nn.Conv2d(inputs, 4 * within, 1, stride, bias=False), nn.BatchNorm2d(4 * within)) if changes else None

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(torch.relu(self.bn2(self.conv2(y)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Module):
    def __init__(self, embedding, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        before = width
        for stage, depth in enumerate((3, 4, 6, 3)):
            within = width * 2**stage
            blocks = []
            for block in range(depth):
                blocks.append(Bottleneck(before, within, 2 if stage and not block else 1))
                before = 4 * within
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(before, embedding)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(x.mean((2, 3)))

    def published(self, name):
        return name


def networks(seed, network, settings, count, side, mode):
    tensors = {network.published(name): tensor for name, tensor in network.state_dict().items() if "num_batches" not in name}
    parameters = {network.published(name): value for name, value in network.named_parameters()}
    for name, tensor in tensors.items():
        tensor.copy_(begun(name, seed, tensor.shape))
    network.train(mode == "train")
    x = numbers("x", seed, (count, side, side, 3)).requires_grad_(True)
    y = network(x.permute(0, 3, 1, 2))
    dy = numbers("dy", seed, y.shape)
    found = dict(zip(["x", *parameters], torch.autograd.grad((y * dy).sum(), [x, *parameters.values()])))

    def probed(values):
        return {
            name: stored(torch.stack([(value * numbers(f"{name}.probe", seed, value.shape)).sum(), value.norm()])) for name, value in values.items()
        }

    state = {name: tensor for name, tensor in tensors.items() if name not in parameters}
    return {
        "formula": settings["backbone"],
        "name": f"{settings['backbone']}: {mode}, {count} of {side} x {side}, {settings}",
        "settings": {**settings, "mode": mode, "seed": seed, "count": count, "side": side},
        "smooth": False,
        "inputs": {},
        "outputs": {"y": stored(y), **probed(state if mode == "train" else {})},
        "gradients": probed(found),
    }


def cases():
    for mode, count in (("frozen", 2), ("train", 3)):
        yield networks(31, BNInception(5, 16), {"backbone": "bn-inception", "divisor": 16}, count, 64, mode)
        yield networks(32, ResNet50(5, 4), {"backbone": "resnet50", "width": 4}, count, 64, mode)
    # Sides that no stride divides; channels by eights.
    yield networks(33, BNInception(5, 4), {"backbone": "bn-inception", "divisor": 4}, 2, 33, "frozen")
    yield networks(34, ResNet50(5, 8), {"backbone": "resnet50", "width": 8}, 2, 45, "frozen")
