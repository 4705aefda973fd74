#!/usr/bin/env python3
"""Embeddings of a folder's pictures by the compact network, in PyTorch and Pillow: as many processes decode as threads compute.

    bench/peers/embed.py FOLDER OUT.npy THREADS

The network's weights are random: what is timed does not depend on them.
"""
import pathlib
import sys

import numpy
import torch
from network import backbone
from PIL import Image, ImageOps
from torch.utils.data import DataLoader, Dataset

MEAN = numpy.float32([0.485, 0.456, 0.406])
DEVIATION = numpy.float32([0.229, 0.224, 0.225])
STORED, SEEN = 73, 64


class Folder(Dataset):
    def __init__(self, root):
        self.files = sorted(path for path in root.rglob("*.jpg"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        with Image.open(self.files[index]) as picture:
            square = ImageOps.exif_transpose(picture).convert("RGB").resize((STORED, STORED), Image.Resampling.LANCZOS)
        start = round((STORED - SEEN) / 2)
        seen = numpy.asarray(square.crop((start, start, start + SEEN, start + SEEN)), numpy.float32)
        return torch.from_numpy((seen / 255 - MEAN) / DEVIATION).permute(2, 0, 1)


def main():
    root, out, threads = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(threads)
    net = backbone("compact").eval().to(memory_format=torch.channels_last)
    with torch.no_grad():
        rows = [net(batch.contiguous(memory_format=torch.channels_last)) for batch in DataLoader(Folder(root), 64, num_workers=threads)]
    numpy.save(out, torch.cat(rows).numpy())


if __name__ == "__main__":
    main()
