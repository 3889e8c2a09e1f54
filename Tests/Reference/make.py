"""Writes the reference cases next to this file: layers.h5, networks.h5, losses.h5,
optimizers.h5, schedules.h5, neighbours.h5, types.safetensors.

    python3 -m venv ~/torch && ~/torch/bin/pip install torch h5py safetensors scikit-learn
    ~/torch/bin/python Tests/Reference/make.py

Each group is a case: the attribute `job` is a job file; `features`, `labels` are one batch;
`parameters/<path>` the start; `output`, `loss`, `gradients/<path>` PyTorch's results for them in double
precision; `after/<path>` parameters and running statistics after five updates on the same batch;
`evaluated` the output in evaluation mode after these. A schedule has its `rates` for steps 1, 2, ...

The network is PyTorch's, built here by hand beside the job's text; optimizers that PyTorch lacks are
written out from their papers below.
"""

import copy
import pathlib

import h5py
import torch
from safetensors.torch import save_file
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
STEPS = 5


# MARK: modules that PyTorch has by another name

class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Residual(nn.Module):
    def __init__(self, layers, shortcut=None, activation=lambda x: x):
        super().__init__()
        self.layers, self.shortcut, self.activation = layers, shortcut or nn.Sequential(), activation

    def forward(self, x):
        return self.activation(self.layers(x) + self.shortcut(x))


class Parallel(nn.Module):
    def __init__(self, combine, *branches):
        super().__init__()
        self.combine = combine
        for index, branch in enumerate(branches):
            self.add_module(str(index), branch)

    def forward(self, x):
        return self.combine([branch(x) for branch in self.children()])


class RMSNorm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(width)), epsilon

    def forward(self, x):
        return self.weight * x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.epsilon)


def recurrent(kind, *sizes, output="last", lengths=None, learned=False, **settings):
    """A recurrent layer that gives what a job's does: the last state of each direction, or all states."""

    class Recurrent(kind):
        def start(self, batch):
            state = torch.stack([self.get_parameter(f"h0_l{i}") for i in range(self.num_layers)])
            cell = torch.stack([self.get_parameter(f"c0_l{i}") for i in range(self.num_layers)])
            return tuple(s[:, None].expand(-1, batch, -1).contiguous() for s in (state, cell))

        def forward(self, x):
            first = self.start(len(x)) if learned else None
            if lengths is not None:
                x = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            y, state = super().forward(x, first)
            if output == "sequence":
                return y
            state = state[0] if isinstance(state, tuple) else state
            directions = 2 if self.bidirectional else 1
            return torch.cat(list(state[-directions:]), -1)

    layer = Recurrent(*sizes, batch_first=True, **settings)
    for i in range(layer.num_layers if learned else 0):
        for name in ("h0", "c0"):
            layer.register_parameter(f"{name}_l{i}", nn.Parameter(torch.zeros(sizes[1])))
    return layer


# MARK: optimizers that PyTorch lacks

class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, parameters, lr, betas, weight_decay):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                (b1, b2), lr = group["betas"], group["lr"]
                direction = torch.sign(b1 * mean + (1 - b1) * p.grad)
                p -= lr * (direction + group["weight_decay"] * p)
                mean.copy_(b2 * mean + (1 - b2) * p.grad)


class LARS(torch.optim.Optimizer):
    """You et al. 2017, with momentum as in torch.optim.SGD."""

    def __init__(self, parameters, lr, momentum, coefficient, weight_decay, eps=1e-8):
        super().__init__(parameters, dict(
            lr=lr, momentum=momentum, coefficient=coefficient, weight_decay=weight_decay, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                size, slope, decay = p.norm(), p.grad.norm(), group["weight_decay"]
                trust = group["coefficient"] * size / (slope + decay * size + group["eps"])
                if size == 0 or slope == 0 or decay == 0:
                    trust = 1
                d = trust * (p.grad + decay * p)
                buffer = self.state[p].setdefault("buffer", torch.zeros_like(p))
                buffer.copy_(group["momentum"] * buffer + d)
                p -= group["lr"] * buffer


class LAMB(torch.optim.Optimizer):
    """You et al. 2020, algorithm 2."""

    def __init__(self, parameters, lr, weight_decay, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state, (b1, b2) = self.state[p], group["betas"]
                state["step"] = state.get("step", 0) + 1
                mean = state.setdefault("mean", torch.zeros_like(p))
                square = state.setdefault("square", torch.zeros_like(p))
                mean.copy_(b1 * mean + (1 - b1) * p.grad)
                square.copy_(b2 * square + (1 - b2) * p.grad ** 2)
                m, v = mean / (1 - b1 ** state["step"]), square / (1 - b2 ** state["step"])
                u = m / (v.sqrt() + group["eps"]) + group["weight_decay"] * p
                size, length = p.norm(), u.norm()
                adapts = group["weight_decay"] != 0 and size > 0 and length > 0
                p -= group["lr"] * (size / length if adapts else 1) * u


# MARK: writing a case

def job_text(layers, shape, loss, optimizer, batch):
    return (f"data: synthetic\nmodel:\n  input: {list(shape)}\n  layers: [{layers}]\nloss: {loss}\n"
            f"optimizer: {optimizer}\ntraining: {{steps: {STEPS}, globalBatch: {batch}}}\n")


def per_sample(losses):
    return losses.reshape(len(losses), -1).mean(1)


def mean_squared(output, labels):
    return per_sample((output - labels) ** 2)


def write_case(file, name, layers, network, features, loss="meanSquaredError", criterion=mean_squared,
               labels=None, optimizer=None, text="{sgd: {learningRate: 0.05, momentum: 0.9}}",
               before_update=lambda parameters, step: None, average=None):
    """`network` is a Sequential whose child i is layer i of the job; `criterion` gives a loss a sample."""
    network = network.double()
    perturb(network)
    group = file.create_group(name)
    group.attrs["job"] = job_text(layers, features.shape[1:], loss, text, len(features))
    if features.is_floating_point():
        features = features.double()
    group["features"] = as_stored(features)
    network.train()
    with torch.no_grad():
        shape = tuple(copy.deepcopy(network)(features).shape)
    if labels is None:
        labels = torch.randn(shape, dtype=torch.float64).float().double()
    group["labels"] = as_stored(labels)
    for path, value in network.state_dict().items():
        if not path.endswith("num_batches_tracked"):
            group[f"parameters/layers.{path}"] = as_stored(value)
    make = optimizer or (lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9))
    updater = make(list(network.parameters()))
    averaged = None
    for step in range(STEPS):
        updater.zero_grad()
        output = network(features)
        value = criterion(output, labels).mean()
        value.backward()
        if step == 0:
            group["output"] = as_stored(output)
            group["loss"] = as_stored(value)
            for path, parameter in network.named_parameters():
                group[f"gradients/layers.{path}"] = as_stored(parameter.grad)
        before_update(list(network.parameters()), step)
        updater.step()
        if average is not None:
            now = {path: value.detach().clone() for path, value in network.named_parameters()}
            averaged = now if averaged is None else {
                path: average * averaged[path] + (1 - average) * now[path] for path in now}
    for path, value in network.state_dict().items():
        if not path.endswith("num_batches_tracked"):
            group[f"after/layers.{path}"] = as_stored(value)
    for path, value in (averaged or {}).items():
        group[f"average/layers.{path}"] = as_stored(value)
    network.eval()
    with torch.no_grad():
        group["evaluated"] = as_stored(network(features))


def perturb(network):
    """Norms start at ones and zeros, which would hide mistakes; all values become floats exactly."""
    with torch.no_grad():
        for path, value in network.state_dict().items():
            if path.endswith("num_batches_tracked"):
                continue
            if value.dim() == 1 and not path.endswith("running_var"):
                value += 0.2 * torch.randn_like(value)
            elif path.endswith("running_var"):
                value += torch.rand_like(value)
            value.copy_(value.float().double())


def as_stored(value):
    value = value.detach()
    return (value.float() if value.is_floating_point() else value.int()).numpy()


def normal(*shape):
    return torch.randn(*shape)


def same(x, kernel, stride=1):
    """TensorFlow's rule for padding `same`, on the last two axes."""
    pads = []
    for extent in (x.shape[-1], x.shape[-2]):
        total = max(0, (-(-extent // stride) - 1) * stride + kernel - extent)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)


# MARK: the cases

ACTIVATIONS = [
    ("relu", F.relu), ("{leakyRelu: {slope: 0.2}}", lambda x: F.leaky_relu(x, 0.2)),
    ("{elu: {alpha: 0.7}}", lambda x: F.elu(x, 0.7)), ("gelu", F.gelu),
    ("geluTanh", lambda x: F.gelu(x, approximate="tanh")), ("tanh", torch.tanh),
    ("sigmoid", torch.sigmoid), ("softplus", F.softplus), ("swish", F.silu),
    ("softmax", lambda x: F.softmax(x, -1)), ("logSoftmax", lambda x: F.log_softmax(x, -1)),
]


def layers(file):
    def case(name, text, network, features, **settings):
        write_case(file, name, text, nn.Sequential(*network), features, **settings)

    case("dense", "dense: {units: 5}", [nn.Linear(7, 5)], normal(4, 7))
    case("dense.steps", "dense: {units: 5, useBias: false}", [nn.Linear(7, 5, bias=False)], normal(3, 2, 7))
    for text, function in ACTIVATIONS:
        name = text.strip("{").split(":")[0]
        case(f"activation.{name}", f"dense: {{units: 6}}, {text}",
             [nn.Linear(5, 6), Function(function)], normal(4, 5))

    case("conv2d", "conv2d: {filters: 5, kernel: 3}", [nn.Conv2d(3, 5, 3)], normal(2, 3, 6, 7))
    case("conv2d.strides", "conv2d: {filters: 4, kernel: [3, 2], strides: [2, 1], padding: [1, 2]}",
         [nn.Conv2d(3, 4, (3, 2), (2, 1), (1, 2))], normal(2, 3, 7, 5))
    case("conv2d.dilation", "conv2d: {filters: 4, kernel: 3, dilation: 2, padding: [2]}",
         [nn.Conv2d(3, 4, 3, dilation=2, padding=2)], normal(2, 3, 7, 6))
    case("conv2d.groups", "conv2d: {filters: 6, kernel: 3, groups: 2, useBias: false}",
         [nn.Conv2d(4, 6, 3, groups=2, bias=False)], normal(2, 4, 5, 6))
    case("conv2d.blocked", "conv2d: {filters: 16, kernel: 3, padding: [1], activation: relu}, conv2d: {filters: 16, kernel: 1}",
         [Named(nn.Conv2d(3, 16, 3, padding=1), F.relu), nn.Conv2d(16, 16, 1)], normal(2, 3, 5, 5))
    case("depthwiseConv2d", "depthwiseConv2d: {kernel: 3, multiplier: 2, padding: [1]}",
         [nn.Conv2d(3, 6, 3, groups=3, padding=1)], normal(2, 3, 5, 6))
    case("convTranspose2d", "convTranspose2d: {filters: 4, kernel: 3, strides: 2, padding: [1], extra: 1}",
         [nn.ConvTranspose2d(3, 4, 3, 2, 1, 1)], normal(2, 3, 4, 3))
    case("conv1d", "conv1d: {filters: 4, kernel: 3, strides: 2, padding: [1]}",
         [nn.Conv1d(3, 4, 3, 2, 1)], normal(2, 3, 9))
    case("conv1d.causal", "conv1d: {filters: 4, kernel: 3, dilation: 2, padding: causal}",
         [Before(lambda x: F.pad(x, (4, 0)), nn.Conv1d(3, 4, 3, dilation=2))], normal(2, 3, 9))
    case("conv2d.same", "conv2d: {filters: 4, kernel: 4, strides: 2, padding: same}",
         [Before(lambda x: same(x, 4, 2), nn.Conv2d(3, 4, 4, 2))], normal(2, 3, 7, 6))

    first = ("conv2d: {filters: 4, kernel: 1}, ", lambda: nn.Conv2d(3, 4, 1))

    def after_conv(name, text, function, shape=(2, 3, 6, 7)):
        case(name, first[0] + text, [first[1](), Function(function)], normal(*shape))

    after_conv("maxPool2d", "maxPool2d: {size: 3, strides: 2, padding: [1]}",
               lambda x: F.max_pool2d(x, 3, 2, 1))
    after_conv("averagePool2d", "averagePool2d: {size: 3, strides: 2, padding: [1]}",
               lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False))
    after_conv("globalMaxPool2d", "globalMaxPool2d", lambda x: x.amax((2, 3)))
    after_conv("globalAveragePool2d", "globalAveragePool2d", lambda x: x.mean((2, 3)))
    after_conv("flatten", "flatten", lambda x: x.flatten(1))
    after_conv("reshape", "reshape: {shape: [7, -1]}", lambda x: x.reshape(2, 7, -1))
    after_conv("upsample2d", "upsample2d: {factor: [2, 3]}",
               lambda x: x.repeat_interleave(2, 2).repeat_interleave(3, 3))
    after_conv("zeroPad2d", "zeroPad2d: {top: 1, left: 2, right: 3}", lambda x: F.pad(x, (2, 3, 1, 0)))
    after_conv("slice", "slice: {axis: 2, start: 1, count: 3}", lambda x: x[:, :, 1:4])

    case("batchNorm", "conv2d: {filters: 5, kernel: 1}, batchNorm: {momentum: 0.8, epsilon: 0.001}",
         [nn.Conv2d(3, 5, 1), nn.BatchNorm2d(5, eps=1e-3, momentum=0.2)], normal(4, 3, 3, 4))
    case("batchNorm.dense", "dense: {units: 5}, batchNorm, relu",
         [nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU()], normal(8, 6))
    case("layerNorm", "dense: {units: 6}, layerNorm", [nn.Linear(5, 6), nn.LayerNorm(6)], normal(3, 4, 5))
    case("rmsNorm", "dense: {units: 6}, rmsNorm", [nn.Linear(5, 6), RMSNorm(6, 1e-6)], normal(3, 4, 5))
    case("groupNorm", "conv2d: {filters: 6, kernel: 1}, groupNorm: {groups: 3}",
         [nn.Conv2d(3, 6, 1), nn.GroupNorm(3, 6)], normal(2, 3, 4, 3))
    case("embedding", "embedding: {tokens: 9, units: 4}, flatten, dense: {units: 3}",
         [nn.Embedding(9, 4), nn.Flatten(), nn.Linear(20, 3)], torch.randint(0, 9, (3, 5)))

    def branch():
        return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))

    case("residual",
         "residual: {layers: [conv2d: {filters: 4, kernel: 3, padding: [1]}, relu, "
         "conv2d: {filters: 4, kernel: 3, padding: [1]}], shortcut: [conv2d: {filters: 4, kernel: 1}], "
         "activation: relu}",
         [Residual(branch(), nn.Sequential(nn.Conv2d(3, 4, 1)), F.relu)], normal(2, 3, 5, 4))
    for combine, function in [("concatenate", lambda parts: torch.cat(parts, 1)), ("add", sum),
                              ("multiply", lambda parts: parts[0] * parts[1])]:
        case(f"parallel.{combine}",
             f"parallel: {{branches: [[dense: {{units: 4}}, tanh], [dense: {{units: 4}}]], combine: {combine}}}",
             [Parallel(function, nn.Sequential(nn.Linear(5, 4), nn.Tanh()), nn.Sequential(nn.Linear(5, 4)))],
             normal(3, 5))
    case("sequential", "sequential: [dense: {units: 4}, relu], dense: {units: 2}",
         [nn.Sequential(nn.Linear(5, 4), nn.ReLU()), nn.Linear(4, 2)], normal(3, 5))
    after_conv("gather", "gather: {axis: 2, indices: [4, 1, 1, 2]}", lambda x: x[:, :, [4, 1, 1, 2]])
    # Wide enough for Winograd's algorithm.
    for size in (3, 5):
        case(f"conv2d.wide{size}",
             f"conv2d: {{filters: 16, kernel: 1}}, conv2d: {{filters: 16, kernel: {size}, padding: same}}, "
             "maxPool2d: {size: 4}",
             [nn.Conv2d(3, 16, 1), nn.Conv2d(16, 16, size, padding=size // 2), nn.MaxPool2d(4)],
             normal(4, 3, 16, 17))


def networks(file):
    """Recurrent layers: states pass through hundreds of roundings, in another order than PyTorch's."""

    def case(name, text, network, features=None, **settings):
        features = normal(3, 6, 4) if features is None else features
        write_case(file, name, text, nn.Sequential(*network), features, **settings)

    case("rnn", "rnn: {units: 5}", [recurrent(nn.RNN, 4, 5)])
    case("rnn.relu", "rnn: {units: 5, activation: relu, output: sequence}",
         [recurrent(nn.RNN, 4, 5, output="sequence", nonlinearity="relu")])
    case("rnn.layers", "rnn: {units: 5, layers: 2, bidirectional: true}",
         [recurrent(nn.RNN, 4, 5, num_layers=2, bidirectional=True)])
    case("lstm", "lstm: {units: 5}", [recurrent(nn.LSTM, 4, 5)])
    case("lstm.layers", "lstm: {units: 5, layers: 2, output: sequence}, dense: {units: 3}",
         [recurrent(nn.LSTM, 4, 5, num_layers=2, output="sequence"), nn.Linear(5, 3)])
    case("lstm.bidirectional", "lstm: {units: 4, layers: 2, bidirectional: true, useBias: false}",
         [recurrent(nn.LSTM, 4, 4, num_layers=2, bidirectional=True, bias=False)])
    case("lstm.learned", "lstm: {units: 5, layers: 2, initialState: learned}",
         [recurrent(nn.LSTM, 4, 5, num_layers=2, learned=True)])
    case("gru", "gru: {units: 5}", [recurrent(nn.GRU, 4, 5)])
    case("gru.sequence", "gru: {units: 17, layers: 2, bidirectional: true, output: sequence}",
         [recurrent(nn.GRU, 4, 17, num_layers=2, bidirectional=True, output="sequence")])
    tokens = torch.randint(1, 9, (4, 7))
    lengths = torch.tensor([7, 3, 1, 5])
    for row, length in enumerate(lengths):
        tokens[row, length:] = 0
    for kind in (nn.RNN, nn.LSTM, nn.GRU):
        name = kind.__name__.lower()
        case(f"{name}.masked",
             f"embedding: {{tokens: 9, units: 4, padding: 0}}, {name}: {{units: 5, layers: 2, bidirectional: true}}",
             [nn.Embedding(9, 4), recurrent(kind, 4, 5, lengths=lengths, num_layers=2, bidirectional=True)],
             tokens)


class Named(nn.Module):
    """A layer with something behind it, whose parameters keep their names."""

    def __init__(self, layer, behind=lambda x: x, before=lambda x: x):
        super().__init__()
        for name, parameter in layer.named_parameters():
            self.register_parameter(name, parameter)
        object.__setattr__(self, "layer", layer)
        self.before, self.behind = before, behind

    def forward(self, x):
        values = dict(self.named_parameters())
        return self.behind(torch.func.functional_call(self.layer, values, (self.before(x),)))


def Before(function, layer):
    return Named(layer, before=function)


def losses(file):
    def case(name, text, criterion, labels, network=None, layers="dense: {units: 4}", features=None):
        write_case(file, name, layers, network or nn.Sequential(nn.Linear(5, 4)),
                   normal(6, 5) if features is None else features, loss=text, criterion=criterion,
                   labels=labels)

    classes = torch.tensor([0, 3, 1, 1, 2, 3])
    weights = torch.tensor([0.5, 2.0, 1.0, 1.5], dtype=torch.float64)

    def cross(**settings):
        return lambda output, labels: per_sample(F.cross_entropy(
            output.transpose(1, -1), labels.long(), reduction="none", **settings))

    case("softmaxCrossEntropy", "softmaxCrossEntropy", cross(), classes)
    case("softmaxCrossEntropy.smoothing", "{softmaxCrossEntropy: {labelSmoothing: 0.1}}",
         cross(label_smoothing=0.1), classes)
    case("softmaxCrossEntropy.weights", "{softmaxCrossEntropy: {classWeights: [0.5, 2, 1, 1.5]}}",
         cross(weight=weights), classes)
    case("softmaxCrossEntropy.ignored", "{softmaxCrossEntropy: {ignoredLabel: 1}}",
         cross(ignore_index=1), classes)
    case("softmaxCrossEntropy.all",
         "{softmaxCrossEntropy: {labelSmoothing: 0.2, classWeights: [0.5, 2, 1, 1.5], ignoredLabel: 2}}",
         cross(label_smoothing=0.2, weight=weights, ignore_index=2), classes)
    case("softmaxCrossEntropy.steps", "softmaxCrossEntropy", cross(), torch.randint(0, 4, (3, 7)),
         features=normal(3, 7, 5))
    case("negativeLogLikelihood", "{negativeLogLikelihood: {classWeights: [0.5, 2, 1, 1.5]}}",
         lambda output, labels: F.nll_loss(output, labels.long(), weight=weights, reduction="none"),
         classes, nn.Sequential(nn.Linear(5, 4), nn.LogSoftmax(-1)), "dense: {units: 4}, logSoftmax")
    numbers = normal(6, 4).double()
    case("binaryCrossEntropy", "binaryCrossEntropy",
         lambda output, labels: per_sample(
             F.binary_cross_entropy_with_logits(output, labels, reduction="none")),
         (numbers > 0).double())
    case("meanSquaredError", "meanSquaredError", mean_squared, numbers)
    case("meanAbsoluteError", "meanAbsoluteError",
         lambda output, labels: per_sample((output - labels).abs()), numbers)
    case("huber", "{huber: {delta: 0.5}}",
         lambda output, labels: per_sample(F.huber_loss(output, labels, delta=0.5, reduction="none")),
         numbers)
    case("hinge", "hinge",
         lambda output, labels: per_sample(F.relu(1 - output * labels)), torch.sign(numbers))


def optimizers(file):
    def case(name, text, optimizer, **settings):
        write_case(file, name, "dense: {units: 6, activation: tanh}, dense: {units: 3}",
                   nn.Sequential(Named(nn.Linear(5, 6), torch.tanh), nn.Linear(6, 3)), normal(7, 5),
                   optimizer=optimizer, text=text, **settings)

    o = torch.optim
    case("sgd", "{sgd: {learningRate: 0.1}}", lambda p: o.SGD(p, lr=0.1))
    case("sgd.momentum", "{sgd: {learningRate: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.01}}",
         lambda p: o.SGD(p, lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.01))
    case("sgd.nesterov", "{sgd: {learningRate: 0.1, momentum: 0.8, nesterov: true}}",
         lambda p: o.SGD(p, lr=0.1, momentum=0.8, nesterov=True))
    case("adam", "{adam: {learningRate: 0.01, weightDecay: 0.05}}",
         lambda p: o.Adam(p, lr=0.01, weight_decay=0.05))
    case("adamW", "{adamW: {learningRate: 0.01, weightDecay: 0.05}}",
         lambda p: o.AdamW(p, lr=0.01, weight_decay=0.05))
    case("rmsprop", "{rmsprop: {learningRate: 0.01}}", lambda p: o.RMSprop(p, lr=0.01))
    case("rmsprop.centered", "{rmsprop: {learningRate: 0.01, momentum: 0.9, centered: true}}",
         lambda p: o.RMSprop(p, lr=0.01, momentum=0.9, centered=True))
    case("adagrad", "{adagrad: {learningRate: 0.05, rateDecay: 0.1, initialSum: 0.1}}",
         lambda p: o.Adagrad(p, lr=0.05, lr_decay=0.1, initial_accumulator_value=0.1))
    case("adadelta", "{adadelta: {learningRate: 1, weightDecay: 0.01}}",
         lambda p: o.Adadelta(p, lr=1.0, weight_decay=0.01))
    case("lion", "{lion: {learningRate: 0.003, weightDecay: 0.1}}",
         lambda p: Lion(p, 0.003, (0.9, 0.99), 0.1))
    case("lars", "{lars: {learningRate: 0.5, coefficient: 0.05, weightDecay: 0.01}}",
         lambda p: LARS(p, 0.5, 0.9, 0.05, 0.01))
    case("lamb", "{lamb: {learningRate: 0.02, weightDecay: 0.05}}", lambda p: LAMB(p, 0.02, 0.05))
    case("decayVectors", "{adamW: {learningRate: 0.01, weightDecay: 0.1, decayVectors: false}}",
         lambda p: o.AdamW([dict(params=[x for x in p if x.dim() > 1], weight_decay=0.1),
                            dict(params=[x for x in p if x.dim() == 1], weight_decay=0.0)], lr=0.01))
    case("groups",
         "{sgd: {learningRate: 0.1, groups: [{parameters: layers.0.*, rateFactor: 0.5, weightDecay: 0.1}]}}",
         lambda p: o.SGD([dict(params=p[:2], lr=0.05, weight_decay=0.1), dict(params=p[2:])], lr=0.1))
    case("clipNorm", "{sgd: {learningRate: 0.1, clipNorm: 0.3}}", lambda p: o.SGD(p, lr=0.1),
         before_update=lambda p, step: nn.utils.clip_grad_norm_(p, 0.3))
    case("clipValue", "{sgd: {learningRate: 0.1, clipValue: 0.05}}", lambda p: o.SGD(p, lr=0.1),
         before_update=lambda p, step: nn.utils.clip_grad_value_(p, 0.05))
    case("average", "{sgd: {learningRate: 0.1, average: 0.8}}", lambda p: o.SGD(p, lr=0.1), average=0.8)


def schedules(file):
    s = torch.optim.lr_scheduler

    def case(name, text, rate, make, steps=30):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate, momentum=0.9)
        schedule = make(optimizer)
        rates = []
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        group = file.create_group(name)
        group.attrs["job"] = job_text(
            "dense: {units: 1}", [1], "meanSquaredError", f"{{sgd: {{learningRate: {text}}}}}", 8)
        group["rates"] = rates

    case("constant", "0.1", 0.1, lambda o: s.LambdaLR(o, lambda t: 1))
    case("step", "{step: {from: 0.1, factor: 0.5, every: 7}}", 0.1, lambda o: s.StepLR(o, 7, 0.5))
    case("milestones", "{milestones: {from: 0.1, factor: 0.3, at: [4, 9, 20]}}", 0.1,
         lambda o: s.MultiStepLR(o, [4, 9, 20], 0.3))
    case("exponential", "{exponential: {from: 0.1, factor: 0.9}}", 0.1,
         lambda o: s.ExponentialLR(o, 0.9))
    case("cosine", "{cosine: {from: 0.1, to: 0.01, steps: 30}}", 0.1,
         lambda o: s.CosineAnnealingLR(o, 30, 0.01))
    case("polynomial", "{polynomial: {from: 0.1, steps: 25, power: 2}}", 0.1,
         lambda o: s.PolynomialLR(o, 25, 2))
    case("oneCycle", "{oneCycle: {peak: 0.1, steps: 30}}", 0.1,
         lambda o: s.OneCycleLR(o, 0.1, total_steps=30), 30)
    case("oneCycle.linear", "{oneCycle: {peak: 0.1, steps: 30, rise: 0.4, form: linear}}", 0.1,
         lambda o: s.OneCycleLR(o, 0.1, total_steps=30, pct_start=0.4, anneal_strategy="linear"), 30)
    case("warmup", "{step: {from: 0.1, factor: 0.5, every: 10, warmup: 5}}", 0.1,
         lambda o: s.LambdaLR(o, lambda t: (t + 1) / 5 if t < 5 else 0.5 ** ((t - 5) // 10)))
    case("scaledFrom", "{exponential: {from: 0.1, factor: 0.9, scaledFrom: 2}}", 0.4,
         lambda o: s.ExponentialLR(o, 0.9))


def neighbours(file):
    """scikit-learn's nearest neighbours, for Tests/RankTests."""
    samples, queries = normal(50, 5).numpy(), normal(14, 5).numpy()
    classes, targets = torch.randint(0, 3, (50,)).numpy(), normal(50, 2).numpy()
    file["samples"], file["queries"] = samples, queries
    file["classes"], file["targets"] = classes.astype("int32"), targets
    for weights in ("uniform", "distance"):
        voter = KNeighborsClassifier(4, weights=weights, algorithm="brute").fit(samples.astype("float64"), classes)
        averager = KNeighborsRegressor(4, weights=weights, algorithm="brute").fit(
            samples.astype("float64"), targets.astype("float64"))
        file[f"{weights}/classes"] = voter.predict(queries.astype("float64")).astype("int32")
        file[f"{weights}/targets"] = averager.predict(queries.astype("float64"))
    distances, indices = voter.kneighbors(queries.astype("float64"))
    file["indices"], file["distances"] = indices.astype("int32"), distances


if __name__ == "__main__":
    for write in (layers, networks, losses, optimizers, schedules, neighbours):
        torch.manual_seed(7)
        with h5py.File(HERE / f"{write.__name__}.h5", "w") as file:
            write(file)
    torch.manual_seed(7)
    save_file({
        "a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([0.5, -65504, 0]).half(),
        "c": torch.tensor([1, -3.14]).bfloat16(), "d": torch.tensor([0.1, 1e-30]).double(),
        "e": torch.tensor(7504),
    }, HERE / "types.safetensors", metadata={"format": "pt"})
