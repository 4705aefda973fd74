"""Matrices as NumPy writes them: every type of number, both byte orders, both orders of the axes."""
import base64
import io

import numpy

TYPES = ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "|u1", "|i1", "<u2", "<i2", ">i2", "<u4", "<i4"]


def numbers(descr):
    random = numpy.random.RandomState(7)
    if numpy.dtype(descr).kind == "f":
        return (random.standard_normal((5, 3)) * 10.0 ** random.randint(-6, 4, (5, 3))).astype(descr)
    about = numpy.iinfo(descr)
    return random.randint(about.min, about.max + 1, (5, 3), dtype=numpy.int64).astype(descr)


def case(name, matrix, version=None):
    file = io.BytesIO()
    numpy.lib.format.write_array(file, matrix, version=version)
    rows, columns = matrix.shape
    return {
        "name": name,
        "file": base64.b64encode(file.getvalue()).decode(),
        "rows": rows,
        "columns": columns,
        "values": [None if not numpy.isfinite(value) else float(value) for value in matrix.flatten()],
    }


def cases():
    for descr in TYPES:
        yield case(descr, numbers(descr))
    yield case("column by column", numpy.asfortranarray(numbers("<f4")))
    yield case("version 2", numbers("<f4"), (2, 0))
    yield case("version 3", numbers("<f8"), (3, 0))
    yield case("one number", numpy.array([[0.1]]))
    yield case("halves at the edges", numpy.array([[0.0, -0.0, 6e-8, 6.1e-5, 65504.0, -1.0], [numpy.inf, -numpy.inf, numpy.nan, 1e-7, 0.333, 2048.0]], "<f2"))
