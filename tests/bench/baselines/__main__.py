"""Run a baseline: `python -m tests.bench.baselines relay`, its arguments as JSON in the variable BASELINE."""

import json
import os
import sys
from importlib import import_module

import uvloop

if __name__ == "__main__":
    baseline = import_module(f"tests.bench.baselines.{sys.argv[1]}")
    uvloop.run(baseline.run(**json.loads(os.environ["BASELINE"])))
