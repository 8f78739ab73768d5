"""diffrax on JAX: gradients compiled as a whole, one thread."""

import jax_setup  # noqa: F401, first of all

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

from diffrax_orbits import ensemble, orbit
from diffrax_training import training, training_step, unpack
from serve import serve


class Kutta38(diffrax.AbstractERK):
    """The 3/8 rule, for fixed steps."""

    tableau = diffrax.ButcherTableau(
        a_lower=(np.array([1 / 3]), np.array([-1 / 3, 1]), np.array([1.0, -1, 1])),
        b_sol=np.array([1 / 8, 3 / 8, 3 / 8, 1 / 8]),
        b_error=np.zeros(4),
        c=np.array([1 / 3, 2 / 3, 1]),
    )
    interpolation_cls = diffrax.ThirdOrderHermitePolynomialInterpolation.from_k

    def order(self, terms):
        return 4


def network(layers, x):
    for w, b in layers[:-1]:
        x = jax.nn.gelu(w @ x + b, approximate=False)
    w, b = layers[-1]
    return w @ x + b


def adjoint_of(p, steps):
    """None where a call would take longer than ten seconds or so."""
    if p["adjoint"] == "backsolve":
        return diffrax.BacksolveAdjoint()
    if p["adjoint"] == "forward":
        slow = len(p["weights"]) ** 2 * steps > 3e9
        return diffrax.ForwardMode() if hasattr(diffrax, "ForwardMode") and not slow else None
    if p["adjoint"] == "checkpoints":  # about the root of the steps, as it chooses itself
        return diffrax.RecursiveCheckpointAdjoint() if steps < 200_000 else None
    if p["adjoint"]:
        return diffrax.RecursiveCheckpointAdjoint(checkpoints=steps)
    return diffrax.RecursiveCheckpointAdjoint(checkpoints=min(steps, 512))


def gradient(p):
    ts, data = jnp.asarray(p["times"]), jnp.asarray(p["data"])
    starts = jnp.asarray(p["starts"])
    data = data.reshape(len(p["times"]), len(p["starts"]), -1)
    first, steps = None, 1024
    if p["step"] and p["steps"] == len(ts) - 1:
        solver, controller, steps = Kutta38(), diffrax.StepTo(ts=ts), p["steps"]
    elif p["step"]:
        solver, controller, steps, first = Kutta38(), diffrax.ConstantStepSize(), p["steps"] + 1, p["step"]
    else:
        solver, controller = diffrax.Dopri5(), diffrax.PIDController(rtol=p["rtol"], atol=p["atol"])
    term = diffrax.ODETerm(lambda t, x, layers: network(layers, x))
    adjoint = adjoint_of(p, steps)
    if adjoint is None:
        return None
    save = diffrax.SaveAt(ts=ts) if len(ts) > 2 else diffrax.SaveAt(t0=True, t1=True)

    def rollout(layers, x0):
        s = diffrax.diffeqsolve(
            term, solver, ts[0], ts[-1], first, x0, layers, saveat=save, stepsize_controller=controller,
            max_steps=steps, adjoint=adjoint,
        )
        return s.ys, s.stats["num_steps"]

    def loss(layers, starts):
        if len(p["starts"]) == 1:
            ys, n = rollout(layers, starts[0])
            ys = ys[:, None]
        else:
            ys, n = jax.vmap(rollout, in_axes=(None, 0), out_axes=(1, 0))(layers, starts)
        return jnp.mean((ys - data) ** 2), n

    layers, last = unpack(p["weights"], p["sizes"])[0], {}
    if p["adjoint"] == "forward":


        def forward(layers, starts):
            g, (value, n) = jax.jacfwd(lambda *a: (loss(*a)[0], loss(*a)), argnums=(0, 1), has_aux=True)(layers, starts)
            return (value, n), g

        call = jax.jit(forward)
    else:
        call = jax.jit(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True))
    size = {}
    if p["adjoint"]:
        call = call.lower(layers, starts).compile()
        memory = call.memory_analysis()
        size = {"bytes": memory.temp_size_in_bytes + memory.output_size_in_bytes}

    def run():
        last["out"] = jax.block_until_ready(call(layers, starts))

    def check():
        (value, n), (g, _) = last["out"]
        norm = float(jnp.sqrt(sum(jnp.sum(v**2) for layer in g for v in layer)))
        stages = 4 if p["step"] else 6
        return {"loss": float(value), "norm": norm, "evals": stages * float(jnp.mean(n)), **size}

    return run, check


def field(p):
    layers, x, c = unpack(p["weights"], p["sizes"])[0], jnp.asarray(p["x"]), jnp.asarray(p["c"])
    batch = jax.vmap(network, in_axes=(None, 0))
    if len(p["x"]) == 1:
        batch = network
        x, c = x[0], c[0]
    if p["vjp"]:
        call = jax.jit(lambda layers, x, c: jax.vjp(batch, layers, x)[1](c))
        args = (layers, x, c)
    else:
        call = jax.jit(batch)
        args = (layers, x)
    last = {}

    def run():
        last["out"] = jax.block_until_ready(call(*args))

    def check():
        leaves = jax.tree_util.tree_leaves(last["out"])
        return {"norm": float(jnp.sqrt(sum(jnp.sum(v**2) for v in leaves)))}

    return run, check


if __name__ == "__main__":
    serve(
        "diffrax, JAX " + jax.__version__,
        {"diffrax": diffrax.__version__, "jax": jax.__version__},
        {"gradient": gradient, "field": field, "training": training, "training-step": training_step, "orbit": orbit,
         "ensemble": ensemble},
    )
