#!/usr/bin/env python3
"""The twin: an independent program of the same training recipe, in PyTorch and Pillow, from files to Recall@1.

    bench/peers/twin.py --data DIR --seeds 1-10 --out FILE

Written from the recipe's description, never from the TypeScript, with its own data path, sampler, network, loss, optimiser
and evaluation. The first half of the classes in alphabetical order trains, the others test. FILE gets a JSON line a seed as
soon as it is done; seeds that it holds already are not run again. `--change` swaps one choice, to see what it is worth.
"""
import argparse
import json
import math
import pathlib
import time

import numpy
import torch
from network import backbone, distance_weighted, distances, masks, triplet
from PIL import Image, ImageOps
from torch import nn

MEAN = numpy.float32([0.485, 0.456, 0.406])
DEVIATION = numpy.float32([0.229, 0.224, 0.225])
CHANGES = {
    "triangle-crops": "training crops resampled with the triangle filter",
    "default-initialisation": "convolutions begin as PyTorch begins them, uniform, where the recipe has He's normal",
    "biased-variance": "the running variance of batch normalisation is the batch's biased one",
}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of class folders")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="file of results, a JSON line a seed")
    parser.add_argument("--seeds", default="1-10", help="1-10, or 3")
    parser.add_argument("--epochs", default=20, type=int)
    parser.add_argument("--iterations", default=60, type=int)
    parser.add_argument("--batch", default=64, type=int)
    parser.add_argument("--per-class", default=4, type=int)
    parser.add_argument("--learning-rate", default=1e-3, type=float)
    parser.add_argument("--decay-steps", default="12,17", help="after these epochs the rate is multiplied by 0.2")
    parser.add_argument("--min-area", default=0.4, type=float)
    parser.add_argument("--size", default=64, type=int, help="side of the network's input")
    parser.add_argument("--threads", default=1, type=int)
    parser.add_argument("--change", choices=CHANGES, help="; ".join(f"{name}: {what}" for name, what in CHANGES.items()))
    return parser.parse_args()


def opened(path, side):
    """The picture upright, in colour, as the recipe stores it: a square by Lanczos, whatever its shape."""
    with Image.open(path) as picture:
        return ImageOps.exif_transpose(picture).convert("RGB").resize((side, side), Image.Resampling.LANCZOS)


def pictures_of(root, side):
    """(pictures, labels) of the training classes and of the test classes."""
    folders = sorted(folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    half = len(folders) // 2
    endings = {".jpg", ".jpeg", ".png"}

    def read(chosen):
        found = [(opened(path, side), label) for label, folder in enumerate(chosen) for path in sorted(folder.iterdir()) if path.suffix.lower() in endings]
        return [picture for picture, _ in found], numpy.array([label for _, label in found])

    return read(folders[:half]), read(folders[half:])


def as_input(picture):
    return (numpy.asarray(picture, numpy.float32) / 255 - MEAN) / DEVIATION


def crop_box(side, least, random):
    """Area uniform in [least, 1], ratio log-uniform in [3/4, 4/3], ten attempts; a square that none fits is taken whole."""
    for _ in range(10):
        area = side * side * random.uniform(least, 1)
        ratio = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        width, height = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < width <= side and 0 < height <= side:
            left, top = random.integers(0, side - width + 1), random.integers(0, side - height + 1)
            return left, top, left + width, top + height
    return 0, 0, side, side


def augmented(picture, size, least, kind, random):
    part = picture.crop(crop_box(picture.width, least, random)).resize((size, size), kind)
    return as_input(part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else part)


def centred(picture, size):
    start = round((picture.width - size) / 2)
    return as_input(picture.crop((start, start, start + size, start + size)))


def drawn(members, count, each, random):
    """Classes in random order, up to `each` pictures of one without replacement, until the batch is full; cut to size."""
    batch = []
    for label in random.permutation(len(members)):
        batch.extend(random.permutation(members[label])[:each])
        if len(batch) >= count:
            return batch[:count]
    raise ValueError(f"the training classes do not fill a batch of {count}")


def tensor_of(arrays):
    return torch.from_numpy(numpy.stack(arrays)).permute(0, 3, 1, 2)


def network_of(change):
    net = backbone("compact")
    for module in net.modules():
        if isinstance(module, nn.Conv2d) and change != "default-initialisation":
            fan_in = module.in_channels * module.kernel_size[0] * module.kernel_size[1]
            nn.init.normal_(module.weight, 0, math.sqrt(2 / fan_in))
    return net.to(memory_format=torch.channels_last)


def with_biased_variance(net):
    """After each pass in training, takes the correction n / (n - 1) out of what the pass added to the running variance."""

    def corrected(module, inputs, _):
        if module.training:
            with torch.no_grad():
                n = inputs[0].numel() / inputs[0].shape[1]
                batch = inputs[0].var((0, 2, 3), unbiased=False)
                module.running_var += module.momentum * (batch - batch * n / (n - 1))

    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(corrected)


def recall_at_1(net, pictures, labels, size):
    net.eval()
    with torch.no_grad():
        parts = [net(tensor_of([centred(one, size) for one in pictures[at : at + 64]])) for at in range(0, len(pictures), 64)]
    net.train()
    apart = torch.cdist(*[torch.cat(parts).double()] * 2, compute_mode="donot_use_mm_for_euclid_dist")
    nearest = apart.fill_diagonal_(torch.inf).argmin(1).numpy()
    return float((labels[nearest] == labels).mean())


def trained(seed, train, test, options):
    started = time.time()
    random = numpy.random.default_rng(seed)
    torch.manual_seed(seed)
    (pictures, labels), (unseen, unseen_labels) = train, test
    members = [numpy.flatnonzero(labels == label) for label in range(labels.max() + 1)]
    kind = Image.Resampling.BILINEAR if options.change == "triangle-crops" else Image.Resampling.LANCZOS
    net = network_of(options.change)
    if options.change == "biased-variance":
        with_biased_variance(net)
    before = recall_at_1(net, unseen, unseen_labels, options.size)
    optimiser = torch.optim.Adam(net.parameters(), lr=options.learning_rate, weight_decay=1e-5)
    milestones = [int(epoch) for epoch in options.decay_steps.split(",")]
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, milestones, gamma=0.2)
    losses = []
    begun = time.time()
    for _ in range(options.epochs):
        of_epoch = []
        for _ in range(options.iterations):
            indices = drawn(members, options.batch, options.per_class, random)
            images = tensor_of([augmented(pictures[index], options.size, options.min_area, kind, random) for index in indices])
            positives, negatives = masks(torch.from_numpy(labels[indices]))
            e = net(images)
            e = e * len(e) * (len(e) - 1) / distances(e).sum()
            loss = triplet(distances(e), distance_weighted(e, negatives), positives)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            of_epoch.append(loss.item())
        schedule.step()
        losses.append(sum(of_epoch) / len(of_epoch))
    in_steps = time.time() - begun
    final = recall_at_1(net, unseen, unseen_labels, options.size)
    seconds = time.time() - started
    return {"seed": seed, "change": options.change, "before": before, "recall@1": final, "losses": losses, "in_steps": in_steps, "seconds": seconds}


def main():
    options = parsed()
    torch.set_num_threads(options.threads)
    first, last = (options.seeds.split("-") * 2)[:2]
    done = [json.loads(line)["seed"] for line in options.out.read_text().splitlines()] if options.out.exists() else []
    train, test = pictures_of(options.data, round(options.size * 256 / 224))
    for seed in range(int(first), int(last) + 1):
        if seed not in done:
            with options.out.open("a") as file:
                file.write(json.dumps(trained(seed, train, test, options)) + "\n")


if __name__ == "__main__":
    main()
