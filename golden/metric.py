"""The metric: distances, statistics, levels, MDR, heads, triplets and their mining, the objective; each over consecutive batches
where it carries state. Written from the formulas of the paper; `official` are the published code's choices."""
import math

import numpy
import torch
import torch.nn.functional as F

from cases import Numbers, case, leaf, numbered, pulled, short

GAMMA = 0.9
VARIANTS = ("paper", "official")


def off_diagonal(n):
    return ~torch.eye(n, dtype=torch.bool)


def distances_of(e):
    """d_ij = sqrt(max(|e_i - e_j|^2, 1e-12)), zero on the diagonal; no gradient where the floor holds."""
    squared = ((e[:, None, :] - e[None, :, :]) ** 2).sum(-1)
    kept = (squared > 1e-12) & off_diagonal(len(e))
    root = torch.where(kept, squared, torch.ones_like(squared)).sqrt()
    floor = torch.where(off_diagonal(len(e)), torch.full_like(squared, 1e-6), torch.zeros_like(squared))
    return torch.where(kept, root, floor)


def statistics_of(d, variant):
    d = d.detach()
    if variant == "official":
        return d.mean(), d.std(unbiased=True)
    pairs = d[off_diagonal(len(d))]
    return pairs.mean(), pairs.std(unbiased=False)


def moved(momentum, statistics, gamma=GAMMA):
    if momentum is None:
        return statistics
    return tuple(gamma * old + (1 - gamma) * new for old, new in zip(momentum, statistics))


def nearest(normalised, levels):
    """Index of the nearest level, the lowest of several."""
    gaps = numpy.abs(normalised.detach().numpy()[..., None] - levels.detach().numpy())
    return torch.tensor(numpy.argmin(gaps, axis=-1))


def mdr(momentum, d, levels, variant, gamma=GAMMA):
    momentum = moved(momentum, statistics_of(d, variant), gamma)
    normalised = (d - momentum[0]) / momentum[1]
    gap = (normalised - levels[nearest(normalised, levels)]).abs()
    return gap[off_diagonal(len(d))].mean(), momentum


def mean_distance_head(e):
    return e / distances_of(e)[off_diagonal(len(e))].mean()


def l2_head(e):
    return F.normalize(e, dim=1)


def masks(labels):
    same = labels[:, None] == labels[None, :]
    return same & off_diagonal(len(labels)), ~same


def mining_weights(embeddings, labels):
    """log w = (2 - D) log d - ((D - 3) / 2) log(1 - d^2 / 4) on L2-normalised copies, d clamped below at 0.5."""
    dimension = embeddings.shape[1]
    raw = distances_of(F.normalize(embeddings.detach(), dim=1))
    _, negative = masks(labels)
    d = raw.clamp(min=0.5)
    defined = d < 2
    safe = torch.where(defined, d, torch.full_like(d, 0.5))
    log_weights = (2 - dimension) * safe.log() - (dimension - 3) / 2 * (1 - safe ** 2 / 4).log()
    log_weights = torch.where(defined, log_weights, torch.full_like(d, -numpy.inf))
    weights = (log_weights - log_weights.max(dim=1, keepdim=True).values).exp()
    weights = torch.where(negative & (d < 1.4), weights, torch.zeros_like(d))
    empty = weights.sum(dim=1, keepdim=True) == 0
    return torch.where(empty, negative.double(), weights)


def drawn(weights, uniforms, margin=2e-4):
    """For each [i, k] the first column whose running weight exceeds uniform * total; None where rounding could decide."""
    running = weights.cumsum(dim=1)
    total = running[:, -1]
    target = uniforms * total[:, None]
    indices = torch.zeros_like(uniforms)
    for i in range(len(weights)):
        if total[i] == 0:
            continue
        for k in range(uniforms.shape[1]):
            if (running[i] / total[i] - uniforms[i, k]).abs().min() < margin:
                return None
            indices[i, k] = float(numpy.argmax(running[i].numpy() > target[i, k].item()))
    return indices


def uniforms_for(source, weights, margin=2e-4):
    """Uniforms whose draws no rounding can change, so that float32 engines can be held to the same indices."""
    n = len(weights)
    uniforms = source.uniform(n, n, low=0.0, high=0.999)
    while drawn(weights, uniforms, margin) is None:
        running = weights.cumsum(dim=1) / weights.sum(dim=1, keepdim=True).clamp(min=1e-300)
        close = ((running[:, None, :] - uniforms[:, :, None]).abs() < margin).any(dim=2)
        uniforms = torch.where(close, source.uniform(n, n, low=0.0, high=0.999), uniforms)
    return uniforms


def random_weights(labels):
    return masks(labels)[1].double()


def hardest(d, labels):
    _, negative = masks(labels)
    nearest_negative = torch.where(negative, d, torch.full_like(d, numpy.inf)).argmin(dim=1)
    return nearest_negative[:, None].expand(len(d), len(d)).double()


def semi_hard(d, labels):
    """[anchor, positive] -> the nearest negative farther than the positive; else the farthest negative."""
    positive, negative = masks(labels)
    indices = torch.zeros_like(d)
    for a in range(len(d)):
        farthest = torch.where(negative[a], d[a], torch.full_like(d[a], -1.0)).argmax()
        for p in range(len(d)):
            farther = negative[a] & (d[a] > d[a, p])
            found = torch.where(farther, d[a], torch.full_like(d[a], numpy.inf)).argmin() if farther.any() else farthest
            indices[a, p] = found.double()
    return indices


def triplet(e, labels, negatives, margin, variant):
    anchors, positives = masks(labels)[0].nonzero(as_tuple=True)
    chosen = negatives[anchors, positives].long()
    if variant == "official":
        return F.triplet_margin_loss(e[anchors], e[positives], e[chosen], margin=margin, eps=1e-6)
    d = distances_of(e)
    return (d[anchors, positives] - d[anchors, chosen] + margin).clamp(min=0).mean()


def all_triplets(e, labels, margin, variant):
    positive, negative = masks(labels)
    a, p, n = (positive[:, :, None] & negative[:, None, :]).nonzero(as_tuple=True)
    if variant == "official":
        return F.triplet_margin_loss(e[a], e[p], e[n], margin=margin, eps=1e-6)
    d = distances_of(e)
    return (d[a, p] - d[a, n] + margin).clamp(min=0).mean()


def objective(e, labels, negatives, levels, momentum, method, variant, weight, decay, margin):
    """L = L_metric + lambda L_MDR + nu sum s_k^2 on the head's output; the regularizer belongs to triplet-mdr alone."""
    head = l2_head(e) if method == "triplet-l2" else mean_distance_head(e)
    metric_loss = triplet(head, labels, negatives, margin, variant)
    parts = {"metricLoss": metric_loss, "meanDistance": distances_of(e)[off_diagonal(len(e))].mean()}
    if method != "triplet-mdr":
        return metric_loss, parts, momentum
    regularizer, momentum = mdr(momentum, distances_of(head), levels, variant)
    parts.update({"mdrLoss": regularizer, "levelDecay": decay * (levels ** 2).sum()})
    return metric_loss + weight * regularizer + parts["levelDecay"], parts, momentum


def batches(source, count, n, dimension, scale=1.0):
    """Consecutive batches that drift, as embeddings do in training."""
    return torch.stack([source.normal(n, dimension, scale=scale) * (1 + 0.5 * step) for step in range(count)])


def awkward(source):
    """Name -> embeddings [N, D]: the ordinary, and what real batches and faults bring."""
    usual = source.normal(6, 5)
    twins = usual.clone()
    twins[1] = twins[0]
    twins[4] = twins[0]
    zero = usual.clone()
    zero[2] = 0
    return {
        "usual": usual,
        "duplicates": twins,
        "a zero vector": zero,
        "one dimension": torch.tensor([[0.0], [1.0], [3.0], [7.0]]),
        "far from the origin": usual + 10,
        "two rows": source.normal(2, 3),
        "wide": source.normal(5, 33),
    }


def distances_and_heads():
    source = Numbers(21)
    for label, e in awkward(source).items():
        n = len(e)
        leaves = {"embeddings": leaf(e)}
        d = distances_of(leaves["embeddings"])
        dy = source.normal(n, n)
        yield case("pairwiseDistances", label, {}, {**leaves, "dy": dy}, {"distances": d}, pulled(d, dy, leaves), label != "duplicates")
        y = mean_distance_head(leaves["embeddings"])
        dy = source.normal(*e.shape)
        yield case("meanDistanceHead", label, {}, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves), label != "duplicates")
        # The gradient of e / |e| at zero is a convention: asked there with dy = 0, where every convention agrees.
        dy = torch.where(e.abs().sum(dim=1, keepdim=True) > 0, source.normal(*e.shape), torch.zeros_like(e))
        y = l2_head(leaves["embeddings"])
        yield case("l2Head", label, {}, {**leaves, "dy": dy}, {"y": y}, pulled(y, dy, leaves), label != "a zero vector")


def statistics():
    source = Numbers(22)
    for variant in VARIANTS:
        for label, e in awkward(source).items():
            d = distances_of(e)
            mean, deviation = statistics_of(d, variant)
            yield case("batchStatistics", f"{variant}, {label}", {"variant": variant}, {"distances": d}, {"mean": mean, "deviation": deviation})
    for gamma in (0.9, 0.5):
        means, deviations = source.uniform(4, low=0.5, high=2.0), source.uniform(4, low=0.1, high=0.6)
        momentum, trace = None, []
        for mean, deviation in zip(means, deviations):
            momentum = moved(momentum, (mean, deviation), gamma)
            trace.append(momentum)
        inputs = {**numbered("mean", means), **numbered("deviation", deviations)}
        outputs = {**numbered("mean", [mean for mean, _ in trace]), **numbered("deviation", [deviation for _, deviation in trace])}
        yield case("updateMomentum", f"gamma {gamma}", {"gamma": gamma}, inputs, outputs)
    leaves = {"distances": leaf(source.uniform(5, 5, low=0.0, high=3.0))}
    mean, deviation, dy = torch.tensor(1.25), torch.tensor(0.375), source.normal(5, 5)
    y = (leaves["distances"] - mean) / deviation
    inputs = {**leaves, "mean": mean, "deviation": deviation, "dy": dy}
    yield case("normalise", "usual", {}, inputs, {"normalised": y}, pulled(y, dy, leaves))


def levels():
    source = Numbers(23)
    tied = torch.tensor([[0.0, 1.5, -1.5, 3.0], [-3.0, 4.5, -4.5, 0.25], [1.5, 1.5, 0.0, -1.5], [9.0, -9.0, 1.375, 1.625]])
    for label, normalised, values in (
        ("ties go to the lowest index", tied, torch.tensor([-3.0, 0.0, 3.0])),
        ("one level", tied, torch.tensor([0.5])),
        ("five levels", source.normal(6, 6, scale=2.0), torch.tensor([-3.0, -1.5, 0.0, 1.5, 3.0])),
        ("levels that crossed", source.normal(6, 6, scale=2.0), torch.tensor([0.5, -0.25, 2.0])),
        ("equal levels", source.normal(4, 4), torch.tensor([0.5, 0.5, -1.0])),
    ):
        yield case("nearestLevel", label, {}, {"normalised": normalised, "levels": values}, {"indices": nearest(normalised, values)})
    for decay in (0.01, 0.5):
        leaves = {"levels": leaf(torch.tensor([-3.0, 0.125, 2.75]))}
        y = decay * (leaves["levels"] ** 2).sum()
        dy = torch.tensor(1.5)
        yield case("levelDecay", f"nu {decay}", {"nu": decay}, {**leaves, "dy": dy}, {"loss": y}, pulled(y, dy, leaves))


def regularizer():
    source = Numbers(24)
    for variant in VARIANTS:
        for label, n, values, count in (
            ("three levels", 8, [-3.0, 0.0, 3.0], 4),
            ("duplicates, close levels", 6, [-0.5, 0.0, 0.5], 3),
            ("one level", 5, [0.25], 3),
            ("pairs on their level", 4, None, 2),
        ):
            e = batches(source, count, n, 5)
            if "duplicates" in label:
                e[:, 1] = e[:, 0]
            d = torch.stack([distances_of(x) for x in e])
            if values is None:
                # Three pairs at mu - sigma and three at mu + sigma (paper): gaps of exactly zero, where |x| has slope 0.
                values = [-1.0, 1.0] if variant == "paper" else [-3.0, 0.0, 3.0]
                ring = torch.tensor([[0.0, 1.0, 1.0, 3.0], [1.0, 0.0, 3.0, 1.0], [1.0, 3.0, 0.0, 3.0], [3.0, 1.0, 3.0, 0.0]])
                d = torch.stack([ring] * count)
            momentum, outputs, gradients = None, {}, {}
            dy = source.uniform(count, low=0.5, high=1.5)
            for step in range(count):
                leaves = {"distances": leaf(d[step]), "levels": leaf(torch.tensor(values))}
                loss, momentum = mdr(momentum, leaves["distances"], leaves["levels"], variant)
                pull = pulled(loss, dy[step], leaves)
                outputs.update({f"loss.{step}": loss, f"mean.{step}": momentum[0], f"deviation.{step}": momentum[1]})
                gradients.update({f"distances.{step}": pull["distances"], "levels": gradients.get("levels", 0) + pull["levels"]})
            inputs = {**numbered("distances", d), **numbered("dy", dy), "levels": torch.tensor(values)}
            settings = {"variant": variant, "gamma": GAMMA}
            yield case("mdrLoss", f"{variant}, {label}", settings, inputs, outputs, gradients, smooth="on their level" not in label)


LABELS = torch.tensor([0.0, 1.0, 0.0, 2.0, 1.0, 2.0, 0.0, 3.0])


def mining():
    source = Numbers(25)
    apart = torch.tensor([[1.0, 0.0], [0.96, 0.28], [-1.0, 0.0], [-0.96, -0.28], [0.0, 1.0], [0.0, -1.0]])
    apart_labels = torch.tensor([0.0, 0.0, 1.0, 1.0, 2.0, 2.0])
    twins = source.normal(8, 6)
    twins[1], twins[3] = twins[0], 2 * twins[0]
    zero = source.normal(8, 6)
    zero[3] = 0
    for label, e, labels in (
        ("2 dimensions", source.normal(8, 2), LABELS),
        ("3 dimensions", source.normal(8, 3), LABELS),
        ("8 dimensions", source.normal(8, 8), LABELS),
        ("32 dimensions", source.normal(8, 32) + 0.5, LABELS),
        ("duplicates", twins, LABELS),
        ("a zero vector", zero, LABELS),
        ("opposite vectors and rows left without weight", apart, apart_labels),
        ("tight cluster, all clamped", 5 + source.normal(8, 4, scale=0.2), LABELS),
    ):
        positive, _ = masks(labels)
        weights = mining_weights(e, labels)
        uniforms = uniforms_for(source, weights)
        share = weights / weights.sum(dim=1, keepdim=True).clamp(min=1e-300)
        inputs = {"embeddings": e, "labels": labels, "uniforms": uniforms, "mask": positive.double()}
        outputs = {"indices": drawn(weights, uniforms) * positive, "weights": share}
        yield case("distanceWeightedNegatives", label, {}, inputs, outputs)
    for label, e in (("usual", source.normal(8, 4)), ("wide", source.normal(8, 19))):
        positive, _ = masks(LABELS)
        d = distances_of(e)
        uniforms = uniforms_for(source, random_weights(LABELS))
        inputs = {"embeddings": e, "labels": LABELS, "uniforms": uniforms, "mask": positive.double()}
        yield case("randomNegatives", label, {}, inputs, {"indices": drawn(random_weights(LABELS), uniforms) * positive})
        yield case("hardestNegatives", label, {}, inputs, {"indices": hardest(d, LABELS) * positive})
        yield case("semiHardNegatives", label, {}, inputs, {"indices": semi_hard(d, LABELS) * positive})


def triplets():
    source = Numbers(26)
    for variant in VARIANTS:
        twins = source.normal(8, 4)
        twins[2] = twins[0]
        for label, e, margin in (
            ("usual", source.normal(8, 4), 0.2),
            ("duplicate positives", twins, 0.2),
            ("wide margin", source.normal(8, 9), 5.0),
            ("nothing violates", 50 * F.one_hot(LABELS.long()).double() + source.normal(8, 4, scale=0.01, decimals=4), 0.2),
        ):
            e = torch.as_tensor(e)
            negatives = drawn(random_weights(LABELS), uniforms_for(source, random_weights(LABELS)))
            leaves = {"embeddings": leaf(e)}
            loss = triplet(leaves["embeddings"], LABELS, negatives, margin, variant)
            dy = torch.tensor(1.25)
            inputs = {**leaves, "labels": LABELS, "negatives": negatives, "dy": dy}
            settings = {"variant": variant, "margin": margin}
            smooth = "duplicate" not in label
            yield case("tripletLoss", f"{variant}, {label}", settings, inputs, {"loss": loss}, pulled(loss, dy, leaves), smooth)
            loss = all_triplets(leaves["embeddings"], LABELS, margin, variant)
            inputs = {**leaves, "labels": LABELS, "dy": dy}
            yield case("allTripletsLoss", f"{variant}, {label}", settings, inputs, {"loss": loss}, pulled(loss, dy, leaves), smooth)


def objectives():
    source = Numbers(27)
    weight, decay, margin, count = 0.6, 0.01, 0.2, 3
    for method in ("triplet", "triplet-l2", "triplet-mdr"):
        for variant in VARIANTS:
            e = batches(source, count, 8, 6)
            start = torch.tensor([-0.75, 0.0, 1.0])
            inputs, outputs, gradients, momentum = {"labels": LABELS, "levels": start}, {}, {}, None
            for step in range(count):
                weights = mining_weights(e[step], LABELS)
                uniforms = uniforms_for(source, weights)
                leaves = {"embeddings": leaf(e[step]), "levels": leaf(start)}
                loss, parts, momentum = objective(
                    leaves["embeddings"], LABELS, drawn(weights, uniforms), leaves["levels"], momentum, method, variant, weight, decay, margin
                )
                if momentum is not None:
                    parts.update({"mean": momentum[0], "deviation": momentum[1]})
                pull = pulled(loss, torch.tensor(1.0), leaves)
                inputs.update({f"embeddings.{step}": e[step], f"uniforms.{step}": uniforms})
                outputs.update({f"{key}.{step}": value for key, value in {"loss": loss, **parts}.items()})
                gradients.update({f"embeddings.{step}": pull["embeddings"], "levels": gradients.get("levels", 0) + pull["levels"]})
            settings = {
                "method": method, "variant": variant, "lambda": weight, "nu": decay, "gamma": GAMMA,
                "margin": margin, "miner": "distance-weighted",
            }
            yield case("objective", f"{method}, {variant}", settings, inputs, outputs, gradients)


def single_error(loss, dy, leaves):
    """How far PyTorch's own float32 gradient is from its float64 one, over the largest entry: the next power of ten."""
    truth = pulled(loss(leaves), dy, leaves)
    single = {key: leaf(value.detach().float()) for key, value in leaves.items()}
    found = pulled(loss(single), dy.float(), single)
    error = max(((found[key].double() - truth[key]).abs().max() / truth[key].abs().max()).item() for key in truth)
    return float(f"1e{math.ceil(math.log10(error))}")


def near_duplicates():
    """A negative that nearly coincides with its anchor, its hinge open, at and away from the origin. Inputs are float32 numbers."""
    source = Numbers(28)
    negatives = drawn(random_weights(LABELS), uniforms_for(source, random_weights(LABELS)))
    negatives[0], negatives[1] = 1, 0
    for variant in VARIANTS:
        for separation in (1e-5, 1e-4, 1e-2):
            for offset in (0.0, 3.0, 10.0):
                e = source.normal(8, 16) + offset
                towards = F.normalize(source.normal(16), dim=0)
                e[1] = e[0] + separation * towards
                e = e.float().double()
                leaves, dy = {"embeddings": leaf(e)}, torch.tensor(1.25)

                def one(given):
                    return triplet(given["embeddings"], LABELS, negatives, 0.2, variant)

                def every(given):
                    return all_triplets(given["embeddings"], LABELS, 0.2, variant)

                label = f"{variant}, a negative {separation:g} from its anchor, {offset:g} from the origin"
                for formula, loss, more in (("tripletLoss", one, {"negatives": negatives}), ("allTripletsLoss", every, {})):
                    settings = {"variant": variant, "margin": 0.2, "float32Error": single_error(loss, dy, leaves)}
                    inputs = {**leaves, "labels": LABELS, **more, "dy": dy}
                    y = loss(leaves)
                    yield case(formula, label, settings, inputs, {"loss": y}, pulled(y, dy, leaves), smooth=False)
    e = source.normal(5, 3)
    e[1] = e[0] + torch.tensor([5e-7, -2e-7, 3e-7])
    leaves, dy = {"embeddings": leaf(e)}, source.normal(5, 5)
    d = distances_of(leaves["embeddings"])
    label = "two points nearer than the floor of 1e-6"
    yield case("pairwiseDistances", label, {}, {**leaves, "dy": dy}, {"distances": d}, pulled(d, dy, leaves), smooth=False)


def row_shifted_weights(e, labels, variant):
    """Log-weights of distance-weighted sampling, less the maximum of their row, in the precision of `e`; and which entries keep weight.

    official: the order of the published code. The diagonal distance set to 1 and clamped like the rest, the maximum over the whole
    row, positives and diagonal included. paper: the maximum over the negatives nearer than 1.4. Beyond 2 the formula is undefined.
    """
    dimension = e.shape[1]
    _, negative = masks(labels)
    raw = distances_of(F.normalize(e, dim=1)) + torch.eye(len(e), dtype=e.dtype)
    d = raw.clamp(min=0.5)
    kept = negative & (d < 1.4)
    counted = d < 2 if variant == "official" else kept
    safe = torch.where(d < 2, d, torch.ones_like(d))
    log_weights = (2.0 - dimension) * safe.log() - (dimension - 3) / 2 * (1.0 - 0.25 * safe ** 2).log()
    top = torch.where(counted, log_weights, torch.full_like(d, -numpy.inf)).max(dim=1, keepdim=True).values
    return log_weights - torch.where(torch.isinf(top), torch.zeros_like(top), top), kept


def weights_of(e, labels, variant):
    shifted, kept = row_shifted_weights(e, labels, variant)
    weights = torch.where(kept, shifted.exp(), torch.zeros_like(shifted))
    empty = weights.sum(dim=1, keepdim=True) == 0
    return torch.where(empty, masks(labels)[1].to(e.dtype), weights)


def clusters(source, labels, dimension, positive, negative):
    """Whole numbers whose L2-normalised rows are about `positive` apart within a class and `negative` between classes."""
    near, far = 1 - positive ** 2 / 2, 1 - negative ** 2 / 2
    shares = [math.sqrt(far), math.sqrt(near - far), math.sqrt(1 - near)]
    common = source.normal(1, dimension)
    centres = source.normal(int(labels.max()) + 1, dimension)[labels.long()]
    noise = source.normal(len(labels), dimension)
    return (4 * (shares[0] * common + shares[1] * centres + shares[2] * noise)).round()


def far_from_underflow(e, labels, variant):
    """Whether no entry that keeps weight lies where float32's exp fades out, so that every program underflows alike."""
    shifted, kept = row_shifted_weights(e, labels, variant)
    rows = torch.where(kept, shifted, torch.full_like(shifted, -numpy.inf)).max(dim=1).values
    return not ((rows > -107) & (rows < -80)).any()


def far_draw(source, labels, dimension, positive, negative):
    """The first draw of clusters that is far from underflow, of tens of thousands: each is looked at quickly before it is measured."""
    other = (labels[:, None] != labels[None, :]).numpy()
    while True:
        e = clusters(source, labels, dimension, positive, negative)
        unit = e.numpy() / numpy.linalg.norm(e.numpy(), axis=1, keepdims=True)
        d = numpy.sqrt(numpy.clip(2 - 2 * unit @ unit.T, 0.25, 3.99))
        numpy.fill_diagonal(d, 1)
        logs = (2 - dimension) * numpy.log(d) - (dimension - 3) / 2 * numpy.log(1 - d ** 2 / 4)
        rows = numpy.where(other & (d < 1.4), logs - logs.max(axis=1, keepdims=True), -numpy.inf).max(axis=1)
        if not ((rows > -106.9) & (rows < -80.1)).any() and far_from_underflow(e, labels, "official"):
            return e


WIDE_LABELS = torch.arange(12.0) % 3


def wide_mining():
    """D = 512, where the precision decides: each case is PyTorch's own run in the precision that its settings state."""
    source = Numbers(29)
    positive, negative = masks(WIDE_LABELS)
    for label, within, between in (
        ("positives at 0.93, negatives at 1.30", 0.93, 1.30),
        ("positives at 0.74, negatives at 1.27", 0.74, 1.27),
        ("positives as far as negatives", 1.30, 1.30),
    ):
        e = far_draw(source, WIDE_LABELS, 512, within, between)
        for precision, dtype in (("float32", torch.float32), ("float64", torch.float64)):
            for variant in VARIANTS:
                if within == between and (variant, precision) != ("official", "float32"):
                    continue
                weights = weights_of(e.to(dtype), WIDE_LABELS, variant).double()
                uniforms = uniforms_for(source, weights, margin=2e-3)
                uniform = torch.where(negative, weights, torch.ones_like(weights)).min(dim=1, keepdim=True).values == 1
                inputs = {"embeddings": e, "labels": WIDE_LABELS, "uniforms": uniforms, "mask": positive.double()}
                outputs = {"indices": drawn(weights, uniforms, margin=2e-3) * positive, "uniformRows": uniform.double()}
                settings = {"variant": variant, "precision": precision}
                yield case("distanceWeightedNegatives", f"512 dimensions, {variant}, {precision}, {label}", settings, inputs, outputs)
    single = clusters(source, WIDE_LABELS, 512, 0.93, 1.30).float()
    d = distances_of(single)
    weights = random_weights(WIDE_LABELS)
    uniforms = uniforms_for(source, weights)
    inputs = {"embeddings": single, "labels": WIDE_LABELS, "uniforms": uniforms, "mask": positive.double()}
    settings = {"precision": "float32"}
    for formula, indices in (
        ("randomNegatives", drawn(weights, uniforms)),
        ("hardestNegatives", hardest(d, WIDE_LABELS)),
        ("semiHardNegatives", semi_hard(d, WIDE_LABELS)),
    ):
        yield case(formula, "512 dimensions, float32", settings, inputs, {"indices": indices * positive})
    for variant in VARIANTS:
        leaves, dy = {"embeddings": leaf(single[:8])}, torch.tensor(1.25)
        loss = all_triplets(leaves["embeddings"], WIDE_LABELS[:8], 0.2, variant)
        inputs = {**leaves, "labels": WIDE_LABELS[:8], "dy": dy}
        settings = {"variant": variant, "margin": 0.2, "precision": "float32"}
        gradients = {key: short(value) for key, value in pulled(loss, dy.float(), leaves).items()}
        yield case("allTripletsLoss", f"512 dimensions, {variant}, float32", settings, inputs, {"loss": loss}, gradients, smooth=False)


def objectives_apart():
    """Head and regularizer chosen apart: L2 with the regularizer, and neither; and a near duplicate of another label under the
    mean-distance head, away from the origin. One batch each."""
    source = Numbers(30)
    weight, decay, margin = 0.6, 0.01, 0.2
    start = torch.tensor([-0.75, 0.0, 1.0])
    made = {"mean-distance": mean_distance_head, "l2": l2_head, "none": lambda e: e}
    far = source.normal(8, 16) + 10
    far[1] = far[0] + 1e-3 * F.normalize(source.normal(16), dim=0)
    for head, regularizer, label, e in (
        ("l2", "mdr", "usual", source.normal(8, 6)),
        ("none", "none", "usual", source.normal(8, 6)),
        ("none", "mdr", "usual", source.normal(8, 6)),
        ("mean-distance", "none", "a negative 0.001 from its anchor, 10 from the origin", far.float().double()),
        ("mean-distance", "mdr", "a negative 0.001 from its anchor, 10 from the origin", far.float().double()),
    ):
        # The published code measures what the head has rounded: near duplicates far from the origin are lost there in any precision.
        for variant in VARIANTS if "usual" in label else ("paper",):
            uniforms = uniforms_for(source, weights_of(e, LABELS, variant))
            negatives = drawn(weights_of(e, LABELS, variant), uniforms)
            leaves = {"embeddings.0": leaf(e), "levels": leaf(start)}

            def whole(given):
                headed = made[head](given["embeddings.0"])
                loss = triplet(headed, LABELS, negatives, margin, variant)
                if regularizer == "none":
                    return loss, {"metricLoss.0": loss}
                regularized, momentum = mdr(None, distances_of(headed), given["levels"], variant)
                decayed = decay * (given["levels"] ** 2).sum()
                parts = {"metricLoss.0": loss, "mdrLoss.0": regularized, "levelDecay.0": decayed}
                parts.update({"mean.0": momentum[0], "deviation.0": momentum[1]})
                return loss + weight * regularized + decayed, parts

            loss, parts = whole(leaves)
            one = torch.tensor(1.0)
            settings = {
                "head": head, "regularizer": regularizer, "variant": variant, "lambda": weight, "nu": decay, "gamma": GAMMA,
                "margin": margin, "miner": "distance-weighted",
            }
            duplicate = "from its anchor" in label
            if duplicate:
                settings["float32Error"] = single_error(lambda given: whole(given)[0], one, leaves)
            inputs = {**leaves, "labels": LABELS, "uniforms.0": uniforms}
            outputs = {"loss.0": loss, **parts}
            yield case("objective", f"{head}, {regularizer}, {variant}, {label}", settings, inputs, outputs, pulled(loss, one, leaves), not duplicate)


def cases():
    for group in (distances_and_heads, statistics, levels, regularizer, mining, triplets, objectives, near_duplicates, wide_mining, objectives_apart):
        yield from group()
