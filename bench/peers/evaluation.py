"""Exact retrieval metrics as they are usually computed in PyTorch: a matrix product and top-k, in chunks of queries.

python3 evaluation.py FILE ROWS WIDTH K: float32 rows, then int32 labels. Prints seconds, peak memory in MiB and the scores; those that need
more than K neighbours are left out.
"""
import json
import resource
import sys
import time

import torch

path, rows, width, k = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
with open(path, "rb") as file:
    data = bytearray(file.read())
x = torch.frombuffer(data, dtype=torch.float32, count=rows * width).reshape(rows, width)
labels = torch.frombuffer(data, dtype=torch.int32, offset=4 * rows * width, count=rows)
CHUNK = 1000

start = time.perf_counter()
counts = torch.bincount(labels.long())
squares = (x * x).sum(1)
ranks = [rank for rank in (1, 10, 100, 1000) if rank <= k]
hit_at = {rank: 0 for rank in ranks}
precision_sum, map_sum, asked = 0.0, 0.0, 0
for first in range(0, rows, CHUNK):
    last = min(first + CHUNK, rows)
    distances = torch.addmm(squares, x[first:last], x.T, alpha=-2)
    distances[torch.arange(last - first), torch.arange(first, last)] = float("inf")
    nearest = distances.topk(min(k, rows - 1), dim=1, largest=False).indices
    hits = labels[nearest] == labels[first:last, None]
    matches = counts[labels[first:last].long()] - 1
    known = matches > 0
    hits, matches = hits[known], matches[known]
    asked += len(matches)
    for rank in ranks:
        hit_at[rank] += hits[:, :rank].any(1).sum().item()
    most = int(matches.max())
    within = hits[:, :most].double() * (torch.arange(1, most + 1) <= matches[:, None])
    precision_sum += (within.sum(1) / matches).sum().item()
    precisions = within.cumsum(1) / torch.arange(1, most + 1)
    map_sum += ((within * precisions).sum(1) / matches).sum().item()
scores = {f"recall@{rank}": hit_at[rank] / asked for rank in ranks}
scores.update({"r-precision": precision_sum / asked, "map@r": map_sum / asked})
print(json.dumps({
    "seconds": time.perf_counter() - start,
    "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "scores": scores,
}))
