"""Networks as PyTorch writes them in ONNX, and what PyTorch itself makes of some pictures by them."""
import base64
import io

import torch
from torch import nn


class Vectors(nn.Module):
    """[N, 3, H, W] -> [N, 5]"""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3, 2, 1)
        self.linear = nn.Linear(4, 5)

    def forward(self, x):
        return self.linear(torch.relu(self.convolution(x)).mean((2, 3)))


class Maps(nn.Module):
    """[N, 3, H, W] -> [N, 4, H', W']"""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 5, 3)

    def forward(self, x):
        return torch.relu(self.convolution(x))


class Tokens(nn.Module):
    """[N, H, W, 3] -> [N, places, 4], a row a place"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4)

    def forward(self, x):
        return self.linear(x.flatten(1, 2))


def written(network, example, open_axes):
    file = io.BytesIO()
    torch.onnx.export(
        network, example, file, input_names=["pixels"], output_names=["made"], opset_version=13,
        dynamic_axes={"pixels": open_axes, "made": {0: "n"}} if open_axes else None,
    )
    return base64.b64encode(file.getvalue()).decode()


def case(name, network, count, colour_first, open_axes, pool):
    images = torch.randint(0, 65, (count, 8, 8, 3)).float() / 64
    fed = images.permute(0, 3, 1, 2) if colour_first else images
    with torch.no_grad():
        vectors = pool(network.float()(fed))
    return {
        "name": name,
        "model": written(network.eval(), fed, open_axes),
        "images": images.flatten().tolist(),
        "count": count,
        "vectors": vectors.flatten().tolist(),
    }


def cases():
    torch.manual_seed(5)
    open_batch = {0: "n"}
    yield case("vectors", Vectors(), 3, True, open_batch, lambda y: y)
    yield case("vectors of a fixed batch", Vectors(), 2, True, None, lambda y: y)
    yield case("vectors of any side", Vectors(), 2, True, {0: "n", 2: "height", 3: "width"}, lambda y: y)
    yield case("maps", Maps(), 3, True, open_batch, lambda y: y.mean((2, 3)))
    yield case("tokens", Tokens(), 3, False, open_batch, lambda y: y[:, 0])
