"""The side of the bench that is not Entrain: a process that times a problem when asked.

A request is one line of JSON. {"problem": {…}} prepares one and does it once; {"seconds": 0.5} gives
the last one a turn. So is the answer: the time of a call in every repetition by the wall clock, in ns, the
mean time of the processor, and the cores that were busy.
"""

import json
import sys
import time
import traceback


def serve(name, versions, kinds):
    """kinds has a function for each kind of problem that is offered. It returns None where it does not
    offer this one, or a pair: a function that does the work once and waits for it, and one that returns
    what to check of its last call."""
    say({"peer": name, "versions": versions})
    ready = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "problem" in request:
                ready = None
                ready = prepare(kinds, request["problem"])
                say(ready.answer if ready else {})
            else:
                say({"offered": True, **ready.turn(request["seconds"])})
        except Exception as error:
            traceback.print_exc()
            say({"failed": f"{type(error).__name__}: {error}"[:200]})


def prepare(kinds, problem):
    kind = kinds.get(problem["kind"])
    wall, cpu = time.perf_counter(), time.process_time()
    made = kind(problem) if kind else None
    return Ready(*made, wall, cpu) if made else None


class Ready:
    """A problem that has been done once."""

    def __init__(self, run, check, wall, cpu):
        self.run, self.calls = run, 1
        run()
        # Other work on the machine lengthens the one, compiling in several threads the other.
        first = min(time.perf_counter() - wall, time.process_time() - cpu)
        self.answer = {"offered": True, "first_s": first, **check()}

    def turn(self, seconds):
        """Repetitions of at least a millisecond each, until they took so long."""
        times, done = [], 0
        wall, cpu = time.perf_counter(), time.process_time()
        while not times or time.perf_counter() - wall < seconds:
            begin, busy = time.perf_counter_ns(), time.process_time_ns()
            for _ in range(self.calls):
                self.run()
            took, done = time.perf_counter_ns() - begin, done + self.calls
            # Not by the clock alone: a call that had to wait is not a long one.
            if not times and time.process_time_ns() - busy < 1_000_000 and took < 100_000_000:
                self.calls *= 2
            else:
                times.append(took / self.calls)
        # Of the processor only the sum is known well: the system counts threads that run in ticks.
        cpu = time.process_time() - cpu
        return {"ns": times, "cpu_ns": cpu * 1e9 / done, "cores": cpu / (time.perf_counter() - wall)}


def say(answer):
    print(json.dumps(answer), flush=True)
