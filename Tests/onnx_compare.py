"""Compares onnxruntime on an exported model with `trireme predict`; see onnx.sh."""

import subprocess
import sys

import h5py
import numpy as np
import onnx
import onnxruntime

trireme, checkpoint, path, name = sys.argv[1:]
onnx.checker.check_model(onnx.load(path), full_check=True)
session = onnxruntime.InferenceSession(path)
entry = session.get_inputs()[0]
generator = np.random.default_rng(7)
shape = [37] + entry.shape[1:]
tokens = "int32" in entry.type
# Token ids 0 and 1 are in every table.
features = generator.integers(0, 2, shape).astype("int32") if tokens else generator.normal(size=shape).astype("float32")

with h5py.File(path + ".features.h5", "w") as file:
    file["features"] = features
subprocess.run(
    [trireme, "predict", checkpoint, "--input", path + ".features.h5", "--output", path + ".h5"], check=True)
with h5py.File(path + ".h5") as file:
    ours = file["predictions"][...]
# Any number of samples: all at once, and one by itself.
theirs = session.run(None, {"features": features})[0]
single = session.run(None, {"features": features[:1]})[0]
scale = abs(ours).max()
worst = max(abs(theirs - ours).max(), abs(single - ours[:1]).max()) / scale
print(f"{name}: {worst:.1e} of the largest number")
sys.exit(0 if theirs.shape == ours.shape and worst <= 1e-5 else 1)
