"""How far trajectories of one puzzle are apart, step by step, and in how flat a space they move (paper, D.6)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gramsolve.errors import BadInput
from gramsolve.evaluation import metrics
from gramsolve.evaluation.elbo import recursive
from gramsolve.evaluation.held_out import HeldOut, coordinates, held_out
from gramsolve.evaluation.report import HeldOutReport, origin
from gramsolve.inference.noise import stream_keys
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import CHUNK, chunk
from gramsolve.inference.sampler import RecursiveSampler
from gramsolve.inference.solver import Solver
from gramsolve.model.network import GRAM


@dataclass(frozen=True, kw_only=True)
class DiversityReport(HeldOutReport):
    """``rows`` hold one dict a step, means over puzzles with half of their 95 % intervals (``..._error``).

    ``distance`` between two trajectories of a puzzle is Euclidean in the whole of h, averaged over pairs, and
    ``relative`` is that over the mean length of h; ``boards`` counts distinct boards among the ``width``; ``plane`` is
    the share of the variance between trajectories that lies along their first two principal components, None where
    all trajectories are one. ``path_plane`` is that share for all steps of all trajectories of a puzzle together.
    """

    kind: ClassVar[str] = "diversity"

    width: int
    path_plane: float | None
    path_plane_error: float | None


def measure_diversity(
    solver: Solver,
    *,
    width: int = 20,
    depth: int = 16,
    protocol: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> DiversityReport:
    """Follow ``width`` prior trajectories of each held-out puzzle, those of ``evaluate``, for ``depth`` steps.

    Raises BadInput for numbers out of range and for a model that has no latent trajectory.
    """
    SolveOptions(width=width, depth=depth, seed=seed)
    if width < 2:
        raise BadInput("one trajectory has no spread: take a width of at least 2")
    model = recursive(solver)
    puzzles = held_out(solver, protocol, limit, seed)
    started, chosen = time.perf_counter(), puzzles.chosen
    every: list[dict[str, npt.NDArray[np.float64]]] = []
    per_part = max(1, CHUNK // width)
    for first in range(0, len(chosen), per_part):
        every.append(_part(solver, model, puzzles, chosen[first : first + per_part], width, depth, seed))
        if on_progress is not None:
            on_progress(min(first + per_part, len(chosen)), len(chosen))
    figures = {name: np.concatenate([part[name] for part in every], axis=-1) for name in every[0]}
    path = figures.pop("path_plane")
    rows = [{"depth": step + 1, **_row(figures, step)} for step in range(depth)]
    path_plane, path_plane_error = _mean(path)
    return DiversityReport(
        **origin(solver),
        protocol=puzzles.protocol,
        instances=len(chosen),
        of=len(puzzles.test),
        width=width,
        path_plane=path_plane,
        path_plane_error=path_plane_error,
        seed=seed,
        seconds=time.perf_counter() - started,
        rows=tuple(rows),
    )


@torch.inference_mode()
def states(model: GRAM, inputs: Tensor, keys: Tensor, depth: int) -> Iterator[tuple[Tensor, npt.NDArray[np.uint8]]]:
    """Prior trajectories: h [R, L, D] and the boards [R, L_out] read off it, after each of ``depth`` steps."""
    sampler = RecursiveSampler(model, inputs, keys, depth=depth, temperature=1.0, chunk=chunk(model))
    for number in range(1, depth + 1):
        if number <= sampler.depth:  # Direct prediction stands still after its only step.
            tokens = sampler.advance(number).tokens.cpu().numpy().astype(np.uint8)
        yield sampler.state.h, tokens


def _part(
    solver: Solver, model: GRAM, puzzles: HeldOut, part: npt.NDArray[np.int64], width: int, depth: int, seed: int
) -> dict[str, npt.NDArray[np.float64]]:
    """Figures of n puzzles: [depth, n] each, and ``path_plane`` [n]."""
    keys = stream_keys(seed, *coordinates(solver, part, width))
    inputs = np.ascontiguousarray(np.repeat(puzzles.test.inputs[part], width, axis=0))
    found: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in ("distance", "relative", "boards", "plane")}
    path = []
    for h, boards in states(model, puzzles.inputs(solver, part, width), keys, depth):
        points = h.reshape(len(part), width, -1).float()
        path.append(points.cpu())
        apart = mean_distance(points)
        canonical = solver.canonical(inputs, boards).reshape(len(part), width, -1)
        found["distance"].append(apart)
        found["relative"].append(apart / points.norm(dim=-1).mean(-1).double().cpu().numpy())
        found["boards"].append(np.array([len(np.unique(of_one, axis=0)) for of_one in canonical], np.float64))
        found["plane"].append(plane_share(points))
    stacked = {name: np.stack(values) for name, values in found.items()}
    return {**stacked, "path_plane": plane_share(torch.cat(path, dim=1))}


def mean_distance(points: Tensor) -> npt.NDArray[np.float64]:
    """Mean Euclidean distance over pairs of W points: [n, W, K] -> [n]."""
    width = points.shape[1]
    # Not by matrix products, whose rounding shows where points coincide.
    apart = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist").double()
    found: npt.NDArray[np.float64] = (apart.sum((1, 2)) / (width * (width - 1))).cpu().numpy()
    return found


def plane_share(points: Tensor) -> npt.NDArray[np.float64]:
    """Share of the variance of P points along their first two principal components: [n, P, K] -> [n], NaN where all
    points are one."""
    centred = points.double() - points.double().mean(1, keepdim=True)
    # The P x P products of points have the eigenvalues of the K x K covariance that are not zero, up to a factor.
    variances = torch.linalg.eigvalsh(centred @ centred.transpose(1, 2)).clamp(min=0)
    total, size = variances.sum(-1), points.double().square().sum((1, 2))
    share = variances[:, -2:].sum(-1) / total
    found: npt.NDArray[np.float64] = torch.where(total > 1e-12 * size, share, torch.nan).cpu().numpy()
    return found


def _row(figures: dict[str, npt.NDArray[np.float64]], step: int) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, values in figures.items():
        row[name], row[f"{name}_error"] = _mean(values[step])
    return row


def _mean(values: Sequence[float] | npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    """Mean and half of its interval over the puzzles that have a value."""
    known = np.asarray(values)[~np.isnan(values)]
    if not len(known):
        return None, None
    return float(known.mean()), metrics.clustered_error(known) if len(known) > 1 else None
