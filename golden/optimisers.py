"""Optimisers as PyTorch runs them (weight decay added to the gradient), and the schedule that multiplies after milestones."""
import torch

from cases import Numbers, case, leaf, numbered

STEPS = 20


def trace(make, gradients, start):
    parameter = leaf(start)
    optimiser = make([parameter])
    rows = []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimiser.step()
        rows.append(parameter.detach().clone())
    return rows


def cases():
    source = Numbers(31)
    for label, rate, decay, betas, epsilon in (
        ("paper's weight decay", 1e-3, 1e-5, (0.9, 0.999), 1e-8),
        ("strong weight decay", 5e-2, 0.3, (0.9, 0.999), 1e-8),
        ("other betas, large epsilon", 1e-2, 0.0, (0.5, 0.9), 1e-2),
    ):
        start, gradients = source.normal(7), source.normal(STEPS, 7)
        gradients[:, 6] = 0
        gradients[3] = 0
        settings = {"learningRate": rate, "weightDecay": decay, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon}
        rows = trace(lambda p: torch.optim.Adam(p, lr=rate, betas=betas, eps=epsilon, weight_decay=decay), gradients, start)
        yield case("adam", label, settings, {"parameter": start, **numbered("gradient", gradients)}, numbered("parameter", rows))
    for label, rate, decay, momentum in (("plain", 0.1, 0.0, 0.0), ("momentum", 0.1, 0.0, 0.9), ("momentum and weight decay", 0.05, 0.1, 0.9)):
        start, gradients = source.normal(7), source.normal(STEPS, 7)
        settings = {"learningRate": rate, "weightDecay": decay, "momentum": momentum}
        rows = trace(lambda p: torch.optim.SGD(p, lr=rate, momentum=momentum, weight_decay=decay), gradients, start)
        yield case("sgd", label, settings, {"parameter": start, **numbered("gradient", gradients)}, numbered("parameter", rows))
    for label, rate, milestones, factor in (("paper, CUB-200-2011", 5e-5, [40, 60, 80], 0.2), ("short", 0.1, [2, 3], 0.5)):
        parameter = leaf(torch.zeros(1))
        optimiser = torch.optim.SGD([parameter], lr=rate)
        schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, milestones, factor)
        rates = []
        for _ in range(100):
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            schedule.step()
        settings = {"learningRate": rate, "milestones": milestones, "factor": factor}
        yield case("schedule", label, settings, {"epochs": torch.arange(1.0, 101.0)}, {"rates": torch.tensor(rates)})
    for label, rate, epochs, warm_up in (("no warm-up", 0.1, 30, 0), ("five epochs of warm-up", 0.02, 25, 5)):
        parameter = leaf(torch.zeros(1))
        optimiser = torch.optim.SGD([parameter], lr=rate)
        after = lambda count: torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, count)
        if warm_up:
            start = torch.optim.lr_scheduler.LinearLR(optimiser, 1 / (warm_up + 1), 1.0, warm_up)
            schedule = torch.optim.lr_scheduler.SequentialLR(optimiser, [start, after(epochs - warm_up)], [warm_up])
        else:
            schedule = after(epochs)
        rates = []
        for _ in range(epochs):
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            schedule.step()
        settings = {"learningRate": rate, "epochs": epochs, "warmUp": warm_up}
        yield case("cosineSchedule", label, settings, {"epochs": torch.arange(1.0, epochs + 1.0)}, {"rates": torch.tensor(rates)})
