#!/usr/bin/env python3
"""Writes tables.json: 200 random tables of paired scores, and what MLflow makes of them.

Run it with the Python of an environment that has mlflow 3.18.0, numpy and scipy:

    ~/.cache/commentator/mlflow-3.18.0/bin/python testdata/make_tables.py > testdata/tables.json

Each table is compared by mlflow.genai.evaluation.comparison.paired_comparison._compare_paired_values,
which mlflow.genai.compare_evaluations calls for each scorer. NaN is written as null.
"""

import json
import math
import sys
import warnings
from dataclasses import asdict

import mlflow
import numpy as np
import scipy
from mlflow.genai.evaluation.comparison.paired_comparison import _compare_paired_values

warnings.simplefilter("ignore")
rng = np.random.default_rng(20261130)


def pair(kind, n):
    """Two columns of n scores, rounded so that the file stays small."""
    if kind == "binary":
        p, q = rng.uniform(0.05, 0.95, 2)
        return (rng.random(n) < p).astype(float), (rng.random(n) < q).astype(float)
    if kind == "points":
        return rng.integers(1, 6, n).astype(float), rng.integers(1, 6, n).astype(float)
    baseline = rng.random(n).round(3)
    if kind == "constant":
        return baseline, (baseline + 0.25).round(3)
    if kind == "same":
        return baseline, baseline
    if kind == "skewed":
        return baseline, (baseline + rng.exponential(0.2, n)).round(3)
    if kind == "mostly tied":
        return baseline, np.where(rng.random(n) < 0.7, baseline, rng.random(n).round(3))
    return baseline, (baseline + rng.normal(0.05, 0.2, n)).round(3)


def number(x):
    return None if isinstance(x, float) and math.isnan(x) else x


kinds = ["binary", "points", "numeric", "skewed", "mostly tied", "numeric", "binary", "points"]
tables = []
for i in range(200):
    kind = {7: "constant", 77: "same", 177: "constant"}.get(i, kinds[i % len(kinds)])
    n = int(rng.integers(1, 13) if i % 5 == 0 else rng.integers(6, 60) if i % 10 else rng.integers(60, 150))
    baseline, candidate = pair(kind, n)
    confidence = float(rng.choice([0.9, 0.95, 0.99]))
    result = _compare_paired_values("s", baseline, candidate, value_type="numeric", confidence_level=confidence)
    want = {k: number(v) for k, v in asdict(result).items() if k not in ("scorer", "greater_is_better", "value_type")}
    tables.append({"kind": kind, "confidence": confidence, "baseline": baseline.tolist(), "candidate": candidate.tolist(), "want": want})

made_by = f"mlflow {mlflow.__version__}, numpy {np.__version__}, scipy {scipy.__version__}"
sys.stdout.write('{"made_by": ' + json.dumps(made_by) + ', "tables": [\n')
sys.stdout.write(",\n".join(json.dumps(t, separators=(",", ":")) for t in tables))
sys.stdout.write("\n]}\n")
