# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes repr/cases.bin: tensors and the text that PyTorch prints for them.

    python3 tests/golden/repr.py

The file starts with a line that names PyTorch's version. Little-endian records follow, each:

    u8 dtype (its place in DTYPES), u8 requires_grad, u8 rank, u8 length of the grad_fn's name,
    i64 sizes[rank], i64 strides[rank], u32 bytes of storage, u32 bytes of text,
    then the name, the storage and the text.

Tensors with many elements are views of small storages, whose strides overlap.
"""
import pathlib
import random
import struct

import torch

DTYPES = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
          torch.float16, torch.bfloat16, torch.float32, torch.float64]
CASES = 5000
nan, inf = float("nan"), float("inf")


def examples():
    """The ones from the specification, and edges that random numbers do not find."""
    grad = {"requires_grad": True}
    twos = torch.ones(2, 2, dtype=torch.float64, **grad)
    yield from map(torch.tensor, [
        3., 0.4, 3, True, [1, 2, 3, 4], [[5, 6], [7, 8], [9, 10]], [1.5, nan, -inf], [1., nan, -inf],
        [1e-5, 1.], [1., 1001.], [1.5, 1500.], [0., -0.], [123456789.], [99999.5, 100.25], [],
        [[True, False], [False, True]], [1e10, 1.], 1e-20, [12345.6789], [0.00012], [0.00009],
        nan, -nan, inf, -inf, -0., [nan], [-inf, 0.], [nan, 0., -0., inf], [1., 1000.], [1.5, 1500.15],
        [1e8], [100000008.], [0.0001], [0.0001, 0.5], [9.9e-5, 2.], [0.99995], [9.99995], [0.00005],
        [-1.], [-1., 10.], [[[[[1.]]]]], [[[]]], [[], []], 2**63 - 1, -2**63, False])
    yield torch.tensor([[1., 2.]], **grad)
    yield torch.tensor([1., 2.], **grad) + 1
    yield torch.tensor([1, 2], dtype=torch.int32)
    yield torch.tensor([0.1, 0.2], dtype=torch.float64)
    yield torch.tensor([1., 2.], dtype=torch.float16, **grad)
    yield torch.tensor([5e-324, 1.7976931348623157e308], dtype=torch.float64)
    yield torch.tensor([1.7976931348623157e308, nan], dtype=torch.float64)
    for size in [(2, 0, 3), (0, 1), (0, 0), (1, 0), (0,)]:
        for dtype in DTYPES:
            yield torch.zeros(size, dtype=dtype, requires_grad=dtype.is_floating_point)
    yield torch.arange(20.)
    yield torch.arange(30)
    yield torch.arange(8.).view(2, 2, 2)
    yield torch.arange(1000)
    yield torch.arange(1001)
    yield torch.arange(1600.).view(40, 40)
    yield (twos * 1.23456).exp()
    yield torch.arange(24, dtype=torch.float64, **grad)
    yield torch.arange(2401).view(7, 7, 7, 7)[:, :2]
    yield torch.arange(1200.).view(6, 200) / 7
    yield torch.arange(1200.).view(200, 6).t()
    yield torch.full((1001,), 0.1, dtype=torch.bfloat16)
    yield torch.tensor([[1., 2.], [3., 4.]], **grad).sum(0).max(0).values
    yield torch.tensor(2.5).expand(10**9, 10**6)  # Too big to look at every element.


def floats(rng, count):
    kind = rng.randrange(9)
    scale = 10. ** rng.uniform(-9, 12)
    lowest = 10. ** rng.randint(-6, 6)
    makers = [
        lambda: float(rng.randint(-9, 9)),
        lambda: float(rng.randint(-10**rng.randint(1, 9), 10**rng.randint(1, 9))),
        lambda: rng.gauss(0, 1),
        lambda: rng.gauss(0, scale),
        lambda: rng.choice([-1, 1]) * 10. ** rng.uniform(-12, 12),
        lambda: rng.choice([-1, 1]) * lowest * rng.choice([1, 2, 999, 1000, 1000.5, 1001]),
        lambda: rng.randint(-20000, 20000) / 20000 * rng.choice([1, 10, 100]),  # Ties in the last digit.
        lambda: rng.choice([1e-4, 9.9999e-5, 1e8, 99999999., 1e-3, 1., 0.5, 9.5, 9.99995, 999.99995]),
        lambda: struct.unpack("<d", rng.randbytes(8))[0],
    ]
    special = rng.choice([0, 0, 0, 0.05, 0.3, 1 if rng.random() < 0.2 else 0])
    return [rng.choice([nan, -nan, inf, -inf, 0., -0.]) if rng.random() < special else makers[kind]()
            for _ in range(count)]


def storage(rng, dtype, count):
    if dtype == torch.bool:
        bias = rng.choice([0, 0.5, 1])
        return torch.tensor([rng.random() < bias for _ in range(count)], dtype=dtype)
    if dtype.is_floating_point:
        return torch.tensor(floats(rng, count), dtype=torch.float64).to(dtype)
    info = torch.iinfo(dtype)
    bound = 10 ** rng.randint(1, 19)
    low, high = max(info.min, -rng.choice([0, 1, bound])), min(info.max, bound)
    return torch.tensor([rng.choice([info.min, info.max]) if rng.random() < 0.01 else rng.randint(low, high)
                         for _ in range(count)], dtype=dtype)


def sizes(rng):
    rank = rng.choice([0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5])
    kind = rng.random()
    if kind < 0.04:
        return [rng.randint(0, 3) for _ in range(rank)]
    if kind < 0.12 and rank in (1, 2, 3):
        return [rng.choice([1, 2, 3, 6, 7, 8, rng.randint(1, 1100)]) for _ in range(rank)]
    if kind < 0.15 and rank in (1, 2):
        return [rng.randint(1, 300 if rank == 1 else 17) for _ in range(rank)]
    if rank == 1:
        return [rng.randint(1, 40)]
    return [rng.randint(1, 7 if rank == 2 else 3) for _ in range(rank)]


def named(name, base, view):
    """The view with a grad_fn that prints as `name`, which ends in Backward."""
    function = type(name.removesuffix("Backward"), (torch.autograd.Function,), {
        "forward": staticmethod(lambda ctx, x: x.as_strided(view.size(), view.stride()).clone()),
        "backward": staticmethod(lambda ctx, dy: None)})
    return function.apply(base.requires_grad_())


def randoms(rng):
    while True:
        dtype = rng.choice(DTYPES)
        shape = sizes(rng)
        strides = [rng.choice([0, 1, 1, 2, 3]) for _ in shape]
        count = 1
        for size in shape:
            count *= size
        if count <= 1000 and rng.random() < 0.6:
            strides = list(torch.empty(shape).stride())
        extent = 1 + sum(max(size - 1, 0) * stride for size, stride in zip(shape, strides))
        if extent > 3000:
            continue
        base = storage(rng, dtype, extent)
        tensor = base.as_strided(shape, strides)
        suffix = rng.random() if dtype.is_floating_point else 1
        printed = tensor
        if suffix < 0.2:
            printed = torch.empty(0, dtype=dtype).set_(tensor).requires_grad_()
        elif suffix < 0.45 and count < 100000:
            letters = rng.randint(1, 30) if rng.random() < 0.9 else 75
            printed = named("B" + "a" * letters + "Backward", base, tensor)
        yield base, tensor, printed


def record(base, tensor, printed):
    data = base.detach().view(torch.uint8).numpy().tobytes() if base.numel() else b""
    text = repr(printed).encode()
    name = type(printed.grad_fn).__name__.encode() if printed.grad_fn is not None else b""
    rank = tensor.dim()
    head = struct.pack("<4B", DTYPES.index(tensor.dtype), printed.requires_grad, rank, len(name))
    return (head + struct.pack(f"<{2 * rank}q2I", *tensor.size(), *tensor.stride(), len(data), len(text))
            + name + data + text)


def stored(tensor):
    """All of the memory under an example."""
    kept = tensor.detach()
    extent = 1 + sum((size - 1) * stride for size, stride in zip(kept.size(), kept.stride()))
    return kept.as_strided([extent if kept.numel() else 0], [1])


def main():
    rng = random.Random(20250611)
    records = [record(stored(tensor), tensor, tensor) for tensor in examples()]
    random_tensors = randoms(rng)
    while len(records) < CASES:
        case = record(*next(random_tensors))
        if len(case) < 20000:
            records.append(case)
    folder = pathlib.Path(__file__).parent / "repr"
    folder.mkdir(exist_ok=True)
    (folder / "cases.bin").write_bytes(f"torch {torch.__version__}\n".encode() + b"".join(records))


if __name__ == "__main__":
    main()
