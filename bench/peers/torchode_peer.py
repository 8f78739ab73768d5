"""torchode on PyTorch, eager: a step size for each trajectory, gradients by backpropagation."""

from torch_network import network, norm, torch, versions  # first: it sets the threads

import torchode

from serve import serve


def gradient(p):
    if p["step"] or p["adjoint"]:
        return None  # it has no 3/8 rule
    net = network(p)
    term = torchode.ODETerm(lambda t, x: net(x))
    solver = torchode.AutoDiffAdjoint(
        torchode.Dopri5(term=term), torchode.IntegralController(atol=p["atol"], rtol=p["rtol"], term=term)
    )
    x0 = torch.tensor(p["starts"], requires_grad=True)
    times = torch.tensor(p["times"]).expand(len(x0), -1)
    data = torch.tensor(p["data"]).reshape(times.shape[1], *x0.shape).transpose(0, 1)
    last, params = {}, [x0, *net.parameters()]

    def run():
        s = solver.solve(torchode.InitialValueProblem(y0=x0, t_eval=times))
        loss = torch.mean((s.ys - data) ** 2)
        last.update(loss=loss.detach(), stats=s.stats, g=torch.autograd.grad(loss, params))

    def check():
        evals = 6 * float(last["stats"]["n_steps"].double().mean())
        return {"loss": float(last["loss"]), "norm": norm(last["g"][1:]), "evals": evals}

    return run, check


if __name__ == "__main__":
    serve("torchode", versions(torchode=torchode.__version__), {"gradient": gradient})
