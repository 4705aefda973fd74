"""Ten training steps of a small network (conv, norm, relu, residual block, pools, linear) under Triplet + MDR and Adam:
images and mining uniforms in, every parameter, level and statistic after every step out."""
import torch

from cases import Numbers, case, channels_first, images, leaf, numbered
from layers import convolve, normalise, padding_of, residual, residual_parameters
from metric import VARIANTS, drawn, mining_weights, objective, uniforms_for
import torch.nn.functional as F

STEPS = 10
BATCH, SIZE, WIDTH, DIMENSION = 8, 6, 4, 6
LABELS = torch.tensor([0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0])
ADAM = {"learningRate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 1e-3}


def network(p, s, x, mode="train"):
    y = convolve(x, p["conv.weight"], None, (1, 1), padding_of(1, 1, 1, 1))
    y, mean, variance = normalise(y, p["norm.scale"], p["norm.shift"], s["norm.mean"], s["norm.variance"], mode)
    block = {key[len("block."):]: value for key, value in p.items() if key.startswith("block.")}
    block_state = {key[len("block."):]: value for key, value in s.items() if key.startswith("block.")}
    y, next_state = residual(block, block_state, F.relu(y), 1, mode)
    y = images(F.max_pool2d(channels_first(y), 2, 2))
    y = F.linear(y.mean(dim=(1, 2)), p["linear.weight"].t(), p["linear.bias"])
    return y, {"norm.mean": mean, "norm.variance": variance, **{f"block.{key}": value for key, value in next_state.items()}}


def start(source):
    block, block_state = residual_parameters(source, WIDTH, WIDTH, False)
    p = {
        "conv.weight": source.normal(3, 3, 3, WIDTH, scale=0.4),
        "norm.scale": 1 + source.normal(WIDTH, scale=0.2),
        "norm.shift": source.normal(WIDTH, scale=0.2),
        **{f"block.{key}": value for key, value in block.items()},
        "linear.weight": source.normal(WIDTH, DIMENSION),
        "linear.bias": source.normal(DIMENSION, scale=0.3),
    }
    s = {"norm.mean": torch.zeros(WIDTH), "norm.variance": torch.ones(WIDTH), **{f"block.{key}": value for key, value in block_state.items()}}
    return p, s


def cases():
    source = Numbers(41)
    for variant in VARIANTS:
        settings = {
            "method": "triplet-mdr", "variant": variant, "lambda": 0.6, "nu": 0.01, "gamma": 0.9, "margin": 0.2,
            "miner": "distance-weighted", "width": WIDTH, "dimension": DIMENSION, "epsilon": 1e-5, "momentum": 0.1, **ADAM,
        }
        first, state = start(source)
        levels = torch.tensor([-1.0, 0.0, 1.0])
        batches = source.normal(STEPS, BATCH, SIZE, SIZE, 3, decimals=2)
        leaves = {key: leaf(value) for key, value in {**first, "levels": levels}.items()}
        optimiser = torch.optim.Adam(
            list(leaves.values()), lr=ADAM["learningRate"], betas=(ADAM["beta1"], ADAM["beta2"]), eps=ADAM["epsilon"], weight_decay=ADAM["weightDecay"]
        )
        inputs = {**first, **state, "levels": levels, "labels": LABELS, **numbered("images", batches)}
        momentum, outputs = None, {}
        for step in range(STEPS):
            e, state = network(leaves, state, batches[step])
            weights = mining_weights(e, LABELS)
            uniforms = uniforms_for(source, weights)
            loss, parts, momentum = objective(
                e, LABELS, drawn(weights, uniforms), leaves["levels"], momentum, "triplet-mdr", variant, 0.6, 0.01, 0.2
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            now = {**leaves, **state, "loss": loss, "metricLoss": parts["metricLoss"], "mdrLoss": parts["mdrLoss"], "mean": momentum[0], "deviation": momentum[1]}
            inputs[f"uniforms.{step}"] = uniforms
            outputs.update({f"{key}.{step}": value.detach().clone() for key, value in now.items()})
        yield case("training", f"10 steps, {variant}", settings, inputs, outputs)
