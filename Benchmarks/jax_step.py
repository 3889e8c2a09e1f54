"""Times one training step of JAX under `jit` on the CPU and prints one JSON object.

    python3 Benchmarks/jax_step.py --steps 4000 --warmup 1000

The network is jobs/bench-small-mlp.yaml, 10 -> 100 -> 10, batch 10, with plain gradient descent: forward,
cross-entropy, backward and update are one compiled function, whose parameters are given over (donated).
"""

import argparse
import json
import statistics
import time

import jax
import jax.numpy as jnp


def loss_of(parameters, features, labels):
    hidden = jax.nn.relu(features @ parameters["w0"] + parameters["b0"])
    logits = hidden @ parameters["w1"] + parameters["b1"]
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean()


def step(parameters, features, labels):
    gradients = jax.grad(loss_of)(parameters, features, labels)
    return jax.tree.map(lambda p, g: p - 0.01 * g, parameters, gradients)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--warmup", type=int, default=1000)
    arguments = parser.parse_args()

    keys = jax.random.split(jax.random.key(0), 4)
    parameters = {
        "w0": jax.random.normal(keys[0], (10, 100)) * 0.3, "b0": jnp.zeros(100),
        "w1": jax.random.normal(keys[1], (100, 10)) * 0.1, "b1": jnp.zeros(10),
    }
    features = jax.random.normal(keys[2], (10, 10))
    labels = jax.random.randint(keys[3], (10,), 0, 10)
    compiled = jax.jit(step, donate_argnums=0)

    times = []
    for number in range(arguments.warmup + arguments.steps):
        start = time.perf_counter()
        parameters = compiled(parameters, features, labels)
        jax.block_until_ready(parameters)
        if number >= arguments.warmup:
            times.append((time.perf_counter() - start) * 1e6)
    print(json.dumps({
        "stepMicroseconds": round(statistics.median(times), 3), "version": f"jax {jax.__version__}",
    }))


if __name__ == "__main__":
    main()
