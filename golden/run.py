"""Whole small trainings, from bytes to Recall@K: sampler, crops and flips, mining, schedule, Adam, batch normalisation, statistics and
evaluation, wired together by this program alone. PyTorch in float64 and Pillow; the random numbers from their algorithms.

A case holds `settings` under the names of the command's settings, what each step was given and gave, each epoch's retrieval, and
what was trained at the end. The pictures, `side` x `side` RGB bytes one behind the other, class after class, are the same for all:
of the side at which the recipe stores them (256 for 224), so that storing changes nothing."""
import base64
import math

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

from cases import channels_first, leaf, stored
from layers import convolve, normalise, padding_of, residual
from metric import (
    all_triplets, distances_of, drawn, hardest, l2_head, mdr, mean_distance_head, mining_weights, off_diagonal, random_weights, semi_hard,
    triplet,
)
from streams import seeded

SIZE, SIDE = 12, 14
# The first seven train: a class of one image, which can form no pair, and one of two, fewer than a batch takes of a class.
TRAIN, TEST = [5, 6, 1, 7, 2, 5, 6], [5, 6, 5, 6]
MEAN, DEVIATION = numpy.array([0.485, 0.456, 0.406]), numpy.array([0.229, 0.224, 0.225])
WIDTH = 4

COMMON = {
    "variant": "paper", "miner": "distance-weighted", "batchNorm": "train", "lambda": 0.6, "nu": 0.02, "gamma": 0.8, "margin": 0.3,
    "levels": [-1.5, 0.25, 2], "embedding": 6, "width": WIDTH, "depth": 1, "imageSize": SIZE, "minArea": 1, "batch": 12, "perClass": 3,
    "epochs": 3, "iterations": 4, "learningRate": 0.01, "weightDecay": 0.003, "decaySteps": [1, 2], "decayFactor": 0.3,
    "trainShare": 0.64, "recall": [1, 2, 4], "seed": 5,
}
CASES = {
    "triplet-mdr, paper, batch statistics": {"method": "triplet-mdr"},
    "triplet-l2, frozen, random negatives": {"method": "triplet-l2", "batchNorm": "frozen", "miner": "random", "seed": 6},
    # Without blocks: a shift after which every unit of a channel is alive only moves all embeddings, so that its gradient is zero but for
    # rounding; and a rate times a weight decay above Adam's epsilon blows that rounding up, step after step.
    "triplet-mdr, official, frozen": {"method": "triplet-mdr", "variant": "official", "batchNorm": "frozen", "depth": 0, "seed": 7},
    "triplet, semi-hard negatives": {"method": "triplet", "miner": "semi-hard", "seed": 8},
    "triplet-l2, real crops": {"method": "triplet-l2", "minArea": 0.3, "depth": 0, "seed": 9},
}


def pictures():
    """Of each class stripes of a colour, a width and a slope of its own, under noise that differs from picture to picture."""
    source = numpy.random.RandomState(61)
    y, x = numpy.mgrid[0:SIDE, 0:SIDE]
    found = []
    for label, count in enumerate(TRAIN + TEST):
        colour = source.randint(70, 120, 3)
        across, down, period = source.randint(1, 4), source.randint(0, 4), source.randint(3, 8)
        for _ in range(count):
            stripes = ((across * x + down * y + source.randint(0, 3)) % period) * 60 // period
            noise = source.randint(-90, 91, (SIDE, SIDE, 3))
            found.append((label, numpy.clip(colour + stripes[..., None] + noise, 0, 255).astype(numpy.uint8)))
    return found


def as_input(picture):
    """Bytes [H, W, 3] -> normalised colours in the 32 bits in which a network is given them."""
    return ((picture / 255.0 - MEAN) / DEVIATION).astype(numpy.float32).astype(numpy.float64)


def crop_box(stream, least):
    """RandomResizedCrop: area uniform, ratio log-uniform, ten tries, else the whole of a square picture."""
    draws = stream.uniforms(22)
    for area, ratio in zip(draws[0:20:2], draws[1:20:2]):
        pixels = SIDE * SIDE * (least + (1 - least) * area)
        ratio = math.exp(math.log(3 / 4) + (math.log(4 / 3) - math.log(3 / 4)) * ratio)
        w, h = math.floor(math.sqrt(pixels * ratio) + 0.5), math.floor(math.sqrt(pixels / ratio) + 0.5)
        if 0 < w <= SIDE and 0 < h <= SIDE:
            return int(draws[20] * (SIDE - w + 1)), int(draws[21] * (SIDE - h + 1)), w, h
    return 0, 0, SIDE, SIDE


def augmented(picture, stream, settings):
    left, top, w, h = crop_box(stream, settings["minArea"])
    mirrored = stream.uniform() < 0.5
    image = Image.fromarray(picture).crop((left, top, left + w, top + h)).resize((SIZE, SIZE), Image.LANCZOS)
    if mirrored:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    return numpy.asarray(image), [left, top, w, h], mirrored


def centre(picture):
    offset = (SIDE - SIZE) // 2
    return picture[offset:offset + SIZE, offset:offset + SIZE]


def checksum(picture):
    """Of the bytes and their places: the sum of byte times place, 1 being the first."""
    return int((picture.reshape(-1).astype(int) * numpy.arange(1, picture.size + 1)).sum())


def batch_indices(stream, labels, settings):
    """Classes in random order, up to m images of each without replacement, until the batch is full; cut to size."""
    members = [[index for index, own in enumerate(labels) if own == label] for label in sorted(set(labels))]
    indices = []
    for images in stream.shuffled([one for one in members if len(one) > 1]):
        if len(indices) < settings["batch"]:
            indices += stream.shuffled(images)[: settings["perClass"]]
    return indices[: settings["batch"]]


def stages_of(settings):
    """(name of the block, channels in, channels out) of each of four stages, or none."""
    widths = [WIDTH, *(WIDTH * 2**stage for stage in range(4))]
    return [(f"stage{stage + 1}.block1", *widths[stage:stage + 2]) for stage in range(4 * settings["depth"])]


def begun(name, shape, features, seed):
    """Convolutions He-normal, scales 1, shifts 0, the linear layer uniform in +-1 / sqrt(features)."""
    count, stream = int(numpy.prod(shape)), seeded(seed).split(name)
    if name.startswith("head."):
        values = [(2 * value - 1) / math.sqrt(features) for value in stream.uniforms(count)]
    elif name.endswith(".weight"):
        values = [value * math.sqrt(2 / numpy.prod(shape[:3])) for value in stream.normals(count)]
    else:
        values = [1.0 if name.endswith(".scale") else 0.0] * count
    return leaf(torch.tensor(values).reshape(shape))


def network_at_first(settings):
    shapes, features = {"stem.conv.weight": (3, 3, 3, WIDTH), "stem.norm": (WIDTH,)}, WIDTH
    for block, features, outputs in stages_of(settings):
        shapes.update({f"{block}.conv1.weight": (3, 3, features, outputs), f"{block}.norm1": (outputs,)})
        shapes.update({f"{block}.conv2.weight": (3, 3, outputs, outputs), f"{block}.norm2": (outputs,)})
        if outputs != features:
            shapes.update({f"{block}.shortcut.conv.weight": (1, 1, features, outputs), f"{block}.shortcut.norm": (outputs,)})
        features = outputs
    shapes.update({"head.weight": (features, settings["embedding"]), "head.bias": (settings["embedding"],)})
    parameters, state = {}, {}
    for name, shape in shapes.items():
        if "norm" not in name:
            parameters[name] = begun(name, shape, features, settings["seed"])
            continue
        parameters.update({f"{name}.{own}": begun(f"{name}.{own}", shape, features, settings["seed"]) for own in ("scale", "shift")})
        state.update({f"{name}.mean": torch.zeros(shape), f"{name}.variance": torch.ones(shape)})
    return parameters, state


def embedded(parameters, state, x, mode, settings):
    """[N, H, W, 3] -> [N, D] and the next running statistics: a stem of stride 2, a residual block a stage, the mean, a linear layer."""
    def norm(name, value):
        p, s = parameters, state
        return normalise(value, p[f"{name}.scale"], p[f"{name}.shift"], s[f"{name}.mean"], s[f"{name}.variance"], mode)

    y, mean, variance = norm("stem.norm", convolve(x, parameters["stem.conv.weight"], None, (2, 2), padding_of(1, 1, 1, 1)))
    y, after = F.relu(y), {"stem.norm.mean": mean, "stem.norm.variance": variance}
    for block, inputs, outputs in stages_of(settings):
        prefix = f"{block}."
        p, s = ({key[len(prefix):]: value for key, value in whole.items() if key.startswith(prefix)} for whole in (parameters, state))
        y, own = residual(p, s, y, 2 if outputs != inputs else 1, mode)
        after.update({prefix + key: value for key, value in own.items()})
    y = channels_first(y).mean(dim=(2, 3)) @ parameters["head.weight"] + parameters["head.bias"]
    return y, after


def objective(e, labels, uniforms, levels, momentum, settings):
    """L_metric + lambda L_MDR + nu sum s_k^2 on the head's output; the regularizer belongs to triplet-mdr alone."""
    regularized, variant, margin = settings["method"] == "triplet-mdr", settings["variant"], settings["margin"]
    headed = l2_head(e) if settings["method"] == "triplet-l2" else mean_distance_head(e)
    miners = {
        "distance-weighted": lambda: drawn(mining_weights(headed, labels), uniforms, 0),
        "random": lambda: drawn(random_weights(labels), uniforms, 0),
        "hardest": lambda: hardest(distances_of(headed).detach(), labels),
        "semi-hard": lambda: semi_hard(distances_of(headed).detach(), labels),
    }
    metric = (
        all_triplets(headed, labels, margin, variant)
        if settings["miner"] == "all"
        else triplet(headed, labels, miners[settings["miner"]](), margin, variant)
    )
    parts = {"metricLoss": metric, "meanDistance": distances_of(e)[off_diagonal(len(e))].mean()}
    if not regularized:
        return metric, parts, momentum
    regularizer, momentum = mdr(momentum, distances_of(headed), levels, variant, settings["gamma"])
    decay = settings["nu"] * (levels**2).sum()
    parts.update({"mdrLoss": regularizer, "levelDecay": decay, "mean": momentum[0], "deviation": momentum[1]})
    return metric + settings["lambda"] * regularizer + decay, parts, momentum


def recalls(e, labels, ranks):
    """The share of pictures with one of their class among the K nearest others."""
    d = ((e[:, None] - e[None]) ** 2).sum(-1)
    d.fill_diagonal_(math.inf)
    order = torch.sort(d, dim=1, stable=True).indices
    hits = torch.tensor(labels)[order] == torch.tensor(labels)[:, None]
    return {f"recall@{k}": float(hits[:, :k].any(dim=1).double().mean()) for k in ranks}


def digest(value):
    """A tensor in four numbers: sum, sum of squares, first and last."""
    flat = value.detach().reshape(-1)
    return stored(torch.stack([flat.sum(), (flat**2).sum(), flat[0], flat[-1]]))["data"]


def trained(settings):
    everything = pictures()
    seen = [one for one in everything if one[0] < len(TRAIN)]
    unseen = [one for one in everything if one[0] >= len(TRAIN)]
    (parameters, state), momentum = network_at_first(settings), None
    levels = leaf(torch.tensor([float(level) for level in settings["levels"]]))
    regularized = settings["method"] == "triplet-mdr"
    optimiser = torch.optim.Adam(
        [*parameters.values(), *([levels] if regularized else [])], lr=settings["learningRate"], weight_decay=settings["weightDecay"]
    )
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, settings["decaySteps"], settings["decayFactor"])
    test = torch.tensor(numpy.stack([as_input(centre(picture)) for _, picture in unseen]))
    steps, epochs, number = [], [], 0

    def evaluate(epoch):
        with torch.no_grad():
            e, _ = embedded(parameters, state, test, "evaluate", settings)
            e = l2_head(e) if settings["method"] == "triplet-l2" else e
        scores = recalls(e, [label for label, _ in unseen], settings["recall"])
        epochs.append({"epoch": epoch, "scores": scores, "embeddings": digest(e)})

    evaluate(0)
    for epoch in range(1, settings["epochs"] + 1):
        for _ in range(settings["iterations"]):
            number += 1
            own = seeded(settings["seed"]).split("steps").split(number)
            indices = batch_indices(own.split("batch"), [label for label, _ in seen], settings)
            labels = torch.tensor([float(seen[index][0]) for index in indices])
            uniforms = torch.tensor(own.split("miner").uniforms(len(indices) ** 2)).reshape(len(indices), -1)
            views = [augmented(seen[index][1], own.split("augmentation").split(place), settings) for place, index in enumerate(indices)]
            images = torch.tensor(numpy.stack([as_input(picture) for picture, _, _ in views]))
            e, after = embedded(parameters, state, images, settings["batchNorm"], settings)
            loss, parts, momentum = objective(e, labels, uniforms, levels, momentum, settings)
            before = stored(levels)["data"]
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            state = {key: value.detach() for key, value in after.items()}
            steps.append({
                "epoch": epoch, "step": number, "learningRate": optimiser.param_groups[0]["lr"],
                "indices": indices, "labels": [int(label) for label in labels],
                **({"uniforms": digest(uniforms)} if settings["miner"] in ("distance-weighted", "random") else {}),
                "boxes": [box for _, box, _ in views], "mirrored": [flag for _, _, flag in views],
                # Of the pictures as the network sees them, in bytes before normalisation.
                "checksums": [checksum(picture) for picture, _, _ in views],
                "loss": float(loss), "levels": before, **{key: float(value) for key, value in parts.items()},
            })
        schedule.step()
        evaluate(epoch)
    first = [one["scores"]["recall@1"] for one in epochs]
    end = {f"parameter.network.{name}": value for name, value in parameters.items()}
    end.update({f"state.network.{name}": value for name, value in state.items()})
    if regularized:
        end["parameter.objective.regularizer.levels"] = levels
    return {
        "steps": steps, "epochs": epochs, "bestEpoch": first.index(max(first)),
        "end": {name: digest(value) for name, value in end.items()},
    }


def cases():
    found = pictures()
    yield {
        "name": "pictures", "side": SIDE, "labels": [label for label, _ in found],
        "pixels": base64.b64encode(b"".join(picture.tobytes() for _, picture in found)).decode(),
    }
    for name, own in CASES.items():
        settings = {**COMMON, **own}
        yield {"name": name, "settings": settings, **trained(settings)}
