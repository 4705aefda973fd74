"""What a golden case is, and how PyTorch's layouts become ours.

A case: name (unique), formula (which function of the library it pins), settings, inputs, outputs, gradients; tensors are
{"shape", "data"} with float64 numbers in full precision. Images [N, H, W, C], convolution weights [KH, KW, Cin, Cout],
linear weights [in, out]. What belongs to batch or step b of a sequence ends in `.b`. `smooth` is false where the point sits on a kink,
so that central differences do not apply. Inputs are rounded to few decimals: exact in the file, and the file stays small.
"""
import numpy
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def stored(value):
    array = numpy.asarray(value.detach().numpy() if isinstance(value, torch.Tensor) else value, dtype=numpy.float64)
    return {"shape": list(array.shape), "data": [float(x) + 0.0 for x in array.reshape(-1)]}


def case(formula, name, settings, inputs, outputs, gradients=None, smooth=True):
    assert all(torch.isfinite(torch.as_tensor(t)).all() for group in (inputs, outputs, gradients or {}) for t in group.values()), name
    return {
        "formula": formula,
        "name": f"{formula}: {name}",
        "settings": settings,
        "smooth": smooth,
        "inputs": {key: stored(value) for key, value in inputs.items()},
        "outputs": {key: stored(value) for key, value in outputs.items()},
        "gradients": {key: stored(value) for key, value in (gradients or {}).items()},
    }


class Numbers:
    """A seeded source of rounded numbers, one for each group of cases so that adding a group moves no other."""

    def __init__(self, seed):
        self.generator = numpy.random.RandomState(seed)

    def normal(self, *shape, scale=1.0, decimals=3):
        return torch.tensor(numpy.round(self.generator.standard_normal(shape) * scale, decimals))

    def uniform(self, *shape, low=0.0, high=1.0, decimals=3):
        return torch.tensor(numpy.round(self.generator.uniform(low, high, shape), decimals))

    def integers(self, low, high, *shape):
        return torch.tensor(self.generator.randint(low, high, shape).astype(numpy.float64))


def short(value):
    """float32 numbers as the shortest decimals that tell them apart: within 1e-9 of themselves, in half the text."""
    array = value.detach().numpy()
    return numpy.array([float(str(x)) for x in array.reshape(-1)]).reshape(array.shape)


def leaf(value):
    return value.clone().requires_grad_(True)


def pulled(y, dy, leaves):
    """Gradients of sum(y * dy) in the leaves, by autograd; zero where a leaf has no part in y."""
    found = torch.autograd.grad((y * dy).sum(), list(leaves.values()), allow_unused=True)
    return {key: torch.zeros_like(value) if g is None else g for (key, value), g in zip(leaves.items(), found)}


def numbered(name, values):
    """{"name.0": first, "name.1": second, ...}"""
    return {f"{name}.{step}": value for step, value in enumerate(values)}


def images(x):
    """[N, C, H, W] -> [N, H, W, C]"""
    return x.permute(0, 2, 3, 1)


def channels_first(x):
    return x.permute(0, 3, 1, 2)


def kernels(w):
    """[Cout, Cin, KH, KW] -> [KH, KW, Cin, Cout]"""
    return w.permute(2, 3, 1, 0)


def kernels_first(w):
    return w.permute(3, 2, 0, 1)
