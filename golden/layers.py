"""Layers: convolution, batch normalisation, rectifier, pooling, linear, residual block, whitening, taps. PyTorch computes; autograd differentiates."""
import torch
import torch.nn.functional as F

from cases import Numbers, case, channels_first, images, kernels_first, leaf, pulled

EPSILON = 1e-5
RUNNING = 0.1


def padding_of(top, bottom, left, right):
    return {"top": top, "bottom": bottom, "left": left, "right": right}


def convolve(x, weight, bias, stride, padding):
    """Channels last in and out, any padding on each side."""
    padded = F.pad(channels_first(x), (padding["left"], padding["right"], padding["top"], padding["bottom"]))
    return images(F.conv2d(padded, kernels_first(weight), bias, stride=stride))


def normalise(x, scale, shift, mean, variance, mode):
    """Channels-last batch normalisation; returns the output and the next running statistics."""
    axes = x.permute(0, 3, 1, 2) if x.dim() == 4 else x
    next_mean, next_variance = mean.clone(), variance.clone()
    y = F.batch_norm(axes, next_mean, next_variance, scale, shift, training=mode == "train", momentum=RUNNING, eps=EPSILON)
    return (images(y) if x.dim() == 4 else y), next_mean, next_variance


def convolutions():
    source = Numbers(11)
    shapes = [
        # label, N, H, W, Cin, Cout, kernel, stride, padding, bias
        ("1x1", 2, 4, 5, 3, 4, (1, 1), (1, 1), padding_of(0, 0, 0, 0), False),
        ("1x1 stride 2", 2, 5, 5, 4, 3, (1, 1), (2, 2), padding_of(0, 0, 0, 0), True),
        ("3x3 same", 2, 6, 5, 3, 4, (3, 3), (1, 1), padding_of(1, 1, 1, 1), False),
        ("3x3 same with bias", 1, 4, 4, 4, 8, (3, 3), (1, 1), padding_of(1, 1, 1, 1), True),
        ("3x3 valid", 2, 5, 6, 2, 3, (3, 3), (1, 1), padding_of(0, 0, 0, 0), True),
        ("3x3 stride 2", 2, 7, 6, 3, 5, (3, 3), (2, 2), padding_of(1, 1, 1, 1), False),
        ("5x5", 1, 7, 6, 3, 4, (5, 5), (1, 1), padding_of(2, 2, 2, 2), True),
        ("7x7 stride 2", 1, 9, 10, 3, 4, (7, 7), (2, 2), padding_of(3, 3, 3, 3), False),
        ("3x2, stride 2x1, uneven padding", 2, 6, 5, 2, 3, (3, 2), (2, 1), padding_of(0, 2, 1, 0), True),
        ("wide channels", 1, 3, 3, 17, 9, (3, 3), (1, 1), padding_of(1, 1, 1, 1), False),
    ]
    for label, n, h, w, cin, cout, kernel, stride, padding, with_bias in shapes:
        leaves = {"x": leaf(source.normal(n, h, w, cin)), "weight": leaf(source.normal(*kernel, cin, cout, scale=0.5))}
        if with_bias:
            leaves["bias"] = leaf(source.normal(cout))
        y = convolve(leaves["x"], leaves["weight"], leaves.get("bias"), stride, padding)
        dy = source.normal(*y.shape)
        settings = {"stride": list(stride), "padding": padding, "bias": with_bias}
        yield case("convolution", label, settings, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves))


def batch_norms():
    source = Numbers(12)
    for mode in ("train", "frozen", "evaluate"):
        for label, shape in (("images", (3, 4, 3, 5)), ("one pixel a channel", (3, 1, 1, 3)), ("rows", (6, 4))):
            c = shape[-1]
            x = source.normal(*shape, scale=2.0) + source.normal(c)
            leaves = {"x": leaf(x), "scale": leaf(source.normal(c)), "shift": leaf(source.normal(c))}
            mean, variance = source.normal(c), source.uniform(c, low=0.3, high=2.0)
            y, next_mean, next_variance = normalise(leaves["x"], leaves["scale"], leaves["shift"], mean, variance, mode)
            dy = source.normal(*shape)
            gradients = pulled(y, dy, leaves)
            if mode == "evaluate":
                gradients = {"x": gradients["x"]}
            yield case(
                "batchNorm",
                f"{mode}, {label}",
                {"mode": mode, "epsilon": EPSILON, "momentum": RUNNING},
                {**leaves, "mean": mean, "variance": variance, "dy": dy},
                {"y": y, "mean": next_mean, "variance": next_variance},
                gradients,
            )


def rectifiers():
    source = Numbers(13)
    for label, x in (("images", source.normal(2, 3, 4, 3)), ("zeros", source.integers(-1, 2, 3, 5))):
        leaves = {"x": leaf(x)}
        y = F.relu(leaves["x"])
        dy = source.normal(*y.shape)
        yield case("relu", label, {}, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves), smooth=label != "zeros")


def pools():
    source = Numbers(14)
    shapes = [
        ("2x2 stride 2", 2, 6, 4, 3, (2, 2), (2, 2), padding_of(0, 0, 0, 0), False),
        ("3x3 stride 2", 2, 7, 6, 3, (3, 3), (2, 2), padding_of(1, 1, 1, 1), False),
        ("3x3 stride 1", 1, 5, 5, 4, (3, 3), (1, 1), padding_of(1, 1, 1, 1), False),
        ("3x3 stride 2, ceil mode", 2, 6, 8, 3, (3, 3), (2, 2), padding_of(0, 1, 0, 1), True),
    ]
    for ties in (False, True):
        for label, n, h, w, c, size, stride, padding, ceil in shapes:
            x = source.integers(-2, 2, n, h, w, c) if ties else source.normal(n, h, w, c)
            settings = {"size": list(size), "stride": list(stride), "padding": padding}
            leaves = {"x": leaf(x)}
            around = 0 if ceil else (padding["top"], padding["left"])
            y = images(F.max_pool2d(channels_first(leaves["x"]), size, stride, around, ceil_mode=ceil))
            dy = source.normal(*y.shape)
            name = label + (", ties" if ties else "")
            yield case("maxPool", name, settings, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves), smooth=not ties)
            if not ties:
                padded = F.pad(channels_first(leaves["x"]), (padding["left"], padding["right"], padding["top"], padding["bottom"]))
                y = images(F.avg_pool2d(padded, size, stride))
                dy = source.normal(*y.shape)
                yield case("averagePool", label, settings, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves))
    for label, shape in (("3 x 4 pixels", (2, 3, 4, 5)), ("one pixel", (3, 1, 1, 4))):
        leaves = {"x": leaf(source.normal(*shape))}
        y = F.adaptive_avg_pool2d(channels_first(leaves["x"]), 1).flatten(1)
        dy = source.normal(*y.shape)
        yield case("globalAveragePool", label, {}, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves))


def linears():
    source = Numbers(15)
    for label, n, inputs, outputs, with_bias in (("with bias", 4, 6, 5, True), ("without bias", 3, 17, 9, False), ("one row", 1, 3, 2, True)):
        leaves = {"x": leaf(source.normal(n, inputs)), "weight": leaf(source.normal(inputs, outputs))}
        if with_bias:
            leaves["bias"] = leaf(source.normal(outputs))
        y = F.linear(leaves["x"], leaves["weight"].t(), leaves.get("bias"))
        dy = source.normal(*y.shape)
        yield case("linear", label, {"bias": with_bias}, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves))


def residual(p, s, x, stride, mode):
    """relu(norm2(conv2(relu(norm1(conv1(x))))) + shortcut(x)); the shortcut is x itself where nothing changes its shape."""
    next_state = {}

    def norm(name, value):
        y, mean, variance = normalise(value, p[f"{name}.scale"], p[f"{name}.shift"], s[f"{name}.mean"], s[f"{name}.variance"], mode)
        next_state[f"{name}.mean"], next_state[f"{name}.variance"] = mean, variance
        return y

    one = padding_of(1, 1, 1, 1)
    y = F.relu(norm("norm1", convolve(x, p["conv1.weight"], None, (stride, stride), one)))
    y = norm("norm2", convolve(y, p["conv2.weight"], None, (1, 1), one))
    if "shortcut.conv.weight" in p:
        x = norm("shortcut.norm", convolve(x, p["shortcut.conv.weight"], None, (stride, stride), padding_of(0, 0, 0, 0)))
    return F.relu(y + x), next_state


def residual_parameters(source, cin, cout, shortcut):
    p = {
        "conv1.weight": source.normal(3, 3, cin, cout, scale=0.4),
        "conv2.weight": source.normal(3, 3, cout, cout, scale=0.4),
    }
    s = {}
    if shortcut:
        p["shortcut.conv.weight"] = source.normal(1, 1, cin, cout, scale=0.5)
    for name in ("norm1", "norm2") + (("shortcut.norm",) if shortcut else ()):
        p[f"{name}.scale"], p[f"{name}.shift"] = 1 + source.normal(cout, scale=0.3), source.normal(cout, scale=0.3)
        s[f"{name}.mean"], s[f"{name}.variance"] = source.normal(cout, scale=0.3), source.uniform(cout, low=0.5, high=1.5)
    return p, s


def residuals():
    source = Numbers(16)
    for mode in ("train", "frozen"):
        for label, cin, cout, stride in (("identity shortcut", 3, 3, 1), ("projected shortcut", 3, 4, 2)):
            p, s = residual_parameters(source, cin, cout, cin != cout or stride != 1)
            leaves = {"x": leaf(source.normal(2, 4, 4, cin)), **{key: leaf(value) for key, value in p.items()}}
            y, next_state = residual(leaves, s, leaves["x"], stride, mode)
            dy = source.normal(*y.shape)
            settings = {"mode": mode, "stride": stride, "inputs": cin, "outputs": cout}
            yield case("residual", f"{mode}, {label}", settings, {**leaves, **s, "dy": dy}, {"y": y, **next_state}, pulled(y, dy, leaves))


def whitened(x, mean, covariance, shrinkage):
    """The inverse root by eigenvectors; then unit length."""
    features = len(mean)
    shrunk = (1 - shrinkage) * covariance + shrinkage * torch.trace(covariance) / features * torch.eye(features)
    values, vectors = torch.linalg.eigh(shrunk)
    return F.normalize((x - mean) @ (vectors / values.sqrt()) @ vectors.T, dim=1)


def whitenings():
    source = Numbers(17)
    for mode in ("train", "frozen", "evaluate"):
        for label, n, d, shrinkage in (("four directions", 7, 4, 0.2), ("nine, nearly flat", 5, 9, 0.05), ("one row", 1, 3, 0.2)):
            if mode == "train" and n == 1:
                continue
            leaves = {"x": leaf(source.normal(n, d))}
            spread = source.normal(2 * d, d) * source.uniform(d, low=0.02, high=2.0)
            mean, covariance = source.normal(d), torch.cov(spread.T)
            own, momentum = leaves["x"].detach(), RUNNING if mode == "train" else 0
            after = {
                "mean": (1 - momentum) * mean + momentum * own.mean(0),
                "covariance": (1 - momentum) * covariance + (momentum * torch.cov(own.T) if momentum else 0),
            }
            y = whitened(leaves["x"], mean, covariance, shrinkage) if mode == "evaluate" else leaves["x"] * 1
            dy = source.normal(n, d)
            settings = {"mode": mode, "momentum": RUNNING, "shrinkage": shrinkage}
            inputs = {**leaves, "mean": mean, "covariance": covariance, "dy": dy}
            yield case("whitening", f"{mode}, {label}", settings, inputs, {"y": y, **after}, pulled(y, dy, leaves))


def taps():
    """Two convolutions in a row; the mean over the pixels of each goes through a matrix of its own, and the two are added."""
    source = Numbers(18)
    leaves = {
        "x": leaf(source.normal(2, 4, 5, 3)),
        "first.weight": leaf(source.normal(3, 3, 3, 4, scale=0.5)),
        "second.weight": leaf(source.normal(3, 3, 4, 6, scale=0.5)),
        "taps.first.head.weight": leaf(source.normal(4, 5)),
        "taps.second.head.weight": leaf(source.normal(6, 5)),
        "taps.second.head.bias": leaf(source.normal(5)),
    }
    first = convolve(leaves["x"], leaves["first.weight"], None, (1, 1), padding_of(1, 1, 1, 1))
    second = convolve(first, leaves["second.weight"], None, (2, 2), padding_of(1, 1, 1, 1))
    y = first.mean((1, 2)) @ leaves["taps.first.head.weight"] + second.mean((1, 2)) @ leaves["taps.second.head.weight"] + leaves["taps.second.head.bias"]
    dy = source.normal(2, 5)
    yield case("tapped", "two convolutions", {}, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves))


def rounded_pools():
    """PyTorch's own ceil mode, and its own padding, which its average counts."""
    source = Numbers(19)
    shapes = [(6, 8, 3, 2, 0), (7, 5, 3, 2, 1), (4, 4, 3, 1, 1), (5, 6, 2, 3, 1), (2, 3, 3, 2, 0), (5, 7, 3, 3, 1), (1, 4, 2, 2, 0)]
    for h, w, size, stride, around in shapes:
        settings = {"size": [size, size], "stride": [stride, stride], "padding": padding_of(around, around, around, around), "rounding": "up"}
        leaves = {"x": leaf(source.normal(2, h, w, 3))}
        y = images(F.max_pool2d(channels_first(leaves["x"]), size, stride, around, ceil_mode=True))
        dy = source.normal(*y.shape)
        yield case("maxPool", f"{size}x{size} stride {stride}, rounded up over {h} x {w}", settings, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves))
    leaves = {"x": leaf(source.normal(2, 4, 5, 3))}
    settings = {"size": [3, 3], "stride": [1, 1], "padding": padding_of(1, 1, 1, 1)}
    y = images(F.avg_pool2d(channels_first(leaves["x"]), 3, 1, 1, ceil_mode=True, count_include_pad=True))
    dy = source.normal(*y.shape)
    yield case("averagePool", "3x3 stride 1, PyTorch's padding", settings, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves))


def bottlenecks():
    """relu(norm3(conv3(relu(norm2(conv2(relu(norm1(conv1(x)))))))) + shortcut(x)): 1x1, 3x3 with the stride, 1x1."""
    source = Numbers(20)
    for mode in ("train", "frozen"):
        for label, cin, within, stride in (("identity shortcut", 8, 2, 1), ("projected shortcut", 3, 2, 2), ("wider", 3, 2, 1)):
            cout, projected = 4 * within, cin != 4 * within or stride != 1
            kernels = {"conv1": (1, 1, cin, within), "conv2": (3, 3, within, within), "conv3": (1, 1, within, cout)}
            kernels |= {"shortcut.conv": (1, 1, cin, cout)} if projected else {}
            norms = {"norm1": within, "norm2": within, "norm3": cout} | ({"shortcut.norm": cout} if projected else {})
            p = {f"{name}.weight": source.normal(*shape, scale=0.5) for name, shape in kernels.items()}
            s = {}
            for name, c in norms.items():
                p[f"{name}.scale"], p[f"{name}.shift"] = 1 + source.normal(c, scale=0.3), source.normal(c, scale=0.3)
                s[f"{name}.mean"], s[f"{name}.variance"] = source.normal(c, scale=0.3), source.uniform(c, low=0.5, high=1.5)
            leaves = {"x": leaf(source.normal(2, 4, 4, cin)), **{key: leaf(value) for key, value in p.items()}}
            after = {}

            def normed(name, value):
                y, after[f"{name}.mean"], after[f"{name}.variance"] = normalise(
                    value, leaves[f"{name}.scale"], leaves[f"{name}.shift"], s[f"{name}.mean"], s[f"{name}.variance"], mode
                )
                return y

            def along(value, number, step, around):
                return normed(f"norm{number}", convolve(value, leaves[f"conv{number}.weight"], None, (step, step), around))

            none, one = padding_of(0, 0, 0, 0), padding_of(1, 1, 1, 1)
            x = leaves["x"]
            y = along(F.relu(along(F.relu(along(x, 1, 1, none)), 2, stride, one)), 3, 1, none)
            around = normed("shortcut.norm", convolve(x, leaves["shortcut.conv.weight"], None, (stride, stride), none)) if projected else x
            y = F.relu(y + around)
            dy = source.normal(*y.shape)
            settings = {"mode": mode, "stride": stride, "inputs": cin, "outputs": cout}
            yield case("bottleneck", f"{mode}, {label}", settings, {**leaves, **s, "dy": dy}, {"y": y, **after}, pulled(y, dy, leaves))


def parallels():
    """A 1x1 and a 3x3 convolution beside the largest of each 3x3: 4, 3 and as many channels as x, one after the other."""
    source = Numbers(21)
    leaves = {
        "x": leaf(source.normal(2, 4, 5, 2)),
        "point.weight": leaf(source.normal(1, 1, 2, 4)),
        "square.weight": leaf(source.normal(3, 3, 2, 3, scale=0.5)),
        "square.bias": leaf(source.normal(3)),
    }
    point = convolve(leaves["x"], leaves["point.weight"], None, (1, 1), padding_of(0, 0, 0, 0))
    square = convolve(leaves["x"], leaves["square.weight"], leaves["square.bias"], (1, 1), padding_of(1, 1, 1, 1))
    y = torch.cat([point, square, images(F.max_pool2d(channels_first(leaves["x"]), 3, 1, 1))], 3)
    dy = source.normal(*y.shape)
    yield case("parallel", "two convolutions and a pool", {}, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves))


def cases():
    for group in (convolutions, batch_norms, rectifiers, pools, linears, residuals, whitenings, taps, rounded_pools, bottlenecks, parallels):
        yield from group()
