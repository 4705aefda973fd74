#!/usr/bin/env python3
"""Writes golden/pictures.json: what torchvision on Pillow pictures makes of pictures, box by box and byte by byte.

Independent of the TypeScript: nothing here computes a pixel, Pillow and torchvision do. `golden/pictures.py --check` compares a
fresh computation with the committed file. Needs Pillow and torchvision (9.4 and 0.14 were used; Debian: python3-torchvision).

Kinds of cases: `resize` (bytes), `view` (a crop of training: box, then size, then flip, then input numbers), `centre` (where
the centre crop of evaluation begins), `box` (the rule of RandomResizedCrop, with the draws that led to it as shares of 0 to 1).
"""
import base64
import json
import math
import pathlib
import sys

import numpy
import torch
from PIL import Image
from torchvision.transforms import CenterCrop, RandomResizedCrop
from torchvision.transforms import functional as F
from torchvision.transforms.functional import InterpolationMode

FILE = pathlib.Path(__file__).resolve().with_suffix(".json")
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
FILTERS = {"lanczos": InterpolationMode.LANCZOS, "triangle": InterpolationMode.BILINEAR}


def picture_of(width, height, seed):
    """Black and white blocks, whose edges overshoot under Lanczos, beside noise."""
    random = numpy.random.RandomState(seed)
    blocks = numpy.kron(random.randint(0, 2, (height // 4 + 1, width // 4 + 1, 3)) * 255, numpy.ones((4, 4, 1)))[:height, :width]
    noise = random.randint(0, 256, (height, width, 3))
    left = numpy.arange(width)[None, :, None] < width // 2
    return Image.fromarray(numpy.where(left, blocks, noise).astype(numpy.uint8))


def bytes_of(picture):
    return base64.b64encode(picture.tobytes()).decode()


def source(width, height, seed):
    picture = picture_of(width, height, seed)
    return picture, {"width": width, "height": height, "pixels": bytes_of(picture)}


def resizes():
    sizes = [((23, 17), (9, 31)), ((17, 23), (40, 5)), ((31, 31), (31, 12)), ((1, 7), (5, 3)), ((12, 13), (1, 1)), ((40, 9), (7, 9))]
    for index, (size, target) in enumerate(sizes):
        for name, kind in FILTERS.items():
            picture, stored = source(*size, index)
            result = F.resize(picture, [target[1], target[0]], kind)
            yield {"kind": "resize", "filter": name, "source": stored, "size": list(target), "result": bytes_of(result)}


def views():
    """(side, size, (left, top, width, height), flipped): boxes larger and smaller than the network's input, odd ones, all of it."""
    chosen = [
        (37, 32, (3, 5, 31, 30), False),
        (37, 32, (3, 5, 31, 30), True),
        (37, 32, (0, 0, 37, 37), True),
        (37, 32, (9, 1, 20, 23), False),
        (37, 15, (4, 2, 33, 35), True),
        (21, 16, (5, 5, 16, 16), True),
        (21, 24, (2, 7, 19, 11), False),
        (11, 7, (10, 0, 1, 11), False),
    ]
    for index, (side, size, (left, top, width, height), flip) in enumerate(chosen):
        picture, stored = source(side, side, 100 + index)
        part = F.resized_crop(picture, top, left, height, width, [size, size], InterpolationMode.LANCZOS)
        part = F.hflip(part) if flip else part
        numbers = F.normalize(F.to_tensor(part), MEAN, DEVIATION).permute(1, 2, 0)[:1]
        box = {"left": left, "top": top, "width": width, "height": height}
        yield {
            "kind": "view", "source": stored, "size": size, "box": box, "flip": flip,
            "result": bytes_of(part), "firstRow": [round(float(x), 7) for x in numbers.reshape(-1)],
        }


def centres():
    """Found on pictures whose red is the column and whose green is the row."""
    for side, size in [(73, 64), (256, 224), (37, 32), (110, 96), (12, 10), (13, 10), (15, 10), (10, 10), (11, 8), (9, 8)]:
        columns, rows = numpy.meshgrid(numpy.arange(side), numpy.arange(side))
        part = numpy.asarray(CenterCrop(size)(Image.fromarray(numpy.stack([columns, rows, rows], 2).astype(numpy.uint8))))
        yield {"kind": "centre", "side": side, "size": size, "left": int(part[0, 0, 0]), "top": int(part[0, 0, 1])}


def boxes():
    """The generator is wound back after each call to learn what was drawn; double precision, so that a share is exact."""
    torch.set_default_dtype(torch.float64)
    kept = [(73, 73, (0.4, 1.0), (3 / 4, 4 / 3))] * 6 + [(256, 256, (0.16, 1.0), (3 / 4, 4 / 3))] * 6
    others = [(90, 31, (0.16, 1.0), (3 / 4, 4 / 3))] * 4 + [(31, 90, (0.5, 1.0), (0.9, 1.1))] * 4
    none = [(91, 20, (0.9, 1.0), (3 / 4, 4 / 3)), (20, 91, (0.9, 1.0), (3 / 4, 4 / 3)), (17, 90, (0.9, 1.0), (0.6, 2.0)), (30, 30, (1.2, 1.3), (3 / 4, 4 / 3))]
    for seed, (width, height, area, ratio) in enumerate([*kept, *others, *none]):
        picture = Image.new("RGB", (width, height))
        torch.manual_seed(seed)
        top, left, h, w = RandomResizedCrop.get_params(picture, list(area), list(ratio))
        torch.manual_seed(seed)
        shares = []
        for _ in range(10):
            shares += [torch.empty(1).uniform_(*area).item(), torch.empty(1).uniform_(*map(math.log, ratio)).item()]
        places = [(left + 0.5) / (width - w + 1), (top + 0.5) / (height - h + 1)]
        low, high = [area[0], math.log(ratio[0])], [area[1], math.log(ratio[1])]
        draws = [(share - low[i % 2]) / (high[i % 2] - low[i % 2]) for i, share in enumerate(shares)] + places
        box = {"left": left, "top": top, "width": w, "height": h}
        yield {"kind": "box", "width": width, "height": height, "area": list(area), "ratio": list(ratio), "draws": draws, "box": box}


def main(arguments):
    found = [*resizes(), *views(), *centres(), *boxes()]
    if "--check" in arguments:
        same = json.loads(FILE.read_text())["cases"] == json.loads(json.dumps(found))
        print("pictures.json is as torchvision and Pillow make it now" if same else "pictures.json differs from what torchvision and Pillow make now")
        return 0 if same else 1
    text = '{"cases":[\n' + ",\n".join(json.dumps(one, separators=(",", ":")) for one in found) + "\n]}\n"
    FILE.write_text(text)
    print(f"pictures.json: {len(found)} cases, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
