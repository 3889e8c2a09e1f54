#!/usr/bin/env python3
"""Makes Data/iris and Data/digits from the files that scikit-learn ships.

    pip install scikit-learn h5py
    python3 Data/make.py

The split is stratified and fixed: within each class the samples are permuted by a seeded generator
whose stream never changes (numpy's RandomState), the first ones go to the test file. The train
samples are then permuted once more and cut into shards. Running the script again writes the same
values; with the same version of h5py, the same bytes.
"""

import pathlib

import h5py
import numpy as np
from sklearn.datasets import load_digits, load_iris

FORMAT_VERSION = 1
SEED = 1797


def stratified_split(labels, test_count, generator):
    """Returns (train, test) indices.

    Each class gives its share of the test set; what is left over by rounding down goes to the
    classes with the largest remainders.
    """
    classes = np.unique(labels)
    shares = np.array([np.sum(labels == c) for c in classes]) * test_count / len(labels)
    counts = np.floor(shares).astype(int)
    for c in np.argsort(counts - shares, kind="stable")[: test_count - counts.sum()]:
        counts[c] += 1
    members = [generator.permutation(np.flatnonzero(labels == c)) for c in classes]
    test = np.concatenate([rows[:count] for rows, count in zip(members, counts)])
    test = generator.permutation(test)
    train = generator.permutation(np.setdiff1d(np.arange(len(labels)), test))
    return train, test


def normalization(features):
    """Mean and deviation of each channel (first axis after N), as a 2 x C array."""
    axes = (0,) + tuple(range(2, features.ndim))
    values = features.astype(np.float64)
    mean, deviation = values.mean(axis=axes), values.std(axis=axes)
    return np.stack([mean, np.where(deviation > 0, deviation, 1.0)])


def write(path, name, classes, norm, features, labels, chunk):
    with h5py.File(path, "w", libver=("v108", "v108")) as file:
        labels = labels.astype(np.int32)
        for key, data in (("features", features), ("labels", labels)):
            chunks = (min(chunk, len(data)),) + data.shape[1:]
            file.create_dataset(key, data=data, chunks=chunks, fletcher32=True)
        file.attrs["formatVersion"] = np.int64(FORMAT_VERSION)
        file.attrs["name"] = name
        file.attrs["classes"] = [str(c) for c in classes]
        file.attrs["normalization"] = norm


def make(folder, name, features, labels, classes, test_count, shard_lengths, chunk):
    train, test = stratified_split(labels, test_count, np.random.RandomState(SEED))
    assert sum(shard_lengths) == len(train)
    norm = normalization(features[train])
    folder.mkdir(exist_ok=True)
    cuts = np.cumsum(shard_lengths)[:-1]
    files = {f"train-{shard:02d}.h5": rows for shard, rows in enumerate(np.split(train, cuts))}
    for file, rows in {**files, "test.h5": test}.items():
        write(folder / file, name, classes, norm, features[rows], labels[rows], chunk)


def main():
    here = pathlib.Path(__file__).resolve().parent
    iris = load_iris()
    make(
        here / "iris", "iris", iris.data.astype(np.float32), iris.target, iris.target_names,
        test_count=30, shard_lengths=[30, 30, 30, 30], chunk=16,
    )
    digits = load_digits()
    images = digits.images.astype(np.uint8)[:, np.newaxis]
    make(
        here / "digits", "digits", images, digits.target, digits.target_names,
        test_count=360, shard_lengths=[420, 384, 333, 300], chunk=64,
    )


if __name__ == "__main__":
    main()
