"""The program of a collocation in CasADi, solved by IPOPT with MUMPS and exact second derivatives.

The rows are those of Entrain times the inverse of the rule's matrix, each with the network of one point
instead of all of the element: a third of the non-zeros, the same solutions. Data are parameters, so that a size
is built once; that is not timed.
"""

import time

import casadi as ca
import numpy as np

OPTIONS = {
    "expand": True,  # five times as fast as without
    "print_time": False,
    "error_on_fail": False,
    "ipopt.print_level": 0,
    "ipopt.sb": "yes",
    "ipopt.tol": 1e-8,
    "ipopt.max_iter": 3000,
    "ipopt.linear_solver": "mumps",
    "ipopt.mumps_pivot_order": 5,  # the fastest of its orderings here
}
built = {}


def program(p):
    if p["kind"] != "program":
        return None
    solver, rows = built_for(p)
    out, took = {}, {}
    data = ca.DM(p["data"])

    def run():
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        out.update(solver(x0=p["start"], p=data, lbg=0, ubg=0))
        took.update(wall=time.perf_counter_ns() - wall, cpu=time.process_time_ns() - cpu)

    def check():
        stats = solver.stats()
        begin, _ = rows(p["start"], data)
        at_ours, violated = rows(p["solution"], data)
        return {
            "ns": [took["wall"]],
            "cpu_ns": took["cpu"],
            "begin": float(begin),
            "norm": float(at_ours),
            "error": float(ca.norm_inf(violated)),
            "loss": float(out["f"]),
            "evals": stats["iter_count"],
            "said": "" if stats["success"] else stats["return_status"],
        }

    return run, check


def built_for(p):
    key = (tuple(p["sizes"]), len(p["ends"]), len(p["times"]), p["seconds"])
    if key not in built:
        built.clear()  # large ones fill the memory
        built[key] = build(p)
    return built[key]


def build(p):
    h, s = p["sizes"][1], p["stages"]
    size = 5 * h + 2
    state, theta = ca.SX.sym("state", 2), ca.SX.sym("theta", size)
    w1, b1 = ca.reshape(theta[: 2 * h], 2, h).T, theta[2 * h : 3 * h]
    w2, b2 = ca.reshape(theta[3 * h : 5 * h], h, 2).T, theta[5 * h :]
    field = ca.Function("f", [state, theta], [w2 @ ca.tanh(w1 @ state + b1) + b2])
    x, values = ca.MX.sym("x", len(p["start"])), ca.MX.sym("values", 2 * len(p["times"]))
    parameters, nodes = x[:size], ca.reshape(x[size:], 2, -1)
    differentiate, g = np.linalg.inv(np.asarray(p["rule"]).reshape(s, s)), []
    for e, (begin, end) in enumerate(zip(p["ends"], p["ends"][1:])):
        moved = nodes[:, e * s + 1 : e * s + 1 + s] - ca.repmat(nodes[:, e * s], 1, s)
        for i in range(s):
            slope = ca.mtimes(moved, differentiate[i]) / (end - begin)
            g.append(slope - field(nodes[:, e * s + 1 + i], parameters))
    off = 0
    for k, (e, by) in enumerate(zip(p["element"], p["weights"])):
        seen = ca.mtimes(nodes[:, e * s : e * s + 1 + s], ca.DM(by))
        off += ca.sumsqr(seen - values[2 * k : 2 * k + 2])
    f, g = off / values.numel() + p["decay"] * ca.sumsqr(parameters), ca.vertcat(*g)
    options = OPTIONS | ({"ipopt.max_cpu_time": p["seconds"]} if p["seconds"] else {})
    solver = ca.nlpsol("solver", "ipopt", {"x": x, "p": values, "f": f, "g": g}, options)
    return solver, ca.Function("rows", [x, values], [f, g])
