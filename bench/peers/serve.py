"""The side of the bench that is not Entrain: a process that times a problem when asked.

A request is one line of JSON. {"problem": {…}} prepares one and does it once; {"seconds": 0.5} gives
the last one a turn. So is the answer; times are those of every call, in ns, and cores those that
were busy meanwhile.
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
                wall, cpu = time.perf_counter(), time.process_time()
                times = ready.turn(request["seconds"])
                busy = (time.process_time() - cpu) / (time.perf_counter() - wall)
                say({"offered": True, "ns": times, "cores": busy})
        except Exception as error:
            traceback.print_exc()
            say({"failed": f"{type(error).__name__}: {error}"[:200]})


def prepare(kinds, problem):
    kind = kinds.get(problem["kind"])
    watch = Watch()
    made = kind(problem) if kind else None
    return Ready(*made, watch) if made else None


class Watch:
    """Time from now on: of the wall clock or of the processor, whichever is less. Other work on the machine
    lengthens the one, and further threads of this process the other."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter_ns(), time.process_time_ns()

    def ns(self):
        return min(time.perf_counter_ns() - self.wall, time.process_time_ns() - self.cpu)


class Ready:
    """A problem that has been done once."""

    def __init__(self, run, check, watch):
        self.run, self.calls = run, 0
        run()
        self.answer = {"offered": True, "first_s": watch.ns() / 1e9, **check()}

    def turn(self, seconds):
        """The time of a call in ns, of repetitions of at least a millisecond each, until they took so long."""
        end = time.perf_counter() + seconds
        times = [] if self.calls else [self.calibrate()]
        while not times or time.perf_counter() < end:
            times.append(self.repetition())
        return times

    def repetition(self):
        watch = Watch()
        for _ in range(self.calls):
            self.run()
        return watch.ns() / self.calls

    def calibrate(self):
        """The time of the first repetition that is long enough."""
        self.calls = 1
        while True:
            ns = self.repetition()
            if ns * self.calls >= 1_000_000:
                return ns
            self.calls *= 2


def say(answer):
    print(json.dumps(answer), flush=True)
