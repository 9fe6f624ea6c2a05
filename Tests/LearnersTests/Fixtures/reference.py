"""What the learners' reference fixtures share: Philox noise as Sinew draws it, and networks laid out as Sinew stores them.

Sinew's random operations are functions of (key, stream, counter), so that PyTorch can be given the same noise.
"""

import numpy as np
import torch


def philox(key, stream, counter):
    """Philox4x32-10 (Salmon et al. 2011): four 32-bit words."""
    mask = 0xFFFFFFFF
    c = [counter & mask, counter >> 32, stream & mask, stream >> 32]
    k = [key & mask, key >> 32]
    for _ in range(10):
        first, second = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(second >> 32) ^ c[1] ^ k[0], second & mask, (first >> 32) ^ c[3] ^ k[1], first & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return c


class Stream:
    """The stream that a RandomStream of state (key, stream, 0) draws."""

    def __init__(self, key, stream):
        self.key, self.stream, self.counter = key, stream, 0

    def _units(self, count):
        units = []
        for _ in range((count + 3) // 4):
            units += [(word >> 8) * 2.0**-24 for word in philox(self.key, self.stream, self.counter)]
            self.counter += 1
        return units

    def uniform(self, *shape):
        count = int(np.prod(shape))
        return torch.tensor(self._units(count)[:count], dtype=torch.float32).reshape(shape)

    def normal(self, *shape):
        count = int(np.prod(shape))
        units = np.array(self._units(count)).reshape(-1, 2)
        radius = np.sqrt(-2 * np.log(1 - units[:, 0]))
        angle = 2 * np.pi * units[:, 1]
        values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)[:count]
        return torch.tensor(values, dtype=torch.float32).reshape(shape)


def network(sizes, members=None, generator=None):
    """Weights [members, inputs, outputs] and biases [members, outputs], alternating, as leaf tensors."""
    parameters = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:]):
        lead = [] if members is None else [members]
        bound = inputs**-0.5
        for shape in (lead + [inputs, outputs], lead + [outputs]):
            parameters.append(((torch.rand(shape, generator=generator) * 2 - 1) * bound).requires_grad_())
    return parameters


def forward(parameters, x, activation=torch.relu):
    """The network's output; an ensemble's has a leading dimension of members."""
    layers = list(zip(parameters[0::2], parameters[1::2]))
    for index, (weight, bias) in enumerate(layers):
        x = x @ weight + bias.unsqueeze(-2)
        if index < len(layers) - 1:
            x = activation(x)
    return x


def named(prefix, parameters):
    """The parameters under the names that Sinew's MLP gives them."""
    names = [f"{prefix}layers.{i // 2}.{'weight' if i % 2 == 0 else 'bias'}" for i in range(len(parameters))]
    return {name: p.detach().clone().contiguous() for name, p in zip(names, parameters)}


def transitions(size, observations, actions, generator):
    """A random minibatch, one row in four terminated."""
    return {
        "observation": torch.randn(size, observations, generator=generator),
        "action": torch.rand(size, actions, generator=generator) * 2 - 1,
        "reward": torch.randn(size, 1, generator=generator),
        "next_observation": torch.randn(size, observations, generator=generator),
        "terminated": (torch.arange(size).reshape(size, 1) % 4 == 3).float(),
    }
