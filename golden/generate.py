#!/usr/bin/env python3
"""Writes golden/*.json: what PyTorch (float64, autograd) computes for every formula of this library.

Independent of the TypeScript: written from the formulas, never from that source. Run `golden/generate.py` to write the
files, `golden/generate.py --check` (or `npm run golden:check`) to compare a fresh computation with the committed files.
Needs PyTorch (1.13 was used), NumPy and Pillow.
"""
import importlib
import json
import pathlib
import sys

import arrays
import layers
import metric
import models
import networks
import optimisers
import run
import trajectory

FOLDER = pathlib.Path(__file__).resolve().parent
# Losses, heads, miners and regularizers with a golden of their own: FOLDER/NAME.py beside FOLDER/NAME.json.
ENTRIES = [path for folder in ("heads", "losses", "mining", "regularizers") for path in sorted((FOLDER / folder).glob("*.py"))]
FILES = {
    "arrays": arrays.cases,
    "models": models.cases,
    "layers": layers.cases,
    "metric": metric.cases,
    "networks": networks.cases,
    "optimisers": optimisers.cases,
    "training": trajectory.cases,
    "run": run.cases,
}
FILES |= {f"{path.parent.name}/{path.stem}": importlib.import_module(f"{path.parent.name}.{path.stem}").cases for path in ENTRIES}
# How far a committed number may be from a fresh one, of the largest of its tensor: the steps of a run let another machine's rounding grow.
TOLERANCES = {"models": 1e-5, "layers": 1e-12, "metric": 1e-12, "optimisers": 1e-12, "training": 1e-12, "run": 1e-9}


def text_of(found):
    return '{"cases":[\n' + ",\n".join(json.dumps(one, separators=(",", ":")) for one in found) + "\n]}\n"


def numeric(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def differences(fresh, committed, where, tolerance):
    """Where two values of a case depart, as lines: numbers by more than the tolerance of the largest beside them, all else at all."""
    if isinstance(fresh, dict) and isinstance(committed, dict) and fresh.keys() == committed.keys():
        for key in fresh:
            yield from differences(fresh[key], committed[key], f"{where}, {key}", tolerance)
    elif isinstance(fresh, list) and isinstance(committed, list) and len(fresh) == len(committed):
        if all(map(numeric, fresh + committed)):
            worst = max((abs(x - y) for x, y in zip(fresh, committed)), default=0)
            if worst > tolerance * max([0, *map(abs, committed)]):
                yield f"{where}: off by {worst}"
        else:
            for index, (x, y) in enumerate(zip(fresh, committed)):
                yield from differences(x, y, f"{where}[{index}]", tolerance)
    elif numeric(fresh) and numeric(committed):
        yield from differences([fresh], [committed], where, tolerance)
    elif fresh != committed:
        yield f"{where}: {str(fresh)[:80]} against {str(committed)[:80]}"


def check(name, found):
    committed = {one["name"]: one for one in json.loads((FOLDER / f"{name}.json").read_text())["cases"]}
    fresh = {one["name"]: one for one in found}
    missing = [f"{name}.json: {key} is in one only" for key in sorted(committed.keys() ^ fresh.keys())]
    both = [key for key in fresh if key in committed]
    return missing + [line for key in both for line in differences(fresh[key], committed[key], f"{name}.json: {key}", TOLERANCES.get(name, 1e-12))]


def main(arguments):
    problems = []
    for name, cases in FILES.items():
        found = list(cases())
        assert len({one["name"] for one in found}) == len(found), f"a case name of {name} repeats"
        if "--check" in arguments:
            problems += check(name, found)
            continue
        text = text_of(found)
        (FOLDER / f"{name}.json").write_text(text)
        print(f"{name}.json: {len(found)} cases, {len(text)} bytes")
    for problem in problems:
        print(problem)
    if "--check" in arguments and not problems:
        print("every golden is as PyTorch computes it now")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
