"""Ten AdamW steps on a diffusion policy's noise-prediction loss in PyTorch, with an average of the weights: writes
diffusion.safetensors.

python3 make_diffusion.py   (torch and safetensors from PyPI)
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

from reference import Stream, forward, named, network

SIZE, OBSERVATIONS, ACTIONS, EMBEDDING, STEPS, UPDATES = 8, 5, 4, 16, 20, 10
generator = torch.Generator().manual_seed(9)
noise = Stream(key=11, stream=22)

denoiser = network([ACTIONS + OBSERVATIONS + EMBEDDING, 32, 32, ACTIONS], generator=generator)
average = [p.detach().clone() for p in denoiser]
observation = torch.randn(SIZE, OBSERVATIONS, generator=generator)
action = torch.rand(SIZE, ACTIONS, generator=generator) * 2 - 1

# The cosine schedule ("squaredcos_cap_v2").
remaining = lambda u: math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2
beta = torch.tensor([min(1 - remaining((k + 1) / STEPS) / remaining(k / STEPS), 0.999) for k in range(STEPS)])
signal = torch.cumprod(1 - beta, 0)


def embedding(step):
    half = EMBEDDING // 2
    frequencies = torch.exp(-math.log(10000) * torch.arange(half) / (half - 1))
    angle = step * frequencies
    return torch.cat([angle.sin(), angle.cos()], -1)


before = named("denoiser.", denoiser)
optimiser = torch.optim.AdamW(denoiser, lr=1e-3, betas=(0.95, 0.999), weight_decay=1e-2)
losses = []
for _ in range(UPDATES):
    step = (noise.uniform(SIZE, 1) * STEPS).floor()
    epsilon = noise.normal(SIZE, ACTIONS)
    level = signal[step.long()]
    noisy = level.sqrt() * action + (1 - level).sqrt() * epsilon
    predicted = forward(denoiser, torch.cat([noisy, observation, embedding(step)], -1), torch.nn.functional.mish)
    loss = torch.nn.functional.mse_loss(predicted, epsilon)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(denoiser, 0.5)
    optimiser.step()
    with torch.no_grad():
        for follower, leader in zip(average, denoiser):
            follower.lerp_(leader, 0.05)
    losses.append(loss.item())

after = named("denoiser.", denoiser) | named("average.", average)
fixture = {f"before.{k}": v for k, v in before.items()} | {f"after.{k}": v for k, v in after.items()}
fixture |= {"observation": observation, "action": action, "signal": signal, "losses": torch.tensor(losses)}
save_file(fixture, Path(__file__).parent / "diffusion.safetensors")
