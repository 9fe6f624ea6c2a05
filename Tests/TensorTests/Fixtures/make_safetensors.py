"""Writes python.safetensors with Python's own library.

python3 make_safetensors.py   (torch and safetensors from PyPI)
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

save_file(
    {
        "float32": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "float64": torch.tensor([0.1, -2.5], dtype=torch.float64),
        "bfloat16": torch.tensor([1.5, -3], dtype=torch.bfloat16),
        "float16": torch.tensor([0.5, 65504, -6.1e-5], dtype=torch.float16),
        "int64": torch.tensor([1, -1]),
        "uint8": torch.tensor([7, 255], dtype=torch.uint8),
        "scalar": torch.tensor(42.0),
    },
    Path(__file__).parent / "python.safetensors",
    metadata={"made_by": "python"},
)
