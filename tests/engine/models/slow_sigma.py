"""SIGMA's equations once more, written from the paper alone: one prefix, one category, one sum at a
time. Slow, obvious, in float64, and differentiable, so that gradients can be compared as well.

Numbers in brackets are the paper's. Vectors are tensors [D]; everything else is a Python list.
"""

import math

import torch
from torch import Tensor, nn


def as_float64(module: nn.Module) -> dict[str, Tensor]:
    """Copies of a module's parameters, by name, that collect their own gradients."""
    return {
        name: value.detach().double().clone().requires_grad_()
        for name, value in module.named_parameters()
    }


def within(parameters: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The parameters below one name, with the prefix cut off."""
    return {
        name.removeprefix(prefix + "."): value
        for name, value in parameters.items()
        if name.startswith(prefix + ".")
    }


# Categories


def unit(vector: Tensor) -> Tensor:
    return vector / (vector * vector).sum().sqrt()


def orthogonality(categories: list[Tensor]) -> Tensor:
    """(4) ‖C Cᵀ − I‖²_F / K²."""
    count, total = len(categories), torch.zeros((), dtype=torch.float64)
    for i in range(count):
        for j in range(count):
            inner = (unit(categories[i]) * unit(categories[j])).sum()
            total = total + (inner - (1.0 if i == j else 0.0)) ** 2
    return total / count**2


def softmax(logits: list[Tensor]) -> list[Tensor]:
    top = max(logit.item() for logit in logits)
    powers = [torch.exp(logit - top) for logit in logits]
    total = sum(powers[1:], powers[0])
    return [power / total for power in powers]


def classification_logits(item: Tensor, categories: list[Tensor], tau: float) -> list[Tensor]:
    """r_jk / τ with r_jk = c_kᵀ e_j / ‖e_j‖."""
    return [(unit(category) * unit(item)).sum() / tau for category in categories]


def membership(item: Tensor, categories: list[Tensor], tau: float) -> list[Tensor]:
    """p(k|v) = softmax_k(r_k / τ)."""
    return softmax(classification_logits(item, categories, tau))


def assigned(logits: list[Tensor], noise: list[float] | None) -> tuple[int, Tensor]:
    """The one category of an item and its straight-through weight, by Gumbel-softmax; argmax
    without noise."""
    noisy = [logit + (noise[k] if noise else 0.0) for k, logit in enumerate(logits)]
    probability = softmax(noisy)
    choice = max(range(len(noisy)), key=lambda k: noisy[k].item())
    return choice, 1.0 + (probability[choice] - probability[choice].detach())


# Interests


def intensities(prefix: list[list[Tensor]]) -> list[Tensor]:
    """w_k = Σ_j p(k|v_j) / Σ_k' Σ_j p(k'|v_j) over one prefix; prefix[j][k] = p(k|v_j)."""
    count = len(prefix[0])
    mass = [sum(p[k] for p in prefix) for k in range(count)]
    total = sum(mass)
    return [m / total for m in mass]


def soft_interest(items: list[Tensor], prefix: list[list[Tensor]], k: int) -> Tensor:
    """Σ_j p(k|v_j) e_j / Σ_j p(k|v_j) over one prefix."""
    total, mass = torch.zeros_like(items[0]), torch.zeros((), dtype=torch.float64)
    for item, p in zip(items, prefix, strict=True):
        total, mass = total + p[k] * item, mass + p[k]
    return total / mass


def gru(inputs: list[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The last state of a GRU over a non-empty list (Cho et al. 2014; gates in torch's order)."""
    w_in, w_state = parameters["weight_ih_l0"], parameters["weight_hh_l0"]
    b_in, b_state = parameters["bias_ih_l0"], parameters["bias_hh_l0"]
    size = w_state.shape[1]
    state = torch.zeros(size, dtype=w_state.dtype)
    for x in inputs:
        a, b = w_in @ x + b_in, w_state @ state + b_state
        reset = torch.sigmoid(a[:size] + b[:size])
        update = torch.sigmoid(a[size : 2 * size] + b[size : 2 * size])
        new = torch.tanh(a[2 * size :] + reset * b[2 * size :])
        state = (1.0 - update) * new + update * state
    return state


def hard_interest(
    items: list[Tensor],
    choices: list[int],
    weights: list[Tensor],
    k: int,
    parameters: dict[str, Tensor],
) -> Tensor | None:
    """The GRU over the items of one prefix that went to category k; None where there are none."""
    own = [weights[j] * item for j, item in enumerate(items) if choices[j] == k]
    return gru(own, parameters) if own else None


def interest_mean(soft: Tensor, hard: Tensor | None) -> Tensor:
    """(5) ½ (soft + hard), or soft alone."""
    return soft if hard is None else 0.5 * (soft + hard)


def gelu(x: Tensor) -> Tensor:
    return 0.5 * x * (1.0 + torch.erf(x / math.sqrt(2.0)))


def interest_log_var(category: Tensor, mu: Tensor, parameters: dict[str, Tensor]) -> Tensor:
    """(6) MLP([c_k ; μ]), from 2D to D: the first layer is one matrix [D, 2D]."""
    first = torch.cat((parameters["of_category.weight"], parameters["of_mean.weight"]), dim=1)
    both = torch.cat((unit(category), mu))
    hidden = gelu(first @ both + parameters["of_mean.bias"])
    return parameters["to_log_var.weight"] @ hidden + parameters["to_log_var.bias"]


class SlowInterest:
    """The interests of one prefix: w[k], mu[k], log_var[k]."""

    def __init__(self, w: list[Tensor], mu: list[Tensor], log_var: list[Tensor]) -> None:
        self.w, self.mu, self.log_var = w, mu, log_var


def interests_of_prefix(
    items: list[Tensor],
    parameters: dict[str, Tensor],
    tau: float,
    noise: list[list[float]] | None = None,
) -> SlowInterest:
    """All of section 3.2 for one prefix, given as embedded items; parameters of the extractor."""
    categories = list(parameters["categories.direction"])
    own = within(parameters, "hard_interest.gru")
    p = [membership(item, categories, tau) for item in items]
    chosen = [
        assigned(classification_logits(item, categories, tau), noise[j] if noise else None)
        for j, item in enumerate(items)
    ]
    choices, weights = [c for c, _ in chosen], [s for _, s in chosen]
    mu, log_var = [], []
    for k, category in enumerate(categories):
        hard = hard_interest(items, choices, weights, k, own)
        mu.append(interest_mean(soft_interest(items, p, k), hard))
        log_var.append(interest_log_var(category, mu[k], parameters))
    return SlowInterest(intensities(p), mu, log_var)


# Gaussians


def log_normal(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log N(z; μ, diag σ²), one dimension at a time."""
    total = torch.zeros((), dtype=torch.float64)
    for d in range(len(z)):
        sigma = torch.exp(0.5 * log_var[d])
        total = total - 0.5 * ((z[d] - mu[d]) / sigma) ** 2
        total = total - torch.log(sigma) - 0.5 * math.log(2.0 * math.pi)
    return total


def standard_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """(7) ½ Σ_d (μ² + σ² − 1 − log σ²)."""
    total = torch.zeros((), dtype=torch.float64)
    for d in range(len(mu)):
        total = total + 0.5 * (mu[d] ** 2 + torch.exp(log_var[d]) - 1.0 - log_var[d])
    return total


def log_mixture(z: Tensor, interest: SlowInterest) -> Tensor:
    """(10) log Σ_k w_k N(z; μ_k, σ_k²), the sum taken beside its largest term."""
    terms = [
        torch.log(w) + log_normal(z, mu, log_var)
        for w, mu, log_var in zip(interest.w, interest.mu, interest.log_var, strict=True)
    ]
    top = max(term.item() for term in terms)
    return top + torch.log(sum(torch.exp(term - top) for term in terms))


# Softmaxes over the catalogue


def next_item_loss(queries: list[Tensor], table: Tensor, target: int) -> Tensor:
    """(8, 9, 13, 14) −log softmax_v(max_k q_k · e_v) of one position; items are rows 1..V."""
    scores = []
    for v in range(1, len(table)):
        by_query = [(query * table[v]).sum() for query in queries]
        scores.append(by_query[max(range(len(by_query)), key=lambda k: by_query[k].item())])
    return -torch.log(softmax(scores)[target - 1])


# The Transformer


def layer_norm(x: Tensor, parameters: dict[str, Tensor]) -> Tensor:
    mean = x.mean()
    variance = ((x - mean) ** 2).mean()
    return (x - mean) / torch.sqrt(variance + 1e-5) * parameters["weight"] + parameters["bias"]


def rotated(x: Tensor, position: int) -> Tensor:
    """Pairs (x_i, x_{i+d/2}) turned by the angle position / 10000^{2i/d} (Su et al. 2021)."""
    half = len(x) // 2
    out: list[Tensor] = [x[0]] * len(x)
    for i in range(half):
        angle = position / 10_000.0 ** (2.0 * i / len(x))
        cos, sin = math.cos(angle), math.sin(angle)
        out[i] = x[i] * cos - x[i + half] * sin
        out[i + half] = x[i] * sin + x[i + half] * cos
    return torch.stack(out)


def attention(
    x: list[Tensor], parameters: dict[str, Tensor], heads: int, rotary: bool, causal: bool = True
) -> list[Tensor]:
    """Multi-head attention of every position on itself and those before it, or on all."""
    dim = len(x[0])
    size = dim // heads
    joined = [
        parameters["query_key_value.weight"] @ row + parameters["query_key_value.bias"] for row in x
    ]
    out = []
    for t in range(len(x)):
        mixed = []
        for h in range(heads):
            part = slice(h * size, (h + 1) * size)
            seen = t + 1 if causal else len(x)
            query = joined[t][:dim][part]
            keys = [joined[j][dim : 2 * dim][part] for j in range(seen)]
            values = [joined[j][2 * dim :][part] for j in range(seen)]
            if rotary:
                query = rotated(query, t)
                keys = [rotated(key, j) for j, key in enumerate(keys)]
            weight = softmax([(query * key).sum() / math.sqrt(size) for key in keys])
            mixed.append(sum(w * value for w, value in zip(weight, values, strict=True)))
        out.append(parameters["output.weight"] @ torch.cat(mixed) + parameters["output.bias"])
    return out


def transformer(
    x: list[Tensor], parameters: dict[str, Tensor], heads: int, rotary: bool
) -> list[Tensor]:
    """A pre-norm causal Transformer of as many blocks as the parameters tell, without dropout."""
    layers = 1 + max(int(name.split(".")[1]) for name in parameters if name.startswith("blocks."))
    for layer in range(layers):
        own = within(parameters, f"blocks.{layer}")
        normed = [layer_norm(row, within(own, "attention_norm")) for row in x]
        mixed = attention(normed, within(own, "attention"), heads, rotary)
        x = [row + add for row, add in zip(x, mixed, strict=True)]
        for t, row in enumerate(x):
            wide = (
                own["feedforward.0.weight"] @ layer_norm(row, within(own, "feedforward_norm"))
                + own["feedforward.0.bias"]
            )
            x[t] = row + own["feedforward.2.weight"] @ gelu(wide) + own["feedforward.2.bias"]
    return [layer_norm(row, within(parameters, "norm")) for row in x]


def sequence_input(items: list[Tensor], parameters: dict[str, Tensor]) -> list[Tensor]:
    """x_j = LayerNorm(e_j + position_j), position counted from the right end (3.3), or
    LayerNorm(e_j) where there is no table of positions."""
    length = len(items)
    x = []
    for j, item in enumerate(items):
        if "position.weight" in parameters:
            item = item + parameters["position.weight"][length - 1 - j]
        x.append(layer_norm(item, within(parameters, "norm")))
    return x
