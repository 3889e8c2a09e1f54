"""Times one training step of PyTorch on the CPU and prints one JSON object.

    python3 Benchmarks/pytorch_step.py cifar-cnn --channels-last --steps 60 --warmup 20

The step is the whole of it: zero_grad, forward, cross-entropy, backward, optimizer.step, on one
batch that stays in memory. The loss is not read back, so that nothing but the step is timed.
The networks here are those of the job files of the same names, layer by layer.
"""

import argparse
import contextlib
import json
import os
import statistics
import time

import torch
from torch import nn


def cifar_cnn():
    """jobs/cifar-cnn.yaml: 3 x 32 x 32 -> 10 classes."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(),
        nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10),
    )


def small_mlp():
    """jobs/bench-small-mlp.yaml: 10 -> 100 -> 10."""
    return nn.Sequential(nn.Linear(10, 100), nn.ReLU(), nn.Linear(100, 10))


def large_mlp():
    """jobs/bench-large-mlp.yaml: 784 -> 2048 -> 2048 -> 10."""
    return nn.Sequential(
        nn.Linear(784, 2048), nn.ReLU(), nn.Linear(2048, 2048), nn.ReLU(), nn.Linear(2048, 10))


class Block(nn.Module):
    """Two convolutions and what goes around them."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters),
            nn.ReLU(inplace=True),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters),
        )
        self.around = nn.Identity() if stride == 1 else nn.Sequential(
            nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        return torch.relu_(self.branch(x) + self.around(x))


def cifar_resnet20():
    """jobs/cifar-resnet20.yaml: three stages of three blocks."""
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    channels = 16
    for filters in (16, 32, 64):
        for number in range(3):
            layers.append(Block(channels, filters, 2 if filters > channels else 1))
            channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Rows(nn.Module):
    """jobs/bench-rnn.yaml and bench-lstm.yaml: two recurrent layers over rows, a dense one on the last state."""

    def __init__(self, kind, batch_first):
        super().__init__()
        self.recurrent = kind(28, 128, 2, batch_first=batch_first)
        self.dense = nn.Linear(128, 10)
        self.batch_first = batch_first

    def forward(self, x):
        states, _ = self.recurrent(x)
        return self.dense(states[:, -1] if self.batch_first else states[-1])


class Attention(nn.Module):
    """Causal self-attention of 4 heads, by the fused kernel or written out."""

    fused = True

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.project, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        samples, steps, width = x.shape
        q, k, v = self.project(x).view(
            samples, steps, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        if Attention.fused:
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5
            hidden = torch.ones(steps, steps, dtype=torch.bool).triu(1)
            y = scores.masked_fill(hidden, float("-inf")).softmax(-1) @ v
        return self.out(y.transpose(1, 2).reshape(samples, steps, width))


class DecoderBlock(nn.Module):
    """GPT-2's block."""

    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.dense = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.dense(self.norm2(x))


class GPT(nn.Module):
    """jobs/shakespeare-gpt.yaml: 64 tokens out of 65 -> as many scores."""

    def __init__(self, tokens=65, steps=64, width=128, heads=4, layers=4):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(tokens, width), nn.Embedding(steps, width)
        self.blocks = nn.Sequential(*(DecoderBlock(width, heads) for _ in range(layers)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, tokens, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        return self.head(self.norm(self.blocks(x))).flatten(0, 1)


# The name of the job file: the network, the shape of a sample, the classes, the batch.
NETWORKS = {
    "cifar-cnn": (cifar_cnn, (3, 32, 32), 10, 32),
    "cifar-resnet20": (cifar_resnet20, (3, 32, 32), 10, 64),
    "bench-small-mlp": (small_mlp, (10,), 10, 10),
    "bench-rnn": (lambda: Rows(nn.RNN, True), (28, 28), 10, 64),
    "bench-lstm": (lambda: Rows(nn.LSTM, True), (28, 28), 10, 64),
    "mlp-128": (large_mlp, (784,), 10, 128),
    "mlp-32": (large_mlp, (784,), 10, 32),
    "gpt": (GPT, (64,), 65, 12),
}

# Constructors with the defaults of the framework: rates do not change the time of a step.
OPTIMIZERS = {
    "sgd": lambda p, **options: torch.optim.SGD(p, lr=0.01, **options),
    "adam": lambda p, **options: torch.optim.Adam(p, lr=0.001, **options),
    "adamW": lambda p, **options: torch.optim.AdamW(p, lr=0.001, **options),
}


def distributed(model, ranks):
    """The model as DistributedDataParallel at its best: gradients in place, no broadcast of buffers."""
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{os.environ['RENDEZVOUS']}", world_size=ranks,
        rank=int(os.environ["OMPI_COMM_WORLD_RANK"]))
    return nn.parallel.DistributedDataParallel(
        model, gradient_as_bucket_view=True, broadcast_buffers=False)


def leave():
    """Ends a rank once all are here: Gloo's threads may abort a process that ends in the usual way."""
    torch.distributed.barrier()
    os._exit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=sorted(NETWORKS))
    parser.add_argument("--optimizer", choices=sorted(OPTIMIZERS), default="adam")
    parser.add_argument("--channels-last", action="store_true", help="N x H x W x C in memory")
    parser.add_argument("--time-major", action="store_true", help="recurrent layers: T x N x features")
    parser.add_argument("--no-mkldnn", action="store_true", help="without oneDNN")
    parser.add_argument("--fused", action="store_true", help="the fused form of the optimizer")
    parser.add_argument("--plain-attention", action="store_true",
                        help="attention written out instead of scaled_dot_product_attention")
    parser.add_argument("--bfloat16", action="store_true", help="autocast to bfloat16")
    parser.add_argument("--threads", type=int, default=int(os.environ.get("OMP_NUM_THREADS", 1)))
    parser.add_argument("--ranks", type=int, default=1, help="processes, started by mpirun")
    parser.add_argument("--weak", action="store_true", help="the batch is that of each rank")
    parser.add_argument("--efficiency", action="store_true",
                        help="on ranks: steps with and without the sum over ranks in turns")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--warmup", type=int, default=20)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    build, shape, classes, batch = NETWORKS[arguments.network]
    torch.backends.mkldnn.enabled = not arguments.no_mkldnn
    model = build()
    # The batch is that of all ranks, unless told otherwise.
    if not arguments.weak:
        batch //= arguments.ranks
    features = torch.randn(batch, *shape)
    if arguments.time_major:
        model = Rows(type(model.recurrent), False)
        features = features.transpose(0, 1).contiguous()
    labels = torch.randint(0, classes, (batch,))
    if build is GPT:
        Attention.fused = not arguments.plain_attention
        features = torch.randint(0, classes, (batch, *shape))
        labels = torch.randint(0, classes, (batch * shape[0],))
    if arguments.channels_last:
        model = model.to(memory_format=torch.channels_last)
        features = features.to(memory_format=torch.channels_last)
    if arguments.ranks > 1:
        model = distributed(model, arguments.ranks)
    options = {"fused": True} if arguments.fused else {}
    optimizer = OPTIMIZERS[arguments.optimizer](model.parameters(), **options)
    loss_of = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=arguments.bfloat16):
            loss = loss_of(model(features), labels)
        loss.backward()
        optimizer.step()

    # The second kind of step leaves out the sum over ranks.
    kinds = 2 if arguments.efficiency and arguments.ranks > 1 else 1
    times = [[], []]
    for number in range(kinds * (arguments.warmup + arguments.steps)):
        kind = number % kinds
        if kinds == 2:
            torch.distributed.barrier()
        start = time.perf_counter()
        with model.no_sync() if kind else contextlib.nullcontext():
            step()
        if number >= kinds * arguments.warmup:
            times[kind].append((time.perf_counter() - start) * 1e6)

    median = statistics.median(times[0])
    result = {
        "stepMicroseconds": round(median, 3),
        "samplesPerSecond": round(batch * arguments.ranks / median * 1e6, 3),
        "version": torch.__version__,
    }
    if kinds == 2:
        # Means over ranks, and the rank that is the last in each step, as Trireme's.
        means = torch.tensor([statistics.median(kind) for kind in times], dtype=torch.float64)
        torch.distributed.all_reduce(means)
        result["stepMicroseconds"], result["aloneMicroseconds"] = (means / arguments.ranks).tolist()
        last = torch.tensor(times, dtype=torch.float64)
        torch.distributed.all_reduce(last, torch.distributed.ReduceOp.MAX)
        together, alone = (statistics.median(kind) for kind in last.tolist())
        result["lastEfficiency"] = alone / together
        result["samplesPerSecond"] = batch * arguments.ranks / result["stepMicroseconds"] * 1e6
    if arguments.ranks > 1 and torch.distributed.get_rank() > 0:
        leave()
    print(json.dumps(result), flush=True)
    if arguments.ranks > 1:
        leave()


if __name__ == "__main__":
    main()
