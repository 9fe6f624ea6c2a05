"""The networks of the actor-critics that make_critics.py trains, laid out and named as Sinew stores them."""

import torch

from reference import forward, named, network

functional = torch.nn.functional


class BatchNorm:
    """Statistics of the last dimension but one; checked against PyTorch's own where that has the same rules."""

    def __init__(self, features, members=None, renormalises_after=None, has_bias=True, generator=None, epsilon=1e-3):
        self.epsilon = epsilon
        shape = ([] if members is None else [members]) + [features]
        self.weight = (1 + 0.1 * torch.randn(shape, generator=generator)).requires_grad_()
        self.bias = (0.1 * torch.randn(shape, generator=generator)).requires_grad_() if has_bias else None
        self.mean, self.variance = torch.zeros(shape), torch.ones(shape)
        self.after, self.passes = renormalises_after, torch.zeros(1)

    @property
    def parameters(self):
        return [self.weight] + ([] if self.bias is None else [self.bias])

    def named(self, prefix):
        values = {"weight": self.weight, "running_mean": self.mean, "running_variance": self.variance}
        values |= {} if self.bias is None else {"bias": self.bias}
        values |= {} if self.after is None else {"passes": self.passes}
        return {prefix + name: value.detach().clone() for name, value in values.items()}

    def __call__(self, x, training):
        bias = torch.zeros_like(self.weight) if self.bias is None else self.bias
        if not training:
            normal = (x - self.mean.unsqueeze(-2)) / (self.variance.unsqueeze(-2) + self.epsilon).sqrt()
            return normal * self.weight.unsqueeze(-2) + bias.unsqueeze(-2)
        if self.weight.dim() == 2 and x.dim() == 2:
            x = x.expand(self.weight.shape[0], *x.shape)
        mean, variance = x.mean(-2), x.var(-2, unbiased=False)
        normal = (x - mean.unsqueeze(-2)) / (variance.unsqueeze(-2) + self.epsilon).sqrt()
        if x.dim() == 2:
            torch.testing.assert_close(normal, functional.batch_norm(x, None, None, training=True, eps=self.epsilon))
        with torch.no_grad():
            if self.after is not None:
                running = (self.variance + self.epsilon).sqrt()
                r = ((variance + self.epsilon).sqrt() / running).clamp(1 / 3, 3)
                d = ((mean - self.mean) / running).clamp(-5, 5)
                is_warm = self.passes.item() >= self.after
                self.passes += 1
            self.mean.lerp_(mean, 0.01)
            self.variance.lerp_(variance, 0.01)
        if self.after is not None and is_warm:
            normal = normal * r.unsqueeze(-2) + d.unsqueeze(-2)
        return normal * self.weight.unsqueeze(-2) + bias.unsqueeze(-2)


class BatchNormMLP:
    def __init__(self, sizes, members=None, before_activation=False, renormalises_after=None, generator=None):
        weights = network(sizes, members, generator)
        self.layers = list(zip(weights[0::2], weights[1::2]))
        self.before = before_activation
        if before_activation:
            self.layers = [(w, None) for w, _ in self.layers[:-1]] + [self.layers[-1]]
        # A bias in front of a linear layer that is normalised would change nothing.
        self.norms = [
            BatchNorm(size, members, renormalises_after, not before_activation or index > 0, generator)
            for index, size in enumerate(sizes[:-1])
        ]

    @property
    def parameters(self):
        return [p for layer in self.layers for p in layer if p is not None] + [p for n in self.norms for p in n.parameters]

    def named(self, prefix):
        values = {}
        for index, (weight, bias) in enumerate(self.layers):
            values[f"{prefix}layers.{index}.weight"] = weight.detach().clone()
            if bias is not None:
                values[f"{prefix}layers.{index}.bias"] = bias.detach().clone()
        for index, norm in enumerate(self.norms):
            values |= norm.named(f"{prefix}norms.{index}.")
        return values

    def __call__(self, x, training):
        x = self.norms[0](x, training)
        for (weight, bias), norm in zip(self.layers[:-1], self.norms[1:]):
            x = x @ weight
            if self.before:
                x = torch.relu(norm(x, training))
            else:
                x = norm(torch.relu(x + bias.unsqueeze(-2)), training)
        weight, bias = self.layers[-1]
        return x @ weight + bias.unsqueeze(-2)

    @torch.no_grad()
    def normalise(self):
        for weight, _ in self.layers:
            weight /= weight.norm(dim=-2, keepdim=True)


class ResidualMLP:
    """Blocks x + relu(norm(W2 relu(norm(W1 x)))) between an embedding and a linear layer, all of fixed norms."""

    def __init__(self, sizes, members=None, expansion=4, generator=None):
        width = sizes[1]

        def linear(inputs, outputs):
            return network([inputs, outputs], members, generator)[0]

        def norm(features):
            return BatchNorm(features, members, generator=generator, epsilon=1e-5)

        lead = [] if members is None else [members, 1]
        self.input_norm, self.embedding = norm(sizes[0]), linear(sizes[0], width)
        self.blocks = [
            (linear(width, expansion * width), norm(expansion * width), linear(expansion * width, width), norm(width))
            for _ in sizes[1:-1]
        ]
        self.gain = (1 + 0.1 * torch.randn(lead + [width], generator=generator)).requires_grad_()
        self.output, self.bias = network([width, sizes[-1]], members, generator)
        self.normalise()

    @property
    def norms(self):
        return [self.input_norm] + [norm for block in self.blocks for norm in (block[1], block[3])]

    @property
    def weights(self):
        return [self.embedding, self.output] + [weight for block in self.blocks for weight in (block[0], block[2])]

    @property
    def parameters(self):
        return self.weights + [self.gain, self.bias] + [p for norm in self.norms for p in norm.parameters]

    def named(self, prefix):
        values = self.input_norm.named(prefix + "input_norm.")
        for index, (expand, inner, contract, outer) in enumerate(self.blocks):
            start = f"{prefix}blocks.{index}."
            values |= {start + "expand.weight": expand, start + "contract.weight": contract}
            values |= inner.named(start + "inner_norm.") | outer.named(start + "outer_norm.")
        values |= {prefix + "embedding.weight": self.embedding, prefix + "gain": self.gain}
        values |= {prefix + "output.weight": self.output, prefix + "output.bias": self.bias}
        return {name: value.detach().clone() for name, value in values.items()}

    def __call__(self, x, training):
        x = self.input_norm(x, training) @ self.embedding
        for expand, inner, contract, outer in self.blocks:
            x = x + torch.relu(outer(torch.relu(inner(x @ expand, training)) @ contract, training))
        x = x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * self.gain
        return x @ self.output + self.bias.unsqueeze(-2)

    @torch.no_grad()
    def normalise(self):
        for weight in self.weights:
            weight /= weight.norm(dim=-2, keepdim=True)
        for norm in self.norms:
            size = (norm.weight.square() + norm.bias.square()).mean(-1, keepdim=True).sqrt()
            norm.weight /= size
            norm.bias /= size
        self.gain /= self.gain.square().mean(-1, keepdim=True).sqrt()


class HypersphericalMLP:
    """Features and weights of norm 1."""

    def __init__(self, inputs, heads, width, blocks, members=None, expansion=4, generator=None):
        lead = [] if members is None else [members, 1]

        def linear(inputs, outputs):
            return network([inputs, outputs], members, generator)

        def vector(value, features):
            return (value * (1 + 0.1 * torch.randn(lead + [features], generator=generator))).requires_grad_()

        scale = (2 / width) ** 0.5
        self.embedding, self.embedding_scale = linear(inputs + 1, width)[0], vector(scale, width)
        self.blocks = [
            {
                "expand.weight": linear(width, expansion * width)[0],
                "contract.weight": linear(expansion * width, width)[0],
                "scale": vector(scale / expansion**0.5, expansion * width),
                "share": vector(width**-0.5, width),
            }
            for _ in range(blocks)
        ]
        self.share_factor = width**0.5 / (blocks + 1)
        self.heads = []
        for outputs in heads:
            outer, bias = linear(width, outputs)
            self.heads.append(
                {"inner.weight": linear(width, width)[0], "outer.weight": outer, "outer.bias": bias, "scale": vector(1, width)}
            )
        self.normalise()

    def parts(self):
        values = {"embedding.weight": self.embedding, "embedding.scale": self.embedding_scale}
        for name, group in (("blocks", self.blocks), ("heads", self.heads)):
            for index, part in enumerate(group):
                values |= {f"{name}.{index}.{key}": value for key, value in part.items()}
        return values

    @property
    def parameters(self):
        return list(self.parts().values())

    def named(self, prefix):
        return {prefix + name: value.detach().clone() for name, value in self.parts().items()}

    def __call__(self, x, training):
        def unit(x):
            return x / x.norm(dim=-1, keepdim=True)

        x = unit(torch.cat([x, torch.full((*x.shape[:-1], 1), 3.0)], -1))
        x = unit(x @ self.embedding * self.embedding_scale)
        for block in self.blocks:
            y = unit((torch.relu(x @ block["expand.weight"] * block["scale"]) + 1e-8) @ block["contract.weight"])
            x = unit(x + block["share"] * self.share_factor * (y - x))
        outputs = [
            (x @ head["inner.weight"] * head["scale"]) @ head["outer.weight"] + head["outer.bias"].unsqueeze(-2)
            for head in self.heads
        ]
        return torch.cat(outputs, -1)

    @torch.no_grad()
    def normalise(self):
        for name, weight in self.parts().items():
            if name.endswith("weight"):
                weight /= weight.norm(dim=-2, keepdim=True)


class PlainMLP:
    """Hidden layers are linear, dropout, layer norm, activation."""

    def __init__(
        self, sizes, members=None, dropout=0.0, layer_norm=False, noise=None, generator=None, activation=torch.relu
    ):
        self.weights = network(sizes, members, generator)
        self.dropout, self.noise, self.norms, self.activation = dropout, noise, [], activation
        lead = [] if members is None else [members]
        if layer_norm:
            for size in sizes[1:-1]:
                weight = (1 + 0.1 * torch.randn(*lead, size, generator=generator)).requires_grad_()
                self.norms.append((weight, (0.1 * torch.randn(*lead, size, generator=generator)).requires_grad_()))

    @property
    def parameters(self):
        return self.weights + [p for norm in self.norms for p in norm]

    def named(self, prefix):
        values = named(prefix, self.weights)
        for index, (weight, bias) in enumerate(self.norms):
            values |= {f"{prefix}norms.{index}.weight": weight.detach().clone()}
            values |= {f"{prefix}norms.{index}.bias": bias.detach().clone()}
        return values

    def __call__(self, x, training):
        layer = iter(range(len(self.weights)))

        def activation(x):
            if self.dropout > 0 and training:
                x = x * (self.noise.uniform(*x.shape) >= self.dropout).float() / (1 - self.dropout)
            if self.norms:
                weight, bias = self.norms[next(layer)]
                x = functional.layer_norm(x, x.shape[-1:]) * weight.unsqueeze(-2) + bias.unsqueeze(-2)
            return self.activation(x)

        return forward(self.weights, x, activation)
