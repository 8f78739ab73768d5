"""Imported before JAX: float64, or float32 where the argument is "single"; one thread."""

import os
import sys

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_ENABLE_X64"] = "0" if "single" in sys.argv[1:] else "1"
os.environ["JAX_PLATFORMS"] = "cpu"
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
