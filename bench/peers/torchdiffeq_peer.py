"""torchdiffeq on PyTorch, eager, gradients by backpropagation through the solver."""

from torch_network import network, norm, torch, versions  # first: it sets the threads

import torchdiffeq
from torchdiffeq import odeint

from serve import serve


class Counted(torch.nn.Module):
    """The right-hand side; it counts its evaluations."""

    def __init__(self, net):
        super().__init__()
        self.net, self.count = net, 0

    def forward(self, t, x):
        self.count += 1
        return self.net(x)


def gradient(p):
    if p["adjoint"]:
        return None
    f = Counted(network(p))
    times, x0 = torch.tensor(p["times"]), torch.tensor(p["starts"], requires_grad=True)
    data = torch.tensor(p["data"]).reshape(len(times), *x0.shape)
    # Its "rk4" is the 3/8 rule, with a step from time to time.
    options = {"method": "rk4"} if p["step"] else {"method": "dopri5", "rtol": p["rtol"], "atol": p["atol"]}
    last, params = {}, [x0, *f.parameters()]

    def run():
        f.count = 0
        loss = torch.mean((odeint(f, x0, times, **options) - data) ** 2)
        last.update(loss=loss.detach(), g=torch.autograd.grad(loss, params))

    return run, lambda: {"loss": float(last["loss"]), "norm": norm(last["g"][1:]), "evals": f.count}


def field(p):
    net, x, c = network(p), torch.tensor(p["x"], requires_grad=p["vjp"]), torch.tensor(p["c"])
    params, last = [x, *net.parameters()], {}

    def run():
        if p["vjp"]:
            last["out"] = torch.autograd.grad(net(x), params, c)
        else:
            with torch.inference_mode():
                last["out"] = (net(x),)

    return run, lambda: {"norm": norm(last["out"])}


class Oscillators(torch.nn.Module):
    def __init__(self, p):
        super().__init__()
        a, b, c, d = p["sizes"]
        linear = torch.nn.Linear
        self.net = torch.nn.Sequential(linear(a, b), torch.nn.Softplus(), linear(b, c), torch.nn.Softplus(), linear(c, d), torch.nn.Tanh())
        self.scale = torch.nn.Parameter(torch.ones(1))

    def forward(self, t, x):
        return self.scale * self.net(x)


class Spiral(torch.nn.Module):
    def __init__(self, p):
        super().__init__()
        a, b, c = p["sizes"]
        self.net = torch.nn.Sequential(torch.nn.Linear(a, b), torch.nn.Tanh(), torch.nn.Linear(b, c))

    def forward(self, t, x):
        return self.net(x**3)


def module(p):
    f = {"G4": Oscillators, "G5": Spiral}[p["name"]](p)
    params = list(f.parameters())
    if p["name"] == "G4":
        params = params[1:] + params[:1]  # the scale is the last of the weights
    torch.nn.utils.vector_to_parameters(torch.tensor(p["weights"]), params)
    times = torch.tensor(p["times"])
    data = torch.tensor(p["data"]).reshape(len(times), len(p["starts"]), -1)
    return f, times, data


def loss_of(p, f, times, batch):
    # It has no method of Tsitouras; Dormand and Prince's has the same order and stages.
    return torch.mean((odeint(f, batch[0], times, method="dopri5", rtol=p["rtol"], atol=p["atol"]) - batch) ** 2)


def training(p):
    if p["name"] != "G5":
        return None  # a thousand iterations take minutes; one of them is measured
    last = {}

    def run():
        f, times, data = module(p)
        rule, losses = torch.optim.Adam(f.parameters(), lr=p["rate"]), []
        for batch in p["batches"]:
            rule.zero_grad()
            loss = loss_of(p, f, times, data[:, batch])
            loss.backward()
            rule.step()
            losses.append(loss.detach())
        last.update(begin=float(torch.stack(losses)[:10].mean()), loss=float(torch.stack(losses)[-50:].mean()))

    return run, lambda: last


def training_step(p):
    """The gradient alone: PyTorch has no AdaBelief of its own."""
    f, times, data = module(p)
    batch, params, last = data[:, p["batch"]], list(f.parameters()), {}

    def run():
        loss = loss_of(p, f, times, batch)
        last.update(loss=loss.detach(), g=torch.autograd.grad(loss, params))

    return run, lambda: {"loss": float(last["loss"]), "norm": norm(last["g"])}


if __name__ == "__main__":
    serve(
        "torchdiffeq",
        versions(torchdiffeq=torchdiffeq.__version__),
        {"gradient": gradient, "field": field, "training": training, "training-step": training_step},
    )
