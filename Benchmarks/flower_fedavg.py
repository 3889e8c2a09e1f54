"""FedAvg by Flower's simulation, for comparison with `trireme federate jobs/mnist-fedavg-*.yaml`.

    python3 Benchmarks/flower_fedavg.py 2nn|cnn [--rounds 4] [--cores 1]

The networks and data of pytorch_fedavg.py: ten clients a round with 600 random images each, batches of 10, one epoch,
plain SGD, one thread a client. Needs flwr[simulation] and torch. Prints seconds a round, without the first, and what
starting takes.
"""

import argparse
import time

import torch
from flwr.client import ClientApp, NumPyClient
from flwr.common import ndarrays_to_parameters
from flwr.server import ServerApp, ServerAppComponents, ServerConfig
from flwr.server.strategy import FedAvg
from flwr.simulation import run_simulation
from pytorch_fedavg import network, train

PARSER = argparse.ArgumentParser(description=__doc__)
PARSER.add_argument("network", choices=["2nn", "cnn"])
PARSER.add_argument("--rounds", type=int, default=4)
PARSER.add_argument("--cores", type=int, default=1)
ARGUMENTS = PARSER.parse_args()


def weights(model):
    return [value.detach().numpy().copy() for value in model.state_dict().values()]


class Client(NumPyClient):
    def __init__(self, kind, number):
        torch.set_num_threads(1)
        torch.manual_seed(number)
        self.model = network(kind)
        self.images, self.labels = torch.rand(600, 1, 28, 28), torch.randint(0, 10, (600,))

    def fit(self, parameters, config):
        state = dict(zip(self.model.state_dict(), map(torch.from_numpy, parameters)))
        self.model.load_state_dict(state)
        train(self.model, self.images, self.labels, 1, 0.1)
        return weights(self.model), 600, {}


TIMES = []


class Timed(FedAvg):
    def configure_fit(self, *arguments, **named):
        TIMES.append(time.perf_counter())
        return super().configure_fit(*arguments, **named)

    def aggregate_fit(self, *arguments, **named):
        result = super().aggregate_fit(*arguments, **named)
        TIMES.append(time.perf_counter())
        return result


def main():
    kind, rounds, cores = ARGUMENTS.network, ARGUMENTS.rounds, ARGUMENTS.cores

    def client(context):
        return Client(kind, int(context.node_config["partition-id"])).to_client()

    def server(context):
        strategy = Timed(
            fraction_fit=1.0, fraction_evaluate=0.0, min_fit_clients=10, min_available_clients=10,
            initial_parameters=ndarrays_to_parameters(weights(network(kind))))
        return ServerAppComponents(strategy=strategy, config=ServerConfig(num_rounds=rounds))

    start = time.perf_counter()
    run_simulation(
        server_app=ServerApp(server_fn=server), client_app=ClientApp(client_fn=client), num_supernodes=10,
        backend_config={
            "client_resources": {"num_cpus": 1, "num_gpus": 0.0}, "init_args": {"num_cpus": cores}})
    # Ray starts with the first round.
    print(f"{TIMES[1] - start:.1f} s to start, the first round included")
    for number in range(1, len(TIMES) // 2):
        print(f"{TIMES[2 * number + 1] - TIMES[2 * number]:.3f} s a round")


if __name__ == "__main__":
    main()
