"""FedAvg as a plain PyTorch loop, for comparison with `trireme federate jobs/mnist-fedavg-*.yaml`.

    python3 Benchmarks/pytorch_fedavg.py 2nn|cnn [--rounds 3] [--epochs 1]

Ten clients a round with 600 images each, batches of 10, plain SGD; one thread. The images are random: only time is
measured. Prints seconds a round, without the first.
"""

import argparse
import copy
import time

import torch
from torch import nn


def network(name):
    if name == "2nn":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 10)
        )
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10),
    )


def train(model, images, labels, epochs, rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    loss = nn.CrossEntropyLoss()
    for _ in range(epochs):
        order = torch.randperm(len(images))
        for start in range(0, len(images), 10):
            batch = order[start : start + 10]
            optimizer.zero_grad()
            loss(model(images[batch]), labels[batch]).backward()
            optimizer.step()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=["2nn", "cnn"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    clients = [(torch.rand(600, 1, 28, 28), torch.randint(0, 10, (600,))) for _ in range(10)]
    model = network(arguments.network)
    times = []
    for _ in range(arguments.rounds + 1):
        start = time.perf_counter()
        states = []
        for images, labels in clients:
            local = copy.deepcopy(model)
            train(local, images, labels, arguments.epochs, 0.1)
            states.append(local.state_dict())
        with torch.no_grad():
            for key, value in model.state_dict().items():
                value.copy_(torch.stack([state[key] for state in states]).mean(0))
        times.append(time.perf_counter() - start)
    for seconds in times[1:]:
        print(f"{seconds:.3f} s a round")


if __name__ == "__main__":
    main()
