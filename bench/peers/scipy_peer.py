"""What one would write: SciPy's solve_ivp with a continuous adjoint by hand, NumPy for the rest.

The 3/8 rule with fixed steps is a loop, with the exact transposed loop for its gradient.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import scipy
from scipy.integrate import solve_ivp
from scipy.special import erf

from serve import serve
from stiff_problems import CHANGES, JACOBIANS, POLLUTION, SLOPES, cheapest


class Network:
    """A fully connected network on rows of states, with its transpose by hand."""

    def __init__(self, flat, sizes):
        self.layers, at, flat = [], 0, np.asarray(flat)
        for n, m in zip(sizes, sizes[1:]):
            self.layers.append((flat[at : at + n * m].reshape(m, n), flat[at + n * m : at + n * m + m]))
            at += n * m + m
        self.size = at

    def __call__(self, x):
        for w, b in self.layers[:-1]:
            z = x @ w.T + b
            x = z * 0.5 * (1 + erf(z * np.sqrt(0.5)))
        w, b = self.layers[-1]
        return x @ w.T + b

    def vjp(self, x, c):
        """The value, and c pulled back to the states and to the weights."""
        inputs, slopes = [], []
        for w, b in self.layers[:-1]:
            inputs.append(x)
            z = x @ w.T + b
            phi = 0.5 * (1 + erf(z * np.sqrt(0.5)))
            slopes.append(phi + z * np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi))
            x = z * phi
        inputs.append(x)
        value = x @ self.layers[-1][0].T + self.layers[-1][1]
        parts = []
        for k in range(len(self.layers) - 1, -1, -1):
            parts += [c.sum(0), (c.T @ inputs[k]).ravel()]
            c = c @ self.layers[k][0]
            if k > 0:
                c = c * slopes[k - 1]
        return value, c, np.concatenate(parts[::-1])


def adaptive(f, p):
    ts, data = np.asarray(p["times"]), np.asarray(p["data"]).reshape(len(p["times"]), len(p["starts"]), -1)
    x0 = np.asarray(p["starts"])
    shape, n = x0.shape, x0.size
    tolerances = {"rtol": p["rtol"], "atol": p["atol"], "method": "RK45"}
    last = {}

    def backwards(t, y):
        value, gx, gw = f.vjp(y[:n].reshape(shape), y[n : 2 * n].reshape(shape))
        return np.concatenate([value.ravel(), -gx.ravel(), -gw])

    def run():
        s = solve_ivp(lambda t, y: f(y.reshape(shape)).ravel(), (ts[0], ts[-1]), x0.ravel(), t_eval=ts, **tolerances)
        xs = s.y.T.reshape(len(ts), *shape)
        c = 2 * (xs - data) / data.size
        a, g = c[-1].ravel(), np.zeros(f.size)
        for k in range(len(ts) - 1, 0, -1):
            y = np.concatenate([xs[k].ravel(), a, g])
            y = solve_ivp(backwards, (ts[k], ts[k - 1]), y, **tolerances).y[:, -1]
            a, g = y[n : 2 * n] + c[k - 1].ravel(), y[2 * n :]
        last.update(loss=float(np.mean((xs - data) ** 2)), norm=float(np.linalg.norm(g)), evals=s.nfev)

    return run, lambda: last


def fixed(f, p):
    ts, data = np.asarray(p["times"]), np.asarray(p["data"]).reshape(len(p["times"]), len(p["starts"]), -1)
    x0, last = np.asarray(p["starts"]), {}

    def stages(x, h):
        k1 = f(x)
        x2 = x + h * k1 / 3
        k2 = f(x2)
        x3 = x + h * (k2 - k1 / 3)
        k3 = f(x3)
        x4 = x + h * (k1 - k2 + k3)
        return x2, x3, x4, x + h * (k1 + 3 * (k2 + k3) + f(x4)) / 8

    def run():
        xs, kept = [x0], []
        for h in np.diff(ts):
            x2, x3, x4, x = stages(xs[-1], h)
            kept.append((x2, x3, x4, h))
            xs.append(x)
        xs = np.stack(xs)
        c = 2 * (xs - data) / data.size
        a, g = c[-1], np.zeros(f.size)
        for k in range(len(kept) - 1, -1, -1):
            x2, x3, x4, h = kept[k]
            _, g4, w4 = f.vjp(x4, h * a / 8)
            _, g3, w3 = f.vjp(x3, 3 * h * a / 8 + h * g4)
            _, g2, w2 = f.vjp(x2, 3 * h * a / 8 - h * g4 + h * g3)
            _, g1, w1 = f.vjp(xs[k], h * a / 8 + h * g4 - h * g3 / 3 + h * g2 / 3)
            a, g = a + g1 + g2 + g3 + g4 + c[k], g + w1 + w2 + w3 + w4
        last.update(loss=float(np.mean((xs - data) ** 2)), norm=float(np.linalg.norm(g)), evals=4 * len(kept))

    return run, lambda: last


def field(p):
    f, x, c, last = Network(p["weights"], p["sizes"]), np.asarray(p["x"]), np.asarray(p["c"]), {}

    def run():
        last["out"] = f.vjp(x, c)[1:] if p["vjp"] else (f(x),)

    return run, lambda: {"norm": float(np.sqrt(sum(np.sum(v**2) for v in last["out"])))}


def gradient(p):
    if p["adjoint"]:
        return None
    return (fixed if p["step"] else adaptive)(Network(p["weights"], p["sizes"]), p)


def lorenz(t, x):
    a, b, c = x
    return 10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c


def lotka_volterra(t, x):
    a, b = x
    return 1.5 * a - a * b, a * b - 3 * b


def orbit(p):
    method = {"dopri5": "RK45", "dop853": "DOP853", "multistep": "LSODA"}.get(p["solver"])
    if method is None:
        return None
    f, last = lorenz if p["system"] == "lorenz" else lotka_volterra, {}

    def to(end):
        return solve_ivp(f, (0, end), p["start"], method=method, t_eval=(end,), rtol=p["tolerance"], atol=p["tolerance"])

    def run():
        last["out"] = to(p["end"])

    def check():
        error = to(p["check"]).y[:, -1] - np.asarray(p["exact"])
        return {"error": float(np.linalg.norm(error)), "evals": last["out"].nfev}

    return run, check


def reactions():
    """Slopes and Jacobian of the pollution problem with whole arrays."""
    k, first = np.array([k for k, _ in POLLUTION]), np.array([of[0] - 1 for _, of in POLLUTION])
    second = np.array([of[1] - 1 if len(of) > 1 else 20 for _, of in POLLUTION])
    changes, rows = np.zeros((20, 25)), np.arange(25)
    for r, species in enumerate(CHANGES):
        for i, n in species:
            changes[i, r] = n

    def slopes(t, x):
        x = np.append(x, 1.0)
        return changes @ (k * x[first] * x[second])

    def jacobian(t, x):
        x, by = np.append(x, 1.0), np.zeros((25, 21))
        by[rows, first] += k * x[second]
        by[rows, second] += k * x[first]
        return changes @ by[:, :20]

    return slopes, jacobian


def stiff(p):
    name, theta = p["name"], p["parameters"]
    if name not in SLOPES or p["solver"] not in ("Radau", "BDF"):
        return None
    slopes, jacobian = lambda t, x: SLOPES[name](x.tolist(), theta), lambda t, x: np.array(JACOBIANS[name](x.tolist(), theta))
    if name == "pollution":
        slopes, jacobian = reactions()
    start, last = np.asarray(p["start"], float), {}

    def at(rtol):
        return solve_ivp(slopes, (0, p["span"]), start, method=p["solver"], t_eval=(p["span"],), jac=jacobian, rtol=rtol, atol=rtol * p["atol"])

    rtol, got = cheapest(lambda rtol: at(rtol).y[:, 0], p, p["end"])
    if rtol is None:
        raise ValueError(f"it comes to {got:.1f} digits" if got else "it fails at all tolerances")

    def run():
        last["out"] = at(rtol)

    return run, lambda: {"error": 10.0**-got, "evals": last["out"].nfev, "said": f"rtol {rtol:.0e}, {last['out'].nlu} factorisations"}


if __name__ == "__main__":
    serve("SciPy by hand", {"scipy": scipy.__version__, "numpy": np.__version__}, {"gradient": gradient, "field": field, "orbit": orbit, "stiff": stiff})
