#!/usr/bin/env python3
"""Writes golden/weights/*.pth as torch.save does, in both of its formats, and golden/weights.json: the numbers that are in them.

`golden/weights.py --check` loads the committed files with torch.load and compares. Files named `refused-..` are ones that a reader
of weights must not obey; they are only written here. Needs PyTorch (1.13 was used).
"""
import collections
import functools
import json
import pathlib
import pickle
import sys
import warnings
import zipfile

import numpy
import torch

warnings.filterwarnings("ignore", category=UserWarning)
FOLDER = pathlib.Path(__file__).resolve().parent / "weights"
FILE = FOLDER.with_suffix(".json")
TYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3)
        self.norm = torch.nn.BatchNorm2d(4)
        self.fc = torch.nn.Linear(4, 5)

    def forward(self, x):
        return self.fc(self.norm(self.conv(x)).mean((2, 3)))


def trained():
    """A network after a step, in parallel's wrapping, and its optimiser."""
    torch.manual_seed(1)
    network = torch.nn.DataParallel(Network())
    optimiser = torch.optim.Adam(network.parameters())
    network.module(torch.randn(2, 3, 5, 5)).sum().backward()
    optimiser.step()
    return network, optimiser


def types():
    values = torch.tensor([0.0, 1.0, -2.5, 3.0e-8, 65504.0, 1e-3, -0.0, 7.0])
    return {
        **{name: (values * (1 if "float" in name else 1e-3)).to(getattr(torch, name)) for name in TYPES},
        "large": torch.tensor([2**31 - 1, -(2**31), 2**40]),
        "infinite": torch.tensor([float("inf"), -float("inf")]).half(),
        "scalar": torch.tensor(41),
        "none": torch.zeros(0, 3),
    }


def views():
    whole = torch.arange(24, dtype=torch.float32).view(4, 6) / 8
    return {
        "rows": whole[1:3],
        "columns": whole[:, 1::2],
        "transposed": whole.t(),
        "diagonal": whole.diagonal(1),
        "whole": whole,
        "again": whole,
        "one": whole[3, 5],
        "channels": torch.arange(2 * 3 * 2 * 2, dtype=torch.float64).view(2, 3, 2, 2).contiguous(memory_format=torch.channels_last),
    }


def nested():
    network, optimiser = trained()
    parts = {"epoch": 3, "best": 0.25, "name": "net", "flags": [True, None, (1, 2)], "optimizer": optimiser.state_dict()}
    return {"state_dict": network.state_dict(), **parts, "parameter": torch.nn.Parameter(torch.ones(2))}


def state():
    return trained()[0].module.state_dict()


class Attack:
    def __reduce__(self):
        return exec, ("raise SystemExit('this ran')",)


class View:
    """Stands for a part of a storage in a pickle, as PyTorch wrote it before 1.0."""


class ViewPickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", torch.FloatStorage, "root", "cpu", 6, ("part", 2, 3)) if isinstance(value, View) else None


class Rebuilt:
    def __reduce__(self):
        return torch._utils._rebuild_tensor_v2, (View(), 1, (2,), (1,), False, collections.OrderedDict())


def legacy(path, content, little=True):
    """The legacy format by hand: magic number, version, machine, object, keys, then the numbers of each storage."""
    sizes = {"short": 2, "int": 4, "long": 4}
    with path.open("wb") as file:
        for value in (torch.serialization.MAGIC_NUMBER, 1001, {"protocol_version": 1001, "little_endian": little, "type_sizes": sizes}):
            pickle.dump(value, file, 2)
        ViewPickler(file, 2).dump(content)
        pickle.dump(["root"], file, 2)
        file.write((6).to_bytes(8, "little") + numpy.arange(6, dtype="<f4").tobytes())


def big_endian_zip(path):
    torch.save({"weight": torch.ones(2)}, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{archive.namelist()[0].split('/')[0]}/byteorder", "big")


CONTENTS = {"state": state, "types": types, "views": views, "nested": nested}
SAVERS = {
    "zip": torch.save,
    "legacy": functools.partial(torch.save, _use_new_zipfile_serialization=False),
    "zip4": functools.partial(torch.save, pickle_protocol=4),
    "legacy4": functools.partial(torch.save, _use_new_zipfile_serialization=False, pickle_protocol=4),
}
REFUSED = {
    "attack": lambda: {"weight": torch.ones(2), "more": Attack()},
    "module": lambda: torch.nn.Linear(2, 2),
    "counter": lambda: collections.Counter("weights"),
    "repeated": lambda: {"weight": torch.ones(1).expand(1000, 1000)},
}


def tensors(value, path=()):
    if isinstance(value, torch.Tensor):
        yield ".".join(path), value.detach()
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from tensors(held, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for key, held in enumerate(value):
            yield from tensors(held, (*path, str(key)))


def stored(tensor):
    numbers = [float(x) for x in tensor.double().reshape(-1)] if tensor.dtype is not torch.int64 else tensor.reshape(-1).tolist()
    return {"shape": list(tensor.shape), "data": [x if abs(x) < float("inf") else str(x) for x in numbers]}


def described(value):
    return {name: stored(tensor) for name, tensor in tensors(value)}


def main(arguments):
    if "--check" in arguments:
        committed = json.loads(FILE.read_text())
        wrong = [
            path.name
            for path in sorted(FOLDER.glob("*.pth"))
            if not path.name.startswith("refused") and described(torch.load(path)) != committed[path.stem.split("-")[0]]
        ]
        print("every file of weights is as PyTorch reads it now" if not wrong else f"differ: {wrong}")
        return 1 if wrong else 0
    FOLDER.mkdir(exist_ok=True)
    for saver, save in SAVERS.items():
        for name, content in CONTENTS.items():
            save(content(), FOLDER / f"{name}-{saver}.pth")
        for name, content in REFUSED.items():
            if not saver.endswith("4"):
                save(content(), FOLDER / f"refused-{name}-{saver}.pth")
    legacy(FOLDER / "viewed-legacy.pth", {"weight": Rebuilt()})
    legacy(FOLDER / "refused-big-legacy.pth", {"weight": Rebuilt()}, little=False)
    big_endian_zip(FOLDER / "refused-big-zip.pth")
    torch.jit.script(Network()).save(str(FOLDER / "refused-script-zip.pth"))
    (FOLDER / "refused-pickle.pth").write_bytes(pickle.dumps(Attack(), 2))
    found = {name: described(content()) for name, content in CONTENTS.items()}
    found["viewed"] = described(torch.load(FOLDER / "viewed-legacy.pth"))
    FILE.write_text(json.dumps(found, separators=(",", ":")) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
