"""Ten updates of a diffusion and of a flow-matching policy in PyTorch, and chunks sampled from their averaged weights by DDPM, DDIM
and Euler's method: writes generative.safetensors.

python3 make_generative.py   (torch and safetensors from PyPI)
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from reference import Stream

ROWS, OBSERVATIONS, HISTORY, ACTIONS, CHUNK = 8, 3, 2, 2, 4
WIDTH, EXPANSION, EMBEDDING, STEPS, UPDATES = 16, 2, 8, 20, 10
POSITIONS = 100
RATE, WARM_UP, RATE_STEPS, DECAY = 1e-3, 2, 20, 1e-2
generator = torch.Generator().manual_seed(4)
tensors = {}


def linear(inputs, outputs):
    bound = inputs**-0.5
    return [((torch.rand(shape, generator=generator) * 2 - 1) * bound) for shape in ([inputs, outputs], [outputs])]


def network():
    size = CHUNK * ACTIONS
    parameters = {}

    def add(name, values):
        parameters[name + ".weight"], parameters[name + ".bias"] = values

    add("level.layers.0", linear(EMBEDDING, 4 * EMBEDDING))
    add("level.layers.1", linear(4 * EMBEDDING, EMBEDDING))
    add("layers.input", linear(size + EMBEDDING + HISTORY * OBSERVATIONS, WIDTH))
    add("layers.blocks.0.norm", [torch.ones(WIDTH), torch.zeros(WIDTH)])
    add("layers.blocks.0.expand", linear(WIDTH, EXPANSION * WIDTH))
    add("layers.blocks.0.contract", linear(EXPANSION * WIDTH, WIDTH))
    add("layers.output", linear(WIDTH, size))
    return parameters


def forward(p, noisy, position, condition):
    layer = lambda name, x: x @ p[name + ".weight"] + p[name + ".bias"]
    half = EMBEDDING // 2
    angle = position * torch.exp(-math.log(10000) * torch.arange(half) / (half - 1))
    level = torch.cat([angle.sin(), angle.cos()], -1)
    level = layer("level.layers.1", F.mish(layer("level.layers.0", level)))
    x = layer("layers.input", torch.cat([noisy, level, condition], -1))
    block = "layers.blocks.0."
    inner = F.layer_norm(x, [WIDTH], p[block + "norm.weight"], p[block + "norm.bias"])
    x = x + layer(block + "contract", F.mish(layer(block + "expand", inner)))
    return layer("layers.output", F.mish(x))


# The cosine schedule ("squaredcos_cap_v2").
remaining = lambda u: math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2
beta = torch.tensor(
    [min(1 - remaining((k + 1) / STEPS) / remaining(k / STEPS), 0.999) for k in range(STEPS)], dtype=torch.float64)
signal = torch.cumprod(1 - beta, 0)

observation = torch.randn(ROWS, HISTORY * OBSERVATIONS, generator=generator)
action = torch.rand(ROWS, CHUNK * ACTIONS, generator=generator) * 2 - 1
mean, reciprocal = torch.tensor([0.1, -0.2, 0.3]), torch.tensor([0.5, 2.0, 1.0])
condition = ((observation.reshape(ROWS, HISTORY, OBSERVATIONS) - mean) * reciprocal).reshape(ROWS, -1)
tensors |= {"observation": observation, "action": action}


def diffusion_loss(p, noise):
    k = (noise.uniform(ROWS) * STEPS).long()
    epsilon = noise.normal(ROWS, CHUNK * ACTIONS)
    level = signal[k].float().reshape(-1, 1)
    noisy = level.sqrt() * action + (1 - level).sqrt() * epsilon
    return F.mse_loss(forward(p, noisy, k.reshape(-1, 1) * (POSITIONS / STEPS), condition), epsilon)


def flow_loss(p, noise):
    t = noise.uniform(ROWS, 1)
    epsilon = noise.normal(ROWS, CHUNK * ACTIONS)
    return F.mse_loss(forward(p, t * action + (1 - t) * epsilon, t * POSITIONS, condition), action - epsilon)


def train(name, loss_function):
    parameters = network()
    average = {key: value.clone() for key, value in parameters.items()}
    for owner in ("network", "policy"):
        tensors.update({f"{name}.before.{owner}.{key}": value.clone() for key, value in parameters.items()})
    tensors[f"{name}.before.policy.observation_normalisation.mean"] = mean.clone()
    tensors[f"{name}.before.policy.observation_normalisation.reciprocal_scale"] = reciprocal.clone()
    for value in parameters.values():
        value.requires_grad_()
    optimiser = torch.optim.AdamW(parameters.values(), lr=RATE, betas=(0.95, 0.999), weight_decay=DECAY)
    noise, losses = Stream(key=11, stream=22), []
    for update in range(UPDATES):
        progress = (update - WARM_UP) / (RATE_STEPS - WARM_UP)
        factor = update / WARM_UP if update < WARM_UP else 0.5 * (1 + math.cos(math.pi * progress))
        optimiser.param_groups[0]["lr"] = RATE * factor
        loss = loss_function(parameters, noise)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        decay = min(0.9999, 1 - (1 + update) ** -0.75)
        with torch.no_grad():
            for key, value in average.items():
                value += (1 - decay) * (parameters[key] - value)
    tensors[f"{name}.losses"] = torch.tensor(losses)
    tensors.update({f"{name}.after.network.{key}": value.detach().clone() for key, value in parameters.items()})
    tensors.update({f"{name}.after.policy.{key}": value.clone() for key, value in average.items()})
    return average


def draws(count):
    """Noise of one draw per use, each row's together."""
    size = CHUNK * ACTIONS
    noise = Stream(key=33, stream=44).normal(ROWS, (count * size + 3) // 4 * 4)
    return [noise[:, index * size : (index + 1) * size] for index in range(count)]


def diffuse(p, steps, stochastic):
    """DDIM (Song et al. 2020, equation 12 with sigma 0) from the schedule's last level, or DDPM's posterior over every level."""
    noise = draws(STEPS if stochastic else 1)
    x = (1 - signal[STEPS - 1]).sqrt().float() * noise[0]
    times = [round(STEPS * (steps - i) / steps) - 1 for i in range(steps)]
    for index, k in enumerate(times):
        now, previous = signal[k], signal[times[index + 1]] if index + 1 < steps else torch.tensor(1.0)
        epsilon = forward(p, x, torch.full([ROWS, 1], k * POSITIONS / STEPS), condition)
        clean = ((x - (1 - now).sqrt() * epsilon) / now.sqrt()).clamp(-1, 1)
        if stochastic:
            x = (previous.sqrt() * beta[k] * clean + (1 - beta[k]).sqrt() * (1 - previous) * x) / (1 - now)
            if index + 1 < steps:
                x = x + (beta[k] * (1 - previous) / (1 - now)).sqrt() * noise[index + 1]
        else:
            epsilon = (x - now.sqrt() * clean) / (1 - now).sqrt()
            x = previous.sqrt() * clean + (1 - previous).sqrt() * epsilon
        x = x.float()
    return x.clamp(-1, 1)


def integrate(p, steps):
    x = draws(1)[0]
    for index in range(steps):
        x = x + forward(p, x, torch.full([ROWS, 1], index / steps * POSITIONS), condition) / steps
    return x.clamp(-1, 1)


diffusion, flow = train("diffusion", diffusion_loss), train("flow", flow_loss)
with torch.no_grad():
    tensors["diffusion.ddim"] = diffuse(diffusion, 5, False)
    tensors["diffusion.ddpm"] = diffuse(diffusion, STEPS, True)
    tensors["flow.euler"] = integrate(flow, 4)

save_file(tensors, Path(__file__).parent / "generative.safetensors")
