"""diffrax on JAX: gradients compiled as a whole, float64, one thread."""

import os

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

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


def unpack(flat, sizes):
    layers, at = [], 0
    for n, m in zip(sizes, sizes[1:]):
        w = jnp.asarray(flat[at : at + n * m]).reshape(m, n)
        layers.append((w, jnp.asarray(flat[at + n * m : at + n * m + m])))
        at += n * m + m
    return layers


def network(layers, x):
    for w, b in layers[:-1]:
        x = jax.nn.gelu(w @ x + b, approximate=False)
    w, b = layers[-1]
    return w @ x + b


def gradient(p):
    ts, data = jnp.asarray(p["times"]), jnp.asarray(p["data"])
    starts = jnp.asarray(p["starts"])
    data = data.reshape(len(p["times"]), len(p["starts"]), -1)
    if p["step"]:
        solver, controller, steps = Kutta38(), diffrax.StepTo(ts=ts), len(p["times"]) - 1
    else:
        solver, steps = diffrax.Dopri5(), 1024
        controller = diffrax.PIDController(rtol=p["rtol"], atol=p["atol"])
    term = diffrax.ODETerm(lambda t, x, layers: network(layers, x))

    def rollout(layers, x0):
        s = diffrax.diffeqsolve(
            term, solver, ts[0], ts[-1], None, x0, layers,
            saveat=diffrax.SaveAt(ts=ts), stepsize_controller=controller, max_steps=steps,
            adjoint=diffrax.RecursiveCheckpointAdjoint(checkpoints=min(steps, 512)),
        )
        return s.ys, s.stats["num_steps"]

    def loss(layers, starts):
        if len(p["starts"]) == 1:
            ys, n = rollout(layers, starts[0])
            ys = ys[:, None]
        else:
            ys, n = jax.vmap(rollout, in_axes=(None, 0), out_axes=(1, 0))(layers, starts)
        return jnp.mean((ys - data) ** 2), n

    call = jax.jit(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True))
    layers, last = unpack(p["weights"], p["sizes"]), {}

    def run():
        last["out"] = jax.block_until_ready(call(layers, starts))

    def check():
        (value, n), (g, _) = last["out"]
        norm = float(jnp.sqrt(sum(jnp.sum(v**2) for layer in g for v in layer)))
        stages = 4 if p["step"] else 6
        return {"loss": float(value), "norm": norm, "evals": stages * float(jnp.mean(n))}

    return run, check


def field(p, vjp):
    layers, x, c = unpack(p["weights"], p["sizes"]), jnp.asarray(p["x"]), jnp.asarray(p["c"])
    batch = jax.vmap(network, in_axes=(None, 0))
    if len(p["x"]) == 1:
        batch = network
        x, c = x[0], c[0]
    if vjp:
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


def make(case, problems):
    p = problems[case]
    return field(p, p["vjp"]) if "x" in p else gradient(p)


if __name__ == "__main__":
    serve("diffrax, JAX " + jax.__version__, {"diffrax": diffrax.__version__, "jax": jax.__version__}, make)
