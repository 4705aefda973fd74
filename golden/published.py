#!/usr/bin/env python3
"""Writes a network's weights as published files are, and what PyTorch makes of some pictures with them: `golden/published.py NAME SIDE COUNT FOLDER`.

NAME is resnet18, resnet50 (torchvision's own where it is installed, else golden/networks.py's) or bn-inception. FOLDER gets zip.pth (the
state dictionary), legacy.pth (the legacy format, nested and from parallel training), half.pth (float16), images.f32 [COUNT, SIDE, SIDE, 3] and embeddings.json
by file. Weights are golden/networks.py's, in float32; the embedding has 64 numbers. Nothing of it is committed.
"""
import json
import pathlib
import sys

import torch

import networks

EMBEDDING, SEED = 64, 7


def built(name):
    if name == "bn-inception":
        return networks.BNInception(EMBEDDING, 1)
    try:
        import torchvision

        return getattr(torchvision.models, name)(num_classes=EMBEDDING)
    except ImportError:
        if name == "resnet50":
            return networks.ResNet50(EMBEDDING, 64)
        raise


def main(name, side, count, folder):
    torch.set_default_dtype(torch.float32)
    folder = pathlib.Path(folder)
    network = built(name).eval()
    published = getattr(network, "published", lambda one: one)
    with torch.no_grad():
        for key, tensor in network.state_dict().items():
            if "num_batches" not in key:
                tensor.copy_(networks.begun(published(key), SEED, tensor.shape))
    state = {published(key): tensor for key, tensor in network.state_dict().items()}
    images = networks.numbers("x", SEED, (count, side, side, 3)).float()
    found = {}
    wrapped = {"epoch": 90, "state_dict": {f"module.{key}": tensor for key, tensor in state.items()}}
    halves = {key: tensor.half() if tensor.is_floating_point() else tensor for key, tensor in state.items()}
    for file, content in (("zip", state), ("legacy", wrapped), ("half", halves)):
        torch.save(content, folder / f"{file}.pth", _use_new_zipfile_serialization=file != "legacy")
        if file == "half":
            network.half().float()
        with torch.no_grad():
            found[file] = network(images.permute(0, 3, 1, 2)).flatten().tolist()
    (folder / "images.f32").write_bytes(images.numpy().astype("<f4").tobytes())
    (folder / "embeddings.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
