"""Known systems with diffrax: nothing is differentiated."""

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

SOLVERS = {"dopri5": diffrax.Dopri5, "tsit5": diffrax.Tsit5, "dop853": diffrax.Dopri8}


def lorenz(t, x, rho):
    return jnp.stack([10 * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]])


def lotka_volterra(t, x, args):
    return jnp.stack([1.5 * x[0] - x[0] * x[1], x[0] * x[1] - 3 * x[1]])


def orbit(p):
    if p["solver"] not in SOLVERS:
        return None
    term = diffrax.ODETerm(lorenz if p["system"] == "lorenz" else lotka_volterra)
    controller = diffrax.PIDController(rtol=p["tolerance"], atol=p["tolerance"])

    @jax.jit
    def solve(end, x0):
        s = diffrax.diffeqsolve(
            term, SOLVERS[p["solver"]](), 0.0, end, None, x0, 28.0, stepsize_controller=controller, max_steps=100_000
        )
        return s.ys[-1], s.stats["num_steps"]

    x0, last = jnp.asarray(p["start"]), {}

    def run():
        last["out"] = jax.block_until_ready(solve(p["end"], x0))

    def check():
        error = np.asarray(solve(p["check"], x0)[0]) - np.asarray(p["exact"])
        stages = {"dopri5": 6, "tsit5": 6, "dop853": 13}[p["solver"]]
        return {"error": float(np.linalg.norm(error)), "evals": stages * float(last["out"][1])}

    return run, check


def ensemble(p):
    """Lorenz systems with ρ evenly from 0 on, each with its own steps."""
    rho, last = jnp.linspace(0.0, p["rho"], p["count"]), {}
    if p["step"]:
        controller, first = diffrax.ConstantStepSize(), p["step"]
    else:
        controller, first = diffrax.PIDController(rtol=p["tolerance"], atol=p["tolerance"]), None

    @jax.jit
    @jax.vmap
    def solve(r):
        s = diffrax.diffeqsolve(
            diffrax.ODETerm(lorenz), diffrax.Tsit5(), 0.0, 1.0, first, jnp.array([1.0, 0, 0]), r,
            stepsize_controller=controller, max_steps=4096,
        )
        return s.ys[-1]

    def run():
        last["out"] = jax.block_until_ready(solve(rho))

    return run, lambda: {"norm": float(jnp.sqrt(jnp.sum(last["out"] ** 2)))}
