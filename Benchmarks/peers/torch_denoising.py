"""Ten denoising steps (DDPM, cosine schedule) of a network with three hidden layers, in eager PyTorch, for one
observation. What does not change from call to call (schedule, time embeddings) is made once."""

import math

import torch

from . import setting


def schedule():
    def cumulative(step):
        return math.cos((step / setting.DENOISING_STEPS + 0.008) / 1.008 * math.pi / 2) ** 2

    factors = []
    for step in range(setting.DENOISING_STEPS):
        previous = cumulative(step) / cumulative(0)
        beta = min(0.999, 1 - cumulative(step + 1) / cumulative(step))
        current = previous * (1 - beta)
        factors.append((
            1 / math.sqrt(current), math.sqrt(1 - current) / math.sqrt(current),
            math.sqrt(previous) * beta / (1 - current), math.sqrt(1 - beta) * (1 - previous) / (1 - current),
            math.sqrt(beta * (1 - previous) / (1 - current))))
    return factors


def time_embeddings():
    half = setting.TIME_EMBEDDING // 2
    frequencies = torch.exp(torch.arange(half) * -(math.log(10_000) / (half - 1)))
    angles = torch.arange(setting.DENOISING_STEPS)[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], 1)


def prepare(threads, variant):
    torch.set_num_threads(threads)
    inputs = setting.CHUNK + setting.TIME_EMBEDDING + setting.CHUNK_OBSERVATIONS
    network = torch.nn.Sequential(
        torch.nn.Linear(inputs, 256), torch.nn.Mish(), torch.nn.Linear(256, 256), torch.nn.Mish(),
        torch.nn.Linear(256, 256), torch.nn.Mish(), torch.nn.Linear(256, setting.CHUNK))
    factors, times = schedule(), time_embeddings().split(1)
    observation = torch.ones(1, setting.CHUNK_OBSERVATIONS)

    @torch.inference_mode()
    def chunk():
        x = torch.randn(1, setting.CHUNK)
        for step in reversed(range(setting.DENOISING_STEPS)):
            signal, error, clean_weight, current_weight, deviation = factors[step]
            predicted = network(torch.cat([x, times[step], observation], 1))
            clean = (signal * x - error * predicted).clamp_(-1, 1)
            x = clean_weight * clean + current_weight * x
            if step > 0:
                x = x + deviation * torch.randn_like(x)
        return x.numpy()

    def run(count):
        for _ in range(count):
            chunk()

    return run
