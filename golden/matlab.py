#!/usr/bin/env python3
"""Writes golden/matlab.json: MATLAB files (version 5) as scipy.io.savemat writes them, in base64, with what is in them.

Independent of the TypeScript: nothing here reads or writes an element, SciPy does. `golden/matlab.py --check` reads the committed files
with scipy.io.loadmat and compares. Needs NumPy and SciPy (1.24 and 1.10 were used; Debian: python3-scipy).

A value is {"kind", "shape", ..}: `values` of numbers, `rows` of text, `cells` of a cell array, `fields` of a struct array; elements
come columns first.
"""
import base64
import io
import json
import pathlib
import sys

import numpy
from scipy.io import loadmat, savemat

FILE = pathlib.Path(__file__).resolve().with_suffix(".json")


def texts(names):
    cells = numpy.empty((1, len(names)), dtype=object)
    cells[0, :] = names
    return cells


def annotations(rows, fields):
    """A 1 x N struct array whose values are as MATLAB has them: text, or numbers of 1 x 1."""
    array = numpy.zeros((1, len(rows)), dtype=[(name, "O") for name in fields])
    for index, row in enumerate(rows):
        array[0, index] = tuple(value if isinstance(value, str) else numpy.array([[value]]) for value in row)
    return array


def cars(count):
    """The shape of cars_annos.mat, with a picture of every fourteenth class."""
    names = ["AM General Hummer SUV 2000", "Acura RL Sedan 2012", "smart fortwo Convertible 2012"]
    rows = [
        (f"car_ims/{index + 1:06d}.jpg", numpy.uint8(30 + index), numpy.uint16(52 + 100 * index), numpy.uint16(246 + 300 * index), numpy.uint16(147), numpy.uint8(1 + 14 * index % 196), numpy.uint8(index % 2))
        for index in range(count)
    ]
    fields = ["relative_im_path", "bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "test"]
    return {"annotations": annotations(rows, fields), "class_names": texts([f"{names[index % 3]} {index + 1}" for index in range(196)])}


def every_kind():
    classes = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
    numbers = {f"of_{name}": numpy.array([[1, 2, 3], [4, 5, 127]], dtype=name) for name in classes}
    signed = {f"below_{name}": numpy.array([[-1], [-120]], dtype=name) for name in ["int8", "int16", "int32", "int64", "float32", "float64"]}
    nested = numpy.empty((2, 2), dtype=object)
    nested[0, 0], nested[1, 0], nested[0, 1], nested[1, 1] = "text", numpy.zeros((0, 0)), numpy.array([[1.5, -2.5]]), texts(["within", "another"])
    inner = annotations([("a", 1)], ["name", "number"])
    outer = numpy.zeros((2, 2), dtype=[("inner", "O"), ("long_field_name_of_a_struct", "O")])
    for row in range(2):
        for column in range(2):
            outer[row, column] = (inner, numpy.array([[10 * row + column]], dtype=float))
    return {
        **numbers,
        **signed,
        "whether": numpy.array([[True, False, True]]),
        "special": numpy.array([[1e-300, 1e300, 0.1]]),
        "block": numpy.arange(24, dtype=float).reshape(2, 3, 4),
        "none": numpy.zeros((0, 3)),
        "word": "word",
        "umlaut": "Grüße, 世界",
        "lines": numpy.array(["one", "two", "six"]),
        "cells": nested,
        "structs": outer,
    }


def value_of(value):
    if isinstance(value, str):
        return {"kind": "text", "shape": [1, len(value)], "rows": [value]}
    shape = list(value.shape)
    flat = value.ravel(order="F")
    if value.dtype.names is not None:
        return {"kind": "structs", "shape": shape, "fields": [[name, [value_of(one[name]) for one in flat]] for name in value.dtype.names]}
    if value.dtype.kind == "U":
        return {"kind": "text", "shape": [len(value), len(value[0])], "rows": list(value)}
    if value.dtype == object:
        return {"kind": "cells", "shape": shape, "cells": [value_of(one) for one in flat]}
    return {"kind": "numbers", "shape": shape, "values": [float(one) for one in flat]}


def plain(value):
    """The same of what scipy.io.loadmat reads, which gives text as arrays of rows."""
    if isinstance(value, str):
        return value_of(value)
    if value.dtype.names is None and value.dtype.kind == "U":
        return value_of(str(value[0])) if value.size == 1 else value_of(value)
    if value.dtype.names is not None or value.dtype == object:
        found = value_of(numpy.zeros(value.shape)) | {}
        flat = value.ravel(order="F")
        if value.dtype.names is not None:
            return {"kind": "structs", "shape": found["shape"], "fields": [[name, [plain(one[name]) for one in flat]] for name in value.dtype.names]}
        return {"kind": "cells", "shape": found["shape"], "cells": [plain(one) for one in flat]}
    return value_of(value)


def cases():
    for name, variables in {"cars": cars(15), "every kind": every_kind()}.items():
        for compressed in (False, True):
            written = io.BytesIO()
            savemat(written, variables, do_compression=compressed, long_field_names=True, oned_as="column")
            yield {
                "name": f"{name}, {'compressed' if compressed else 'plain'}",
                "file": base64.b64encode(written.getvalue()).decode(),
                "variables": [[key, value_of(value)] for key, value in variables.items()],
            }


def differences(found):
    committed = {one["name"]: one for one in json.loads(FILE.read_text())["cases"]}
    for one in found:
        kept = committed.get(one["name"])
        read = loadmat(io.BytesIO(base64.b64decode(kept["file"]))) if kept else {}
        content = [[key, plain(value)] for key, value in read.items() if not key.startswith("__")]
        if not kept or content != one["variables"] or kept["variables"] != one["variables"]:
            yield one["name"]


def main(arguments):
    found = json.loads(json.dumps(list(cases())))
    if "--check" in arguments:
        wrong = list(differences(found))
        print(f"matlab.json differs from what SciPy writes and reads: {', '.join(wrong)}" if wrong else "matlab.json is as SciPy writes and reads it")
        return 1 if wrong else 0
    text = '{"cases":[\n' + ",\n".join(json.dumps(one, separators=(",", ":")) for one in found) + "\n]}\n"
    FILE.write_text(text)
    print(f"matlab.json: {len(found)} cases, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
