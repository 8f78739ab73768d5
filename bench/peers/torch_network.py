"""What the peers on PyTorch share: float64, or float32 where the argument is "single"; one thread, a network
of its usual layers."""

import os
import sys

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import torch

torch.set_default_dtype(torch.float32 if "single" in sys.argv[1:] else torch.float64)
torch.set_num_threads(1)
torch.set_num_interop_threads(1)


def network(p):
    """Linear layers with exact GELU between them, and their weights."""
    layers = []
    for n, m in zip(p["sizes"], p["sizes"][1:]):
        layers += [torch.nn.Linear(n, m), torch.nn.GELU()]
    net = torch.nn.Sequential(*layers[:-1])
    torch.nn.utils.vector_to_parameters(torch.tensor(p["weights"]), net.parameters())
    return net


def norm(gradients):
    return float(torch.sqrt(sum((g**2).sum() for g in gradients)))


def versions(**more):
    return {"torch": torch.__version__.split("+")[0], **more}
