"""Writes convolution.safetensors: convolutions and an encoder of PyTorch, their results and gradients.

python3 make_convolution.py   (torch, numpy and safetensors from PyPI)

Images and results are stored [batch, height, width, channels], kernels [kernel, kernel, channels, outputs].
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(0)
arrays = {}


def images_last(tensor):
    return tensor.detach().permute(0, 2, 3, 1).contiguous()


def kernel_first(tensor):
    return tensor.detach().permute(2, 3, 1, 0).contiguous()


# Batch, height, width, channels, outputs, kernel, stride, padding.
CASES = [(2, 9, 8, 3, 5, 3, 2, 0), (3, 7, 10, 4, 33, 3, 1, 1), (1, 12, 11, 2, 6, 4, 3, 2), (2, 5, 6, 17, 3, 1, 2, 0)]
for number, (batch, height, width, channels, outputs, kernel, stride, padding) in enumerate(CASES):
    layer = nn.Conv2d(channels, outputs, kernel, stride, padding)
    images = torch.randn(batch, channels, height, width, requires_grad=True)
    result = torch.relu(layer(images))
    weights = torch.randn_like(result)
    (result * weights).sum().backward()
    arrays |= {
        f"{number}.sizes": torch.tensor([stride, padding]),
        f"{number}.images": images_last(images),
        f"{number}.weight": kernel_first(layer.weight),
        f"{number}.bias": layer.bias.detach(),
        f"{number}.result": images_last(result),
        f"{number}.factors": images_last(weights),
        f"{number}.images_gradient": images_last(images.grad),
        f"{number}.weight_gradient": kernel_first(layer.weight.grad),
        f"{number}.bias_gradient": layer.bias.grad,
    }

# Two frames of 14 × 16 pixels with 3 bytes each, through four layers, to ten features.
convolutions = nn.ModuleList([nn.Conv2d(6, 8, 3, 2)] + [nn.Conv2d(8, 8, 3) for _ in range(2)])
linear, norm = nn.Linear(8 * 2 * 3, 10), nn.LayerNorm(10)
with torch.no_grad():
    norm.weight += 0.3 * torch.randn(10)
    norm.bias += 0.3 * torch.randn(10)
frames = torch.randint(0, 256, (4, 2, 14, 16, 3))
hidden = (frames / 255).permute(0, 1, 4, 2, 3).reshape(4, 6, 14, 16)
for layer in convolutions:
    hidden = torch.relu(layer(hidden))
features = torch.tanh(norm(linear(hidden.permute(0, 2, 3, 1).reshape(4, -1))))
(features * torch.arange(40.0).reshape(4, 10) / 40).sum().backward()
named = {"linear.weight": linear.weight.detach().T.contiguous(), "linear.bias": linear.bias.detach()}
gradients = {"linear.weight": linear.weight.grad.T.contiguous(), "linear.bias": linear.bias.grad}
for number, layer in enumerate(convolutions):
    place = f"convolutions.{number}"
    named |= {f"{place}.weight": kernel_first(layer.weight), f"{place}.bias": layer.bias.detach()}
    gradients |= {f"{place}.weight": kernel_first(layer.weight.grad), f"{place}.bias": layer.bias.grad}
named |= {"norm.weight": norm.weight.detach(), "norm.bias": norm.bias.detach()}
gradients |= {"norm.weight": norm.weight.grad, "norm.bias": norm.bias.grad}
arrays |= {"encoder.frames": frames.to(torch.uint8).reshape(4, -1), "encoder.features": features.detach()}
arrays |= {f"encoder.parameters.{name}": array for name, array in named.items()}
arrays |= {f"encoder.gradients.{name}": array for name, array in gradients.items()}

save_file(
    {name: array.float().contiguous() for name, array in arrays.items()},
    Path(__file__).parent / "convolution.safetensors")
