"""The quality measure: it can be loaded, and gives every figure that it names, for samples and for real ones."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks import quality as measures
from gramsolve.tasks.task import Task
from gramsolve.tasks.testing.helpers import require


def quality(task: Task, variant: str) -> None:
    """Random outputs can be kept and measured, and every figure is a finite number that can be written."""
    if not task.capabilities.quality:
        return
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    try:
        measure = measures.load(task, variant)
    except Exception as error:
        raise AssertionError(f"quality: {task.capabilities.quality} cannot be loaded: {error}") from error
    outputs = rng.integers(spec.output_vocab, size=(measure.least, spec.output_length), dtype=np.uint8)
    kept = measure.keep(outputs)
    require(len(kept) == len(outputs), "quality: `keep` does not keep one row for each sample")
    found = measure.measure([kept, kept], task.dataset(variant, task.protocols[0]), 0)
    require(len(found.samples) == 2, "quality: not as many rows as sets of samples")
    for values in (*found.samples, found.real):
        for figure in measure.figures:
            require(figure.name in values, f"quality: there is no figure {figure.name!r}")
            value = values[figure.name]
            require(bool(np.isfinite(value)), f"quality: {figure.name} is {value}")
            figure.form.format(value)
    for text in (measure.noun, measure.note, measure.remark(found.real)):
        require(text != "" and text.isprintable(), "quality: a text is empty or not one line")
