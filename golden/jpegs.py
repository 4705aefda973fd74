#!/usr/bin/env python3
"""Writes golden/jpegs.json: small JPEGs of all kinds, and the RGB bytes that Pillow (libjpeg-turbo) decodes them to, also at a half,
a quarter or an eighth of their size (its `draft`).

Independent of the TypeScript: Pillow decodes every file. It also writes those that it can write; the others (4:4:0, 4:1:1, restart
markers, RGB and YCCK components) come from the sequential encoder below, from ITU-T T.81. `golden/jpegs.py --check` decodes the
committed files anew and says whether Pillow still has the committed bytes; `golden/jpegs.py --many COUNT SEED` prints as many cases, a line
each, and writes nothing. Needs Pillow and NumPy (9.4 was used; Debian: python3-pil python3-numpy).
"""
import base64
import io
import json
import pathlib
import struct
import sys

import numpy
from PIL import Image

FILE = pathlib.Path(__file__).resolve().with_suffix(".json")

# T.81, table K.1, which scales to any quality by the habit of libjpeg; used for every component, so that colours too lose detail.
TABLE = numpy.array(
    "16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62 "
    "18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99".split(),
    float,
).reshape(8, 8)
ZIGZAG = sorted(range(64), key=lambda k: (k // 8 + k % 8, k // 8 if (k // 8 + k % 8) % 2 else k % 8))
COSINES = numpy.array([[(0.5 if u else 0.125**0.5) * numpy.cos((2 * x + 1) * u * numpy.pi / 16) for x in range(8)] for u in range(8)])
# Codes of 8 bits for every size of a mean, of 9 bits and more for every symbol there can be: valid, and not short.
MEANS = [0] * 7 + [12] + [0] * 8, list(range(12))
OTHERS = [0] * 8 + [162] + [0] * 7, [0x00, 0xF0] + [16 * run + size for run in range(16) for size in range(1, 11)]


def codes(counts, symbols):
    code, found, at = 0, {}, 0
    for length, count in enumerate(counts, 1):
        for symbol in symbols[at : at + count]:
            found[symbol] = (code, length)
            code += 1
        at += count
        code <<= 1
    return found


MEAN_CODES, OTHER_CODES = codes(*MEANS), codes(*OTHERS)


def segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + bytes(content)


def magnitude(value):
    size = int(abs(value)).bit_length()
    return size, (value if value >= 0 else value + (1 << size) - 1)


def block_bits(levels, before):
    """Code and length of each symbol of a block, in its zigzag order."""
    size, rest = magnitude(levels[0] - before)
    found, run = [MEAN_CODES[size], (rest, size)], 0
    for level in levels[1:]:
        if level == 0:
            run += 1
            continue
        found += [OTHER_CODES[0xF0]] * (run // 16)
        size, rest = magnitude(level)
        found += [OTHER_CODES[16 * (run % 16) + size], (rest, size)]
        run = 0
    return found + ([OTHER_CODES[0x00]] if run else [])


def packed(pairs):
    text = "".join(format(code, f"0{length}b") for code, length in pairs if length)
    text += "1" * (-len(text) % 8)
    return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8)).replace(b"\xff", b"\xff\x00")


def levels_of(plane, factors, most, table):
    """Quantised blocks of a component, [rows, columns, 64], up to the edge of the last coded unit."""
    (across, down), (most_across, most_down) = factors, most
    height, width = plane.shape
    units = -(-height // (8 * most_down)), -(-width // (8 * most_across))
    edge = numpy.pad(plane, [(0, units[0] * 8 * most_down - height), (0, units[1] * 8 * most_across - width)], "edge")
    step = most_down // down, most_across // across
    small = edge.reshape(edge.shape[0] // step[0], step[0], edge.shape[1] // step[1], step[1]).mean((1, 3)) - 128
    blocks = small.reshape(small.shape[0] // 8, 8, small.shape[1] // 8, 8).swapaxes(1, 2)
    return numpy.rint(COSINES @ blocks @ COSINES.T / table).astype(int).reshape(*blocks.shape[:2], 64)[..., ZIGZAG]


def encoded(planes, factors, quality, interval, extra):
    """A sequential JPEG of components that are given as they are to be stored."""
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    table = numpy.clip(numpy.floor((TABLE * scale + 50) / 100), 1, 255)
    most = max(f[0] for f in factors), max(f[1] for f in factors)
    grids = [levels_of(plane, own, most, table) for plane, own in zip(planes, factors)]
    height, width = planes[0].shape
    rows, columns = -(-height // (8 * most[1])), -(-width // (8 * most[0]))
    parts, pairs, before = [], [], [0] * len(planes)
    for unit in range(rows * columns):
        if interval and unit and unit % interval == 0:
            parts += [packed(pairs), bytes([0xFF, 0xD0 + (unit // interval - 1) % 8])]
            pairs, before = [], [0] * len(planes)
        for index, ((across, down), grid) in enumerate(zip(factors, grids)):
            for y in range(down):
                for x in range(across):
                    levels = grid[unit // columns * down + y, unit % columns * across + x].tolist()
                    pairs += block_bits(levels, before[index])
                    before[index] = levels[0]
    ids = range(1, len(planes) + 1)
    frame = struct.pack(">BHHB", 8, height, width, len(planes)) + b"".join(bytes([i, 16 * a + d, 0]) for i, (a, d) in zip(ids, factors))
    return b"".join([
        b"\xff\xd8", extra, segment(0xDB, [0, *table.astype(int).reshape(64)[ZIGZAG].tolist()]), segment(0xC0, frame),
        segment(0xC4, [0x00, *MEANS[0], *MEANS[1]]), segment(0xC4, [0x10, *OTHERS[0], *OTHERS[1]]),
        segment(0xDD, struct.pack(">H", interval)) if interval else b"",
        segment(0xDA, [len(planes), *(byte for i in ids for byte in (i, 0)), 0, 63, 0]), *parts, packed(pairs), b"\xff\xd9",
    ])  # fmt: skip


def adobe(transform):
    return segment(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00" + bytes([transform]))


JFIF = segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")


def picture_of(random, width, height, channels):
    """A slope, hard edges and some noise: what upsampling and rounding show in."""
    y, x = numpy.mgrid[0:height, 0:width]
    slope = [128 + 127 * numpy.sin(x * random.uniform(0.02, 0.6) + y * random.uniform(0.02, 0.6) + phase) for phase in range(channels)]
    blocks = numpy.kron(random.randint(0, 2, (height // 5 + 1, width // 5 + 1, channels)) * 255.0, numpy.ones((5, 5, 1)))[:height, :width]
    mixed = numpy.where(random.rand(height, width, 1) < random.choice([0, 0.3]), blocks, numpy.stack(slope, 2))
    edges = numpy.where((x[..., None] + y[..., None]) % 16 < 5, blocks, mixed)
    return numpy.clip(edges + random.randint(-9, 10, edges.shape), 0, 255)


def stored(random, kind, width, height):
    """Components as a file of that kind holds them, and what says so."""
    if kind == "grey":
        return picture_of(random, width, height, 1), JFIF
    if kind == "rgb":
        return picture_of(random, width, height, 3), adobe(0)
    if kind == "ycc":
        mode = Image.fromarray(picture_of(random, width, height, 3).astype(numpy.uint8)).convert("YCbCr")
        return numpy.asarray(mode).astype(float), [JFIF, b"", adobe(1)][random.randint(3)]
    inks = picture_of(random, width, height, 4)
    if kind == "cmyk":
        return inks, [adobe(0), b""][random.randint(2)]
    mode = Image.fromarray((255 - inks[..., :3]).astype(numpy.uint8)).convert("YCbCr")
    return numpy.concatenate([numpy.asarray(mode).astype(float), inks[..., 3:]], 2), adobe(2)


# Sampling of the first component; the others have 1 x 1, and a fourth that of the first.
SAMPLINGS = {"4:4:4": (1, 1), "4:2:2": (2, 1), "4:2:0": (2, 2), "4:4:0": (1, 2), "4:1:1": (4, 1), "4:1:0": (4, 2)}


def own_case(random, kind, sampling, width, height):
    planes, extra = stored(random, kind, width, height)
    first = SAMPLINGS[sampling]
    factors = [first if index in (0, 3) else (1, 1) for index in range(planes.shape[2])]
    quality, interval = int(random.choice([10, 40, 75, 90, 100])), int(random.choice([0, 0, 1, 2, 5]))
    name = f"{kind} {sampling} {width}x{height}, quality {quality}, interval {interval}"
    return name, encoded([planes[..., k] for k in range(planes.shape[2])], factors, quality, interval, extra)


def pillow_case(random, kind, sampling, width, height):
    mode = {"grey": "L", "ycc": "RGB", "cmyk": "CMYK"}[kind]
    array = picture_of(random, width, height, len(mode)).astype(numpy.uint8)
    picture = Image.fromarray(array[..., 0] if mode == "L" else array, mode)
    options = {"quality": int(random.choice([5, 30, 75, 95, 100])), "progressive": bool(random.randint(3)), "optimize": bool(random.randint(2))}
    if kind == "ycc":
        options["subsampling"] = sampling
    file = io.BytesIO()
    picture.save(file, "JPEG", **options)
    told = ", ".join(f"{key} {value}" for key, value in options.items())
    return f"Pillow's {kind} {width}x{height}, {told}", file.getvalue()


def case(random, size):
    width, height = size
    if random.randint(2):
        kind = str(random.choice(["grey", "ycc", "ycc", "ycc", "cmyk"]))
        name, file = pillow_case(random, kind, str(random.choice(["4:4:4", "4:2:2", "4:2:0"])), width, height)
    else:
        kind = str(random.choice(["grey", "ycc", "ycc", "ycc", "rgb", "cmyk", "ycck"]))
        # Odd samplings of one component mean nothing, and no decoder expects them of inks.
        wide = list(SAMPLINGS) if kind == "ycc" else ["4:4:4", "4:2:0"] if kind in ("rgb", "ycck") else ["4:4:4"]
        name, file = own_case(random, kind, str(random.choice(wide)), width, height)
    by = max((k for k in (2, 4, 8)[: random.randint(1, 4)] if k <= min(size)), default=1)
    found = {"name": name, "width": width, "height": height, "file": text_of(file), "by": by}
    return {**found, "pixels": text_of(decoded(file)), "reduced": text_of(decoded(file, by))}


def text_of(data):
    return base64.b64encode(data).decode()


def decoded(file, by=1):
    picture = Image.open(io.BytesIO(file))
    picture.draft(picture.mode, (picture.width // by, picture.height // by))
    return picture.convert("RGB").tobytes()


def differs(one):
    file = base64.b64decode(one["file"])
    return text_of(decoded(file)) != one["pixels"] or text_of(decoded(file, one["by"])) != one["reduced"]


def many(count, seed, largest):
    random = numpy.random.RandomState(seed)
    odd = [(1, 1), (1, 9), (17, 1), (2, 2), (3, 5), (8, 8), (9, 16), (16, 9), (largest, largest // 3)]
    for index in range(count):
        yield case(random, odd[index] if index < len(odd) else tuple(map(int, random.randint(1, largest + 1, 2))))


def main(arguments):
    if "--many" in arguments:
        count, seed = map(int, arguments[arguments.index("--many") + 1 :][:2])
        for one in many(count, seed, 90):
            print(json.dumps(one))
        return 0
    if "--check" in arguments:
        committed = json.loads(FILE.read_text())["cases"]
        other = [one["name"] for one in committed if differs(one)]
        print(f"jpegs.json differs from what Pillow decodes now: {other}" if other else "jpegs.json is as Pillow decodes it now")
        return 1 if other else 0
    found = list(many(48, 10, 21))
    text = '{"cases":[\n' + ",\n".join(json.dumps(one, separators=(",", ":")) for one in found) + "\n]}\n"
    FILE.write_text(text)
    print(f"jpegs.json: {len(found)} cases, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
