#!/usr/bin/env python3
"""Writes golden/*.json: what PyTorch (float64, autograd) computes for every formula of this library.

Independent of the TypeScript: written from the formulas, never from that source. Run `golden/generate.py` to write the
files, `golden/generate.py --check` to compare a fresh computation with the committed files (1e-12 of the largest magnitude).
Needs PyTorch (1.13 was used) and NumPy.
"""
import json
import pathlib
import sys

import layers
import metric
import optimisers
import trajectory

FOLDER = pathlib.Path(__file__).resolve().parent
FILES = {"layers": layers.cases, "metric": metric.cases, "optimisers": optimisers.cases, "training": trajectory.cases}


def text_of(found):
    return '{"cases":[\n' + ",\n".join(json.dumps(one, separators=(",", ":")) for one in found) + "\n]}\n"


def difference(a, b, where):
    """What differs between two cases' tensors and settings, as lines."""
    for key in ("formula", "settings", "smooth"):
        if a[key] != b[key]:
            yield f"{where}: {key} {a[key]} against {b[key]}"
    for group in ("inputs", "outputs", "gradients"):
        if a[group].keys() != b[group].keys():
            yield f"{where}: {group} {sorted(a[group])} against {sorted(b[group])}"
            continue
        for key, left in a[group].items():
            right = b[group][key]
            size = max([1e-300, *map(abs, left["data"])])
            if left["shape"] != right["shape"] or any(abs(x - y) > 1e-12 * size for x, y in zip(left["data"], right["data"])):
                yield f"{where}: {group}.{key} differs"


def check(name, found):
    committed = {one["name"]: one for one in json.loads((FOLDER / f"{name}.json").read_text())["cases"]}
    fresh = {one["name"]: one for one in found}
    missing = [f"{name}.json: {key} is in one only" for key in committed.keys() ^ fresh.keys()]
    return missing + [line for key in committed.keys() & fresh.keys() for line in difference(fresh[key], committed[key], f"{name}.json: {key}")]


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
