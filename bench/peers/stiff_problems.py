"""Stiff problems as one writes them down, over any library of mathematical functions.

Each takes the state and the parameters and returns the slopes; those of equations with algebraic unknowns
also take the unknowns and the time, and return what has to be zero beside them.
"""

POLLUTION = [
    (0.35, (1,)), (26.6, (2, 4)), (12300, (5, 2)), (0.00086, (7,)), (0.00082, (7,)), (15000, (7, 6)), (0.00013, (9,)),
    (24000, (9, 6)), (16500, (11, 2)), (9000, (11, 1)), (0.022, (13,)), (12000, (10, 2)), (1.88, (14,)), (16300, (1, 6)),
    (4.8e6, (3,)), (0.00035, (4,)), (0.0175, (4,)), (1e8, (16,)), (4.44e11, (16,)), (1240, (17, 6)), (2.1, (19,)), (5.78, (19,)),
    (0.0474, (1, 4)), (1780, (19, 1)), (3.12, (20,)),
]  # fmt: skip

# Of each species the reactions that make it (twice, if named twice) and those that use it.
SPECIES = [
    ((2, 3, 9, 11, 12, 22, 25), (1, 10, 14, 23, 24)), ((1, 21), (2, 3, 9, 12)), ((1, 17, 19, 22), (15,)), ((15,), (2, 16, 17, 23)),
    ((4, 4, 6, 7, 13, 20), (3,)), ((3, 18, 18), (6, 8, 14, 20)), ((13,), (4, 5, 6)), ((4, 5, 6, 7), ()), ((), (7, 8)), ((7, 9), (12,)),
    ((8, 11), (9, 10)), ((9,), ()), ((10,), (11,)), ((12,), (13,)), ((14,), ()), ((16,), (18, 19)), ((), (20,)), ((20,), ()),
    ((23, 25), (21, 22, 24)), ((24,), (25,)),
]  # fmt: skip


def robertson(x, p):
    r1, r2, r3 = p["a"] * x[0], p["b"] * x[1] * x[2], p["c"] * x[1] * x[1]
    return [r2 - r1, r1 - r2 - r3, r3]


def van_der_pol(x, p):
    return [x[1], p["mu"] * (1 - x[0] * x[0]) * x[1] - x[0]]


def hires(x, p):
    a, b, c, d, e, f, g, h = (x[i] for i in range(8))
    r = p["k"] * f * h
    return [
        -1.71 * a + 0.43 * b + 8.32 * c + 0.0007,
        1.71 * a - 8.75 * b,
        -10.03 * c + 0.43 * d + 0.035 * e,
        8.32 * b + 1.71 * c - 1.12 * d,
        -1.745 * e + 0.43 * f + 0.43 * g,
        -r + 0.69 * d + 1.71 * e - 0.43 * f + 0.69 * g,
        r - 1.81 * g,
        -r + 1.81 * g,
    ]


def oregonator(x, p):
    s, q, w = p["s"], p["q"], p["w"]
    return [s * (x[1] + x[0] * (1 - q * x[0] - x[1])), (x[2] - (1 + x[0]) * x[1]) / s, w * (x[0] - x[2])]


def pollution(x, p):
    r = []
    for k, of in POLLUTION:
        v = k
        for i in of:
            v = v * x[i - 1]
        r.append(v)
    return [sum(r[i - 1] for i in made) - sum(r[i - 1] for i in used) for made, used in SPECIES]


SLOPES = {
    "robertson": robertson, "van-der-pol-1e3": van_der_pol, "van-der-pol-1e6": van_der_pol, "hires": hires,
    "oregonator": oregonator, "pollution": pollution,
}  # fmt: skip


def absorption(m, t, x, z, p):
    y1, y2, y3, y4, y5 = (x[i] for i in range(5))
    y6 = z[0]
    r1, r2, r3 = p["k"] * y1**4 * m.sqrt(y2), 0.58 * y3 * y4, 0.58 / 34.4 * y1 * y5
    r4, r5 = 0.09 * y1 * y4**2, 0.42 * y6**2 * m.sqrt(y2)
    slopes = [-2 * r1 + r2 - r3 - r4, -0.5 * r1 - r4 - 0.5 * r5 + 3.3 * (0.9 / 737 - y2), r1 - r2 + r3, -r2 + r3 - 2 * r4, r2 - r3 + r5]
    return slopes, [115.83 * y1 * y4 - y6]


def amplifier(m, t, x, z, p):
    a, u3, b, u6, c = (x[i] for i in range(5))
    u1, u4, u7 = (z[i] for i in range(3))
    e, u2, u5, u8 = 0.1 * m.sin(200 * m.pi * t), u1 - a, u4 - b, u7 - c
    i1, i2 = p["beta"] * (m.exp((u2 - u3) / 0.026) - 1), p["beta"] * (m.exp((u5 - u6) / 0.026) - 1)
    s1, s4, s7 = (e - u1) / 1000, (6 - u4) / 9000 - 0.99 * i1, (6 - u7) / 9000 - 0.99 * i2
    slopes = [s1 / 1e-6, (i1 - u3 / 9000) / 2e-6, s4 / 3e-6, (i2 - u6 / 9000) / 4e-6, s7 / 5e-6]
    return slopes, [s1 + (6 - 2 * u2) / 9000 - 0.01 * i1, s4 + (6 - 2 * u5) / 9000 - 0.01 * i2, s7 - u8 / 9000]


ALGEBRAIC = {"absorption": absorption, "amplifier": amplifier}


# Jacobians by hand, for NumPy: rows.


def robertson_jacobian(x, p):
    a, b, c = p["a"], p["b"], p["c"]
    return [[-a, b * x[2], b * x[1]], [a, -b * x[2] - 2 * c * x[1], -b * x[1]], [0, 2 * c * x[1], 0]]


def van_der_pol_jacobian(x, p):
    return [[0, 1], [-2 * p["mu"] * x[0] * x[1] - 1, p["mu"] * (1 - x[0] * x[0])]]


def hires_jacobian(x, p):
    f, h = p["k"] * x[7], p["k"] * x[5]
    return [
        [-1.71, 0.43, 8.32, 0, 0, 0, 0, 0],
        [1.71, -8.75, 0, 0, 0, 0, 0, 0],
        [0, 0, -10.03, 0.43, 0.035, 0, 0, 0],
        [0, 8.32, 1.71, -1.12, 0, 0, 0, 0],
        [0, 0, 0, 0, -1.745, 0.43, 0.43, 0],
        [0, 0, 0, 0.69, 1.71, -f - 0.43, 0.69, -h],
        [0, 0, 0, 0, 0, f, -1.81, h],
        [0, 0, 0, 0, 0, -f, 1.81, -h],
    ]


def oregonator_jacobian(x, p):
    s, q, w = p["s"], p["q"], p["w"]
    return [[s * (1 - 2 * q * x[0] - x[1]), s * (1 - x[0]), 0], [-x[1] / s, -(1 + x[0]) / s, 1 / s], [w, 0, -w]]


def pollution_jacobian(x, p):
    rows = [[0.0] * 20 for _ in range(20)]
    for r, (k, of) in enumerate(POLLUTION):
        slopes = [(of[0] - 1, k)] if len(of) == 1 else [(of[0] - 1, k * x[of[1] - 1]), (of[1] - 1, k * x[of[0] - 1])]
        for row, times in CHANGES[r]:
            for i, v in slopes:
                rows[row][i] += times * v
    return rows


# Of each reaction the species that it changes.
CHANGES = [
    [(i, n) for i, (made, used) in enumerate(SPECIES) if (n := made.count(r) - used.count(r))] for r in range(1, len(POLLUTION) + 1)
]

JACOBIANS = {
    "robertson": robertson_jacobian, "van-der-pol-1e3": van_der_pol_jacobian, "van-der-pol-1e6": van_der_pol_jacobian,
    "hires": hires_jacobian, "oregonator": oregonator_jacobian, "pollution": pollution_jacobian,
}  # fmt: skip


def digits(x, end, atol):
    """The least number of correct digits over the components above the tolerance."""
    import math

    return min(-math.log10(abs(v / w - 1) + 1e-16) for v, w in zip(x, end) if abs(w) > atol)


def cheapest(run, problem, end):
    """Loosens or tightens the tolerance until the digits wanted are reached, and no further."""
    import math

    got = []
    for k in range(problem["loosest"], 27):  # halves of powers of ten
        rtol = 10 ** (-k / 2)
        try:
            x = run(rtol)
        except Exception:  # it gives up at this tolerance
            continue
        if all(math.isfinite(v) for v in x):
            got = digits(x, end, rtol * problem["atol"])
            if got >= problem["digits"]:
                return rtol, got
    return None, got
