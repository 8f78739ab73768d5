"""The side of the bench that is not Entrain: a process that times a case when asked.

argv[1] is a file with the problems (weights, starts, times, data). A request is one line of
JSON, {"case": "G1", "seconds": 0.5}; so is the answer, with the time of every call in ns.
"""

import json
import sys
import time


def serve(name, versions, make):
    """make(case, problems) returns None where a case is not offered, or a pair: a function that
    does the work once and waits for it, and one that returns what to check of its last call."""
    with open(sys.argv[1]) as f:
        problems = json.load(f)
    ready = {}
    say({"peer": name, "versions": versions})
    for line in sys.stdin:
        request = json.loads(line)
        case = request["case"]
        if case not in ready:
            ready[case] = prepare(make, case, problems)
        if ready[case] is None:
            say({"offered": False})
            continue
        run, check, first = ready[case]
        wall, cpu = time.perf_counter(), time.process_time()
        times = timed(run, request["seconds"])
        busy = (time.process_time() - cpu) / (time.perf_counter() - wall)
        say({"offered": True, "ns": times, "first_s": first, "threads": busy, **check()})


def prepare(make, case, problems):
    begin = time.perf_counter()
    made = make(case, problems)
    if made is None:
        return None
    run, check = made
    run()
    return run, check, time.perf_counter() - begin


def timed(run, seconds):
    """The time of a call in ns, of repetitions of at least a millisecond each."""
    calls = 1
    while True:
        begin = time.perf_counter_ns()
        for _ in range(calls):
            run()
        if time.perf_counter_ns() - begin >= 1_000_000:
            break
        calls *= 2
    times, end = [], time.perf_counter() + seconds
    while len(times) < 2 or time.perf_counter() < end:
        begin = time.perf_counter_ns()
        for _ in range(calls):
            run()
        times.append((time.perf_counter_ns() - begin) / calls)
    return times


def say(answer):
    print(json.dumps(answer), flush=True)
