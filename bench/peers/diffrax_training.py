"""Fits by minibatches, as the neural ODE example of diffrax does them."""

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import optax


def unpack(flat, sizes):
    """Layers of W (row-major) and b in order, and what is left."""
    flat, layers, at = jnp.asarray(flat), [], 0
    for n, m in zip(sizes, sizes[1:]):
        w = flat[at : at + n * m].reshape(m, n)
        layers.append((w, flat[at + n * m : at + n * m + m]))
        at += n * m + m
    return layers, flat[at:]


def oscillators(t, x, params):
    layers, scale = params
    for w, b in layers[:-1]:
        x = jax.nn.softplus(w @ x + b)
    w, b = layers[-1]
    return scale * jnp.tanh(w @ x + b)


def spiral(t, x, params):
    (w, b), (v, c) = params[0]
    return v @ jnp.tanh(w @ x**3 + b) + c


FIELDS = {"G4": oscillators, "G5": spiral}


def maker(p):
    """A compiled iteration: value and gradient, update."""
    optimiser = {"adam": optax.adam, "adabelief": optax.adabelief}[p["rule"]](p["rate"])
    term = diffrax.ODETerm(FIELDS[p["name"]])

    def rollout(params, ts, x0):
        return diffrax.diffeqsolve(
            term, diffrax.Tsit5(), ts[0], ts[-1], ts[1] - ts[0], x0, params,
            saveat=diffrax.SaveAt(ts=ts), stepsize_controller=diffrax.PIDController(rtol=p["rtol"], atol=p["atol"]),
            max_steps=MAX_STEPS,
        ).ys

    def loss(params, ts, ys):
        return jnp.mean((jax.vmap(rollout, (None, None, 0))(params, ts, ys[:, 0]) - ys) ** 2)

    @jax.jit
    def step(ts, ys, params, state):
        value, g = jax.value_and_grad(loss)(params, ts, ys)
        updates, state = optimiser.update(g, state)
        norm = jnp.sqrt(sum(jnp.sum(v**2) for v in jax.tree_util.tree_leaves(g)))
        return value, norm, optax.apply_updates(params, updates), state

    return step, optimiser.init


MAX_STEPS = 128  # enough here; the memory for checkpoints, and so the time, grows with it


def data(p):
    ys = np.asarray(p["data"]).reshape(len(p["times"]), len(p["starts"]), -1)
    return np.asarray(p["times"]), np.swapaxes(ys, 0, 1)


def training(p):
    """All of it, compiling included."""
    ts, ys = data(p)
    last = {}

    def run():
        jax.clear_caches()
        step, init = maker(p)
        params, losses = unpack(p["weights"], p["sizes"]), []
        for stage in p["stages"]:
            state, t, points = init(params), ts[: stage["Points"]], ys[:, : stage["Points"]]
            for _ in range(stage["Steps"]):
                loss, _, params, state = step(t, points[np.asarray(p["batches"][len(losses)])], params, state)
                losses.append(loss)
        last["losses"] = jax.block_until_ready(losses)

    return run, lambda: {"begin": float(np.mean(last["losses"][:10])), "loss": float(np.mean(last["losses"][-50:]))}


def training_step(p):
    ts, ys = data(p)
    step, init = maker(p)
    params, batch, last = unpack(p["weights"], p["sizes"]), ys[np.asarray(p["batch"])], {}
    state = init(params)

    def run():
        last["out"] = jax.block_until_ready(step(ts, batch, params, state))

    return run, lambda: {"loss": float(last["out"][0]), "norm": float(last["out"][1])}
