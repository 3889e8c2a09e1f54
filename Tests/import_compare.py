"""Holds `trireme data import` against independent readers: numpy, h5py and Python's csv module.

    python Tests/import_compare.py [--trireme PATH] [--data FOLDER]

Makes small files of every format and compares each import with what the file holds. With --data, also real files:
mnist/, cifar10/, iris/, boston-housing/, sklearn-small/, heart-disease-4sites/, names-by-language/, tinyshakespeare/, whatever
is there. Every import keeps the source's order, in three shards: counts, types, labels, sums and all samples must be equal.
"""

import argparse
import csv
import glob
import gzip
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import h5py
import numpy as np

arguments = argparse.ArgumentParser()
arguments.add_argument("--trireme", default=".build/release/trireme")
arguments.add_argument("--data")
options = arguments.parse_args()
folder = tempfile.mkdtemp()
generator = np.random.default_rng(7)
results = []


def imported(*words, shards=3):
    """Imports in the source's order; returns features, labels and attributes of the train and the test split."""
    output = os.path.join(folder, f"out{len(results)}")
    order = [] if words[0] == "text" else ["--no-shuffle"]
    command = [options.trireme, "data", "import", *map(str, words), "--output", output, "--shards", str(shards), *order]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr.strip()}")
    splits = {}
    for split in ["train", "test"]:
        parts = [h5py.File(path) for path in sorted(glob.glob(f"{output}/{split}*.h5"))]
        if parts:
            names = [name for name in ["features", "labels", "lengths", "tokens"] if name in parts[0]]
            splits[split] = {name: np.concatenate([part[name][...] for part in parts]) for name in names}
            splits[split]["attributes"] = {key: parts[0].attrs[key] for key in parts[0].attrs}
    shutil.rmtree(output)
    return splits


def equal(ours, theirs, what):
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, not {theirs.shape}"
    if ours.dtype == np.float32 and theirs.dtype.kind == "f":
        theirs = theirs.astype("f4")  # Numbers are stored as float32 at the most.
    # Integers are compared as they are: one that was narrowed too far differs.
    assert ours.sum(dtype="f8") == theirs.sum(dtype="f8"), f"{what}: other sum"
    assert np.array_equal(ours, theirs), f"{what}: not equal"


def case(name, body):
    try:
        count = body()
        print(f"equal   {name}: {count} samples")
        results.append(True)
    except AssertionError as error:
        print(f"DIFFERS {name}: {error}")
        results.append(False)


def path(name, content=None, opener=open):
    place = os.path.join(folder, name)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if content is not None:
        with opener(place, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
    return place


# MARK: IDX

def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def read_idx(place):
    data = gzip.open(place).read()
    shape = struct.unpack(f">{data[3]}I", data[4:4 + 4 * data[3]])
    return np.frombuffer(data, "u1", offset=4 + 4 * data[3]).reshape(shape)


def mnist(source, train, train_labels, test, test_labels):
    splits = imported("mnist", source, shards=8)
    for split, images, labels in [("train", train, train_labels), ("test", test, test_labels)]:
        assert splits[split]["features"].dtype == np.uint8
        equal(splits[split]["features"], images[:, None], f"{split} features")
        equal(splits[split]["labels"], labels, f"{split} labels")
    mean, deviation = splits["train"]["attributes"]["normalization"][:, 0]
    # The numbers are those of float32.
    assert np.allclose([mean, deviation], [train.mean(), train.std()], rtol=1e-7, atol=0), "normalization"
    return len(train) + len(test)


def made_mnist():
    parts = [generator.integers(0, 256, (count, 6, 5), "u1") for count in (50, 20)]
    labels = [generator.integers(0, 10, count).astype("u1") for count in (50, 20)]
    for name, images, classes in [("train", parts[0], labels[0]), ("t10k", parts[1], labels[1])]:
        path(f"idx/{name}-images-idx3-ubyte.gz", idx(images), gzip.open)
        path(f"idx/{name}-labels-idx1-ubyte", idx(classes))
    return mnist(path("idx/x")[:-2], parts[0], labels[0], parts[1], labels[1])


case("mnist, made", made_mnist)


# MARK: CIFAR

def made_cifar(fine):
    parts = {}
    for name, count in ([("train.bin", 40), ("test.bin", 10)] if fine else [("data_batch_1.bin", 40), ("test_batch.bin", 10)]):
        head = generator.integers(0, 20 if fine else 10, (count, 2 if fine else 1)).astype("u1")
        images = generator.integers(0, 256, (count, 3072)).astype("u1")
        path(f"cifar{fine}/{name}", np.hstack([head, images]).tobytes())
        parts["test" if "test" in name else "train"] = (head[:, -1], images.reshape(-1, 3, 32, 32))
    splits = imported("cifar100" if fine else "cifar10", path(f"cifar{fine}/x")[:-2])
    for split, (labels, images) in parts.items():
        equal(splits[split]["features"], images, f"{split} features")
        equal(splits[split]["labels"], labels, f"{split} labels")
    return 50


case("cifar10, made", lambda: made_cifar(False))
case("cifar100, made", lambda: made_cifar(True))


# MARK: CSV

def table(place, rows, *, target=-1, words=(), kinds=None):
    """Compares an import of numbers with rows of fields; missing fields are means of their columns."""
    splits = imported("csv", place, *words)
    columns = list(zip(*rows))
    labels = columns.pop(target)
    missing = {"", "?", "NA", "nan", "null"}
    numbers = []
    for column in columns:
        values = np.array([np.nan if field.strip() in missing else float(field) for field in column])
        values[np.isnan(values)] = np.nanmean(values)
        numbers.append(values)
    features = np.stack(numbers, 1)
    ours = splits["train"]["features"]
    if ours.dtype == np.float32:
        assert np.allclose(ours, features.astype("f4"), rtol=2e-7, atol=0), "features"
    else:
        equal(ours, features, "features")
    if kinds == "numbers":
        equal(splits["train"]["labels"].reshape(-1), np.array([float(x) for x in labels], "f4"), "labels")
    else:
        names = sorted(set(labels), key=lambda x: float(x) if x.replace(".", "").isdigit() else x)
        equal(splits["train"]["labels"], [names.index(x) for x in labels], "labels")
    return len(rows)


def made_csv():
    rows = [[str(generator.integers(-5, 300)), f"{generator.normal():.6f}", str(k % 3)] for k in range(60)]
    text = "a;b;class\n" + "\n".join(";".join(row) for row in rows)
    return table(path("table.csv", text), rows, words=["--delimiter", ";"])


def missing_csv():
    rows = [["1.5" if k % 7 else "?", str(k), str(k % 2)] for k in range(40)]
    text = "\n".join(",".join(row) for row in rows)
    return table(path("missing.csv", text), rows, words=["--missing", "mean"])


case("csv, made", made_csv)
case("csv with missing values, made", missing_csv)


# MARK: numpy, HDF5

def made_npy(dtype, order):
    features = np.asarray(generator.integers(0, 100, (30, 4, 5)), dtype=dtype, order=order)
    labels = generator.integers(0, 4, 30)
    np.save(path("x.npy"), features)
    np.save(path("y.npy"), labels)
    train = imported("npy", path("x.npy"), "--labels", path("y.npy"))["train"]
    equal(train["features"], features, "features")
    equal(train["labels"], labels, "labels")
    return 30


for dtype in ["u1", "i2", ">i4", "f4", ">f8", "f8"]:
    for order in "CF":
        case(f"npy of {dtype} in order {order}, made", lambda: made_npy(dtype, order))


def made_npz():
    features = generator.normal(size=(30, 3)).astype("f4")
    labels = generator.integers(0, 2, 30)
    np.savez_compressed(path("xy.npz"), x=features, y=labels)
    train = imported("npy", path("xy.npz"), "--features", "x", "--labels", "y")["train"]
    equal(train["features"], features, "features")
    equal(train["labels"], labels, "labels")
    return 30


def made_hdf5():
    features = generator.integers(-9, 9, (70, 2, 3)).astype("i2")
    labels = generator.integers(0, 3, 70)
    with h5py.File(path("any.h5"), "w") as file:
        file.create_dataset("a/b/x", data=features, chunks=(8, 2, 3), compression="gzip", shuffle=True)
        file["y"] = labels
    train = imported("hdf5", path("any.h5"), "--features", "/a/b/x", "--labels", "/y")["train"]
    equal(train["features"], features, "features")
    equal(train["labels"], labels, "labels")
    return 70


case("npz, made", made_npz)
case("hdf5, made", made_hdf5)


# MARK: images

def png(pixels):
    """Grey or colour, without filters."""
    height, width = pixels.shape[:2]
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    lines = b"".join(b"\0" + pixels[row].tobytes() for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0 if pixels.ndim == 2 else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def made_images():
    features, labels = [], []
    for label, name in enumerate(["cats", "dogs", "owls"]):
        for number in range(7):
            pixels = generator.integers(0, 256, (6, 4, 3), "u1")
            path(f"images/{name}/{number}.png", png(pixels))
            features.append(pixels.transpose(2, 0, 1))
            labels.append(label)
    train = imported("images", path("images/x")[:-2])["train"]
    equal(train["features"], features, "features")
    equal(train["labels"], labels, "labels")
    return 21


case("images, made", made_images)


# MARK: text

def names(source, languages):
    train = imported("names", source)["train"]
    vocabulary = [text.decode() if isinstance(text, bytes) else text for text in train["attributes"]["vocabulary"]]
    expected, labels = [], []
    for label, (_, words) in enumerate(sorted(languages.items())):
        expected += words
        labels += [label] * len(words)
    ours = ["".join(vocabulary[token] for token in row[:length]) for row, length in zip(train["features"], train["lengths"])]
    assert ours == expected, "words"
    equal(train["labels"], labels, "labels")
    return len(ours)


def made_names():
    languages = {"Greek": ["Άννα", "Κώστας"], "Norse": ["Åse", "Bjørn", "Odd"]}
    for name, words in languages.items():
        path(f"names/{name}.txt", "\n".join(words) + "\n")
    return names(path("names/x")[:-2], languages)


def text(source):
    content = open(source, encoding="utf-8").read()
    splits = imported("text", source)
    both = np.concatenate([splits[split]["tokens"] for split in ("train", "test") if split in splits])
    vocabulary = [x.decode() if isinstance(x, bytes) else x for x in splits["train"]["attributes"]["vocabulary"]]
    assert "".join(vocabulary[token] for token in both) == content, "text"
    assert vocabulary == sorted(set(content)), "vocabulary"
    return len(both)


case("names, made", made_names)
case("text, made", lambda: text(path("book.txt", "Es war einmal, straße.\n" * 20)))


# MARK: time series

def made_series():
    series = [generator.normal(size=(2, generator.integers(3, 9))).round(4) for _ in range(12)]
    lines = ["@problemName made", "@univariate false", "@classLabel true no yes", "@data"]
    for number, one in enumerate(series):
        lines.append(":".join(",".join(f"{x}" for x in row) for row in one) + ":" + ["no", "yes"][number % 2])
    train = imported("timeseries", path("series.ts", "\n".join(lines) + "\n"))["train"]
    longest = max(one.shape[1] for one in series)
    padded = np.stack([np.pad(one, ((0, 0), (0, longest - one.shape[1]))) for one in series]).astype("f4")
    equal(train["features"], padded, "features")
    equal(train["labels"], [number % 2 for number in range(12)], "labels")
    equal(train["lengths"], [one.shape[1] for one in series], "lengths")
    return 12


case("timeseries, made", made_series)


# MARK: real files

def real(name):
    place = os.path.join(options.data or "", name)
    return place if options.data and os.path.isdir(place) else None


def rows_of(place, skip=0):
    opener = gzip.open if place.endswith(".gz") else open
    with opener(place, "rt") as file:
        return [row for row in csv.reader(file) if row][skip:]


for name in ["mnist", "fashion-mnist"]:
    if source := real(name):
        arrays = [read_idx(f"{source}/{part}") for part in [
            "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]]
        case(name, lambda: mnist(source, *arrays))

if source := real("cifar10"):
    def cifar():
        place = f"{source}/data_batch_1.bin"
        records = np.fromfile(place, "u1").reshape(-1, 3073)
        train = imported("cifar10", place)["train"]
        equal(train["features"], records[:, 1:].reshape(-1, 3, 32, 32), "features")
        equal(train["labels"], records[:, 0], "labels")
        return len(records)
    case("cifar10", cifar)

for file, skip, kinds in [
    ("iris/iris.csv", 1, None), ("boston-housing/boston_house_prices.csv", 2, "numbers"),
    ("sklearn-small/wine_data.csv", 1, None), ("sklearn-small/breast_cancer.csv", 1, None),
    ("sklearn-small/digits.csv.gz", 0, None), ("heart-disease-4sites/processed.cleveland.data", 0, None),
    ("heart-disease-4sites/processed.switzerland.data", 0, None),
]:
    if real(os.path.dirname(file)):
        def one():
            rows = rows_of(f"{options.data}/{file}", skip)
            # The files of scikit-learn begin with a line of counts.
            place = path(os.path.basename(file).split(".")[0] + ".real.csv", "\n".join(",".join(row) for row in rows))
            return table(place, rows, kinds=kinds, words=["--missing", "mean"] + (["--target-kind", "numbers"] if kinds else []))
        case(file, one)

if source := real("names-by-language"):
    def languages():
        shutil.copytree(source, path("languages"), ignore=shutil.ignore_patterns("SOURCE.txt", "LICENSE"))
        found = {}
        for place in glob.glob(path("languages") + "/*.txt"):
            found[os.path.basename(place)] = open(place, encoding="utf-8").read().split("\n")
        return names(path("languages"), {name: [w.strip() for w in words if w.strip()] for name, words in found.items()})
    case("names-by-language", languages)

if source := real("tinyshakespeare"):
    case("tinyshakespeare", lambda: text(f"{source}/input.txt"))

shutil.rmtree(folder)
print(f"{sum(results)} of {len(results)} imports equal")
sys.exit(0 if all(results) else 1)
