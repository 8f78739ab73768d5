"""CasADi: gradients by the adjoint equations of CVODES, expressions evaluated by its virtual machine."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import casadi as ca
import numpy as np

from casadi_program import program
from serve import serve
from stiff_problems import ALGEBRAIC, SLOPES, cheapest


def network(x, theta, sizes):
    at = 0
    for k, (n, m) in enumerate(zip(sizes, sizes[1:])):
        w = ca.reshape(theta[at : at + n * m], n, m).T
        x = w @ x + theta[at + n * m : at + n * m + m]
        at += n * m + m
        if k < len(sizes) - 2:
            x = x * 0.5 * (1 + ca.erf(x * np.sqrt(0.5)))
    return x


def adaptive(p, x, theta, f):
    options = {"reltol": p["rtol"], "abstol": p["atol"], "max_num_steps": 100_000}
    times = p["times"]
    return ca.integrator("F", "cvodes", {"x": x, "p": theta, "ode": f(x, theta)}, times[0], times[1:], options)


def fixed(p, x, theta, f):
    h = p["step"]
    k1 = f(x, theta)
    k2 = f(x + h * k1 / 3, theta)
    k3 = f(x + h * (k2 - k1 / 3), theta)
    k4 = f(x + h * (k1 - k2 + k3), theta)
    step = ca.Function("step", [x, theta], [x + h * (k1 + 3 * (k2 + k3) + k4) / 8])
    return step.mapaccum(len(p["times"]) - 1)


def gradient(p):
    if p["adjoint"] or len(p["starts"]) > 1:
        return None  # a compiled program of its own would be needed for many trajectories
    sizes, start = p["sizes"], ca.DM(p["starts"][0])
    x, theta = ca.SX.sym("x", sizes[0]), ca.SX.sym("theta", len(p["weights"]))
    net = ca.Function("f", [x, theta], [network(x, theta, sizes)])
    data = ca.DM(np.asarray(p["data"]).reshape(len(p["times"]), -1).T)
    x0, w = ca.MX.sym("x0", sizes[0]), ca.MX.sym("w", len(p["weights"]))
    if p["step"]:
        xs = fixed(p, x, theta, net)(x0, ca.repmat(w, 1, len(p["times"]) - 1))
    else:
        xs = adaptive(p, x, theta, net)(x0=x0, p=w)["xf"]
    loss = ca.sumsqr(ca.horzcat(x0, xs) - data) / data.numel()
    call, last = ca.Function("g", [x0, w], [loss, ca.gradient(loss, w), ca.gradient(loss, x0)]), {}
    weights = ca.DM(p["weights"])

    def run():
        last["out"] = call(start, weights)

    return run, lambda: {"loss": float(last["out"][0]), "norm": float(ca.norm_2(last["out"][1]))}


def orbit(p):
    if p["solver"] != "multistep":
        return None
    x = ca.SX.sym("x", len(p["start"]))
    if p["system"] == "lorenz":
        f = ca.vertcat(10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2])
    else:
        f = ca.vertcat(1.5 * x[0] - x[0] * x[1], x[0] * x[1] - 3 * x[1])
    options = {"reltol": p["tolerance"], "abstol": p["tolerance"], "max_num_steps": 1_000_000}
    to, last = {t: ca.integrator("F", "cvodes", {"x": x, "ode": f}, 0, t, options) for t in (p["end"], p["check"])}, {}

    def run():
        last["out"] = to[p["end"]](x0=p["start"])["xf"]

    def check():
        error = np.asarray(to[p["check"]](x0=p["start"])["xf"]).ravel() - np.asarray(p["exact"])
        return {"error": float(np.linalg.norm(error)), "evals": to[p["end"]].stats().get("nfevals", 0)}

    return run, check


def stiff(p):
    """CVODES or, with algebraic unknowns, IDAS, from consistent starts and with their derivatives."""
    name, theta, n = p["name"], p["parameters"], len(p["start"]) - p["algebraic"]
    if p["solver"] != "multistep":
        return None
    x, z, t = ca.SX.sym("x", n), ca.SX.sym("z", p["algebraic"]), ca.SX.sym("t")
    more, start = {}, {"x0": ca.DM(p["start"][:n])}
    if name in SLOPES:
        plugin, dae = "cvodes", {"x": x, "ode": ca.vertcat(*SLOPES[name](x, theta))}
    else:
        plugin = "idas"
        slopes, zero = (ca.vertcat(*part) for part in ALGEBRAIC[name](ca, t, x, z, theta))
        dae = {"x": x, "z": z, "t": t, "ode": slopes, "alg": zero}
        consistent = ca.rootfinder("c", "newton", {"x": z, "p": x, "g": ca.substitute(zero, t, 0)}, {"abstol": 1e-14})
        start["z0"] = consistent(ca.DM(p["start"][n:]), start["x0"])
        at = ca.Function("at", [t, x, z], [slopes])
        more = {"init_xdot": ca.DM(at(0, start["x0"], start["z0"])).full().ravel().tolist()}

    def at_tolerance(rtol):
        options = {"reltol": rtol, "abstol": rtol * p["atol"], "max_num_steps": 1_000_000, **more}
        f = ca.integrator("F", plugin, dae, 0, p["span"], options)

        def go():
            out = f(**start)
            return ca.vertcat(out["xf"], out["zf"])

        return go, f

    rtol, got = cheapest(lambda rtol: at_tolerance(rtol)[0]().full().ravel(), p, p["end"])
    if rtol is None:
        raise ValueError(f"it comes to {got:.1f} digits" if got else "it fails at all tolerances")
    run, f = at_tolerance(rtol)
    return run, lambda: {"error": 10.0**-got, "evals": f.stats().get("nfevals", 0), "said": f"{plugin}, rtol {rtol:.0e}"}


if __name__ == "__main__":
    serve("CasADi", {"casadi": ca.__version__}, {"gradient": gradient, "orbit": orbit, "program": program, "stiff": stiff})
