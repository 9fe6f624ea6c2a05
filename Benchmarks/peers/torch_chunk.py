"""One chunk of actions of a diffusion policy (DDIM) or a flow policy (Euler), in eager PyTorch: the networks, steps and
horizons of Sinew's learners by default. What does not change from call to call (schedule, embedded levels) is made once.

Alone: `python -m peers.torch_chunk diffusion|flow THREADS CALLS`, from the Benchmarks folder.
"""

import math
import statistics
import sys
import time

import torch

from . import setting

CHUNK = setting.CHUNK_STEPS * setting.CHUNK_ACTIONS


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.LayerNorm(setting.HIDDEN), torch.nn.Linear(setting.HIDDEN, setting.HIDDEN), torch.nn.Mish(),
            torch.nn.Linear(setting.HIDDEN, setting.HIDDEN))

    def forward(self, x):
        return x + self.layers(x)


class Network(torch.nn.Module):
    """Predicts the clean chunk from a noisy one, its embedded level and the observations."""

    def __init__(self):
        super().__init__()
        size = setting.EMBEDDING
        self.level = torch.nn.Sequential(torch.nn.Linear(size, 4 * size), torch.nn.Mish(), torch.nn.Linear(4 * size, size))
        inputs = CHUNK + size + setting.OBSERVATION_HORIZON * setting.CHUNK_OBSERVATIONS
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(inputs, setting.HIDDEN), *[Block() for _ in range(setting.BLOCKS)], torch.nn.Mish(),
            torch.nn.Linear(setting.HIDDEN, CHUNK))

    def forward(self, noisy, embedded, condition):
        return self.layers(torch.cat([noisy, self.level(embedded), condition], 1))


def embedding(position):
    half = setting.EMBEDDING // 2
    angles = position * torch.exp(torch.arange(half) * -(math.log(10_000) / (half - 1)))
    return torch.cat([angles.sin(), angles.cos()])[None]


def diffusion_grid():
    """(α, σ, place) of ten of the hundred levels of the cosine schedule, from the noisiest, and the clean one."""
    def remaining(u):
        return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

    signals, product, count = [], 1.0, setting.TRAINING_LEVELS
    for step in range(count):
        product *= 1 - min(1 - remaining((step + 1) / count) / remaining(step / count), 0.999)
        signals.append(product)
    chosen = [round(count * (setting.SAMPLING_STEPS - i) / setting.SAMPLING_STEPS) - 1 for i in range(setting.SAMPLING_STEPS)]
    return [(math.sqrt(signals[k]), math.sqrt(1 - signals[k]), float(k)) for k in chosen] + [(1.0, 0.0, 0.0)]


def flow_grid():
    """(t, 1 − t, place) in ten equal steps."""
    times = [step / setting.SAMPLING_STEPS for step in range(setting.SAMPLING_STEPS + 1)]
    return [(t, 1 - t, 100 * t) for t in times]


def prepare(threads, variant):
    torch.set_num_threads(threads)
    network = Network()
    grid = diffusion_grid() if variant == "diffusion" else flow_grid()
    embedded = [embedding(place) for _, _, place in grid]
    # x′ = α′·x̂₀ + σ′·ε̂ with ε̂ = (x − α·x̂₀)/σ.
    factors = [
        (signal - level * noise / own, noise / own) for (level, own, _), (signal, noise, _) in zip(grid, grid[1:])]
    observation = torch.ones(1, setting.CHUNK_OBSERVATIONS)
    mean, scale = torch.zeros(setting.CHUNK_OBSERVATIONS), torch.ones(setting.CHUNK_OBSERVATIONS)
    low, high = -torch.ones(setting.CHUNK_ACTIONS), torch.ones(setting.CHUNK_ACTIONS)

    @torch.inference_mode()
    def chunk():
        history = torch.stack([observation] * setting.OBSERVATION_HORIZON, 1)
        condition = ((history - mean) / scale).flatten(1)
        x = grid[0][1] * torch.randn(1, CHUNK)
        for step, (on_clean, on_noisy) in enumerate(factors):
            clean = network(x, embedded[step], condition)
            if variant == "diffusion":
                clean = clean.clamp_(-1, 1)
            x = clean if grid[step + 1][1] == 0 else on_clean * clean + on_noisy * x
        actions = x.clamp(-1, 1).view(1, setting.CHUNK_STEPS, setting.CHUNK_ACTIONS)
        return ((low + high) / 2 + actions * ((high - low) / 2)).clamp_(-1, 1).numpy()

    def run(count):
        for _ in range(count):
            chunk()

    return run


def main():
    variant, threads, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    run = prepare(threads, variant)
    run(calls // 10 + 2)
    durations = []
    for _ in range(calls):
        start = time.perf_counter()
        run(1)
        durations.append(1e6 * (time.perf_counter() - start))
    durations.sort()
    print(f"{variant}: p50 {statistics.median(durations):.1f} µs, p99 {durations[int(0.99 * (calls - 1))]:.1f} µs, {calls} calls, "
          f"{threads} thread" + ("s" if threads > 1 else ""))


if __name__ == "__main__":
    main()
