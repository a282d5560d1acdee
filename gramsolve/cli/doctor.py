"""``gramsolve doctor``: what works on this machine."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys

import click

from gramsolve.cli import inputs
from gramsolve.cli.terminal import print_json, stdout_console


@click.command()
@click.option(
    "--warm", is_flag=True, help="Compile the numba kernels of all tasks now, so that no later command waits for it."
)
@inputs.json_option
def doctor(warm: bool, as_json: bool) -> int:
    """Report versions, devices, folders, terminal, plugins and checkpoints. Exit code 3 if something is missing."""
    report, problems = _examine()
    if warm:
        report["warmed"] = _warm(problems)
    if as_json:
        print_json({**report, "problems": problems})
    else:
        for section, values in report.items():
            click.echo(section)
            width = max(map(len, values), default=0)
            for name, value in values.items():
                click.echo(f"  {name:<{width}}  {value}")
        click.echo("all is well" if not problems else "\n".join(f"problem: {p}" for p in problems))
    return 3 if problems else 0


def _examine() -> tuple[dict[str, dict[str, str]], list[str]]:
    """The report by section, and what is wrong."""
    from importlib import metadata

    import platformdirs

    from gramsolve import __version__
    from gramsolve.checkpoints import store
    from gramsolve.data import cache, library
    from gramsolve.tasks import registry

    problems: list[str] = []
    versions = {"gramsolve": __version__, "python": platform.python_version()}
    for name in _packages():
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "missing"
            problems.append(f"the package {name} is missing: install gramsolve again")
    plugins = {}
    for plugin in registry.listing():
        plugins[plugin.name] = plugin.status if not plugin.reason else f"{plugin.status}: {plugin.reason}"
        if plugin.status == "broken":
            problems.append(f"plugin {plugin.name}: {plugin.reason}")
    checkpoints = {}
    for info in store.listing():
        found = store.verify(info.path) if versions.get("torch") != "missing" else []
        checkpoints[info.name] = "; ".join(found) or f"whole, {info.origin}"
        problems += [f"checkpoint {info.name}: {text}" for text in found]
    if not checkpoints:
        problems.append("no checkpoint at all: train one with `gramsolve train nqueens`")
    return {
        "versions": versions,
        "compute": _compute(),
        "terminal": _terminal(),
        "folders": {
            "checkpoints": str(platformdirs.user_data_path("gramsolve") / "checkpoints"),
            "data": str(library.root()),
            "prepared data": str(cache.root()),
        },
        "plugins": plugins,
        "checkpoints": checkpoints,
    }, problems


def _packages() -> list[str]:
    """Names of the packages that an installed gramsolve requires, without its extras."""
    from importlib import metadata

    try:
        needed = metadata.requires("gramsolve") or []
    except metadata.PackageNotFoundError:
        return []
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed if "extra ==" not in line]


def _compute() -> dict[str, str]:
    try:
        import torch
    except Exception as error:
        return {"torch": f"does not load: {error}"}
    devices = ["cpu"]
    if torch.cuda.is_available():
        devices.append(f"cuda ({torch.cuda.get_device_name(0)})")
    if torch.backends.mps.is_available():
        devices.append("mps")
    from gramsolve import device
    from gramsolve.training import autotune

    usual = "clang++" if sys.platform == "darwin" else "g++"
    compiler = shutil.which(os.environ.get("CXX", usual))
    return {
        "devices": ", ".join(devices),
        "threads": str(torch.get_num_threads()),
        "cores": str(os.cpu_count()),
        "training in": autotune.precision(device.choose()),
        "compiler": compiler or "none: training is not compiled, and a third slower or more",
    }


def _terminal() -> dict[str, str]:
    size = shutil.get_terminal_size()
    console = stdout_console()
    return {
        "stdout": "terminal" if sys.stdout.isatty() else "not a terminal",
        "size": f"{size.columns}x{size.lines}",
        "colours": str(console.color_system or "none"),
        "encoding": console.encoding,
        "TERM": os.environ.get("TERM", "unset"),
    }


def _warm(problems: list[str]) -> dict[str, str]:
    """Run every validator and exact solver once; numba caches their compiled kernels."""
    import time

    from gramsolve.tasks import registry

    warmed = {}
    for plugin in registry.listing():
        if plugin.status != "ok":
            continue
        started = time.perf_counter()
        try:
            task = registry.load(plugin.name)
            for variant in task.variants():
                instance = task.generate(variant.name, 1, 0)[0]
                inputs = task.encode(instance)[None]
                task.enumerate(instance, 1)
                if task.capabilities.validator:
                    task.check(variant.name, inputs, inputs)
            warmed[plugin.name] = f"{time.perf_counter() - started:.1f} s"
        except Exception as error:
            problems.append(f"plugin {plugin.name} fails: {type(error).__name__}: {error}")
    return warmed
