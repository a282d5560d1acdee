"""Entry point: a lazy group of commands. Every error is one line on stderr and has a stable exit code.

Exit codes: 0 done, 1 not solved or not valid, 2 wrong usage or bad input, 3 checkpoint, plugin or device missing, 4 out
of time, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

import click

from gramsolve import __version__
from gramsolve.errors import GramsolveError

# Name -> (module:attribute, help). The help is here so that `gramsolve --help` imports no command.
COMMANDS = {
    "tui": ("gramsolve.cli.tui:tui", "Watch trajectories solve a puzzle, live."),
    "solve": ("gramsolve.cli.solve:solve", "Solve puzzles from a text, a file or stdin."),
    "sample": ("gramsolve.cli.sample:sample", "Sample boards unconditionally."),
    "generate": ("gramsolve.cli.generate:generate", "Generate puzzles."),
    "train": ("gramsolve.cli.train:train", "Train a model, or resume a run."),
    "eval": ("gramsolve.cli.eval:evaluate", "Measure a checkpoint on held-out puzzles."),
    "reproduce": ("gramsolve.cli.reproduce:reproduce", "Train, measure and document a checkpoint."),
    "export": ("gramsolve.cli.export:export", "Convert a recorded run to PNG, SVG, GIF or JSON."),
    "data": ("gramsolve.cli.data:data", "List, prepare and import the data of tasks."),
    "checkpoints": ("gramsolve.cli.checkpoints:checkpoints", "List, describe, verify and convert checkpoints."),
    "plugins": ("gramsolve.cli.plugins:plugins", "List tasks, create one, check it."),
    "doctor": ("gramsolve.cli.doctor:doctor", "Report what works on this machine."),
}


class LazyGroup(click.Group):
    """Imports a command's module only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command {args[0]!r}: {hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "GRAMSOLVE"},
    epilog="Try `gramsolve tui`, or `gramsolve solve nqueens` for an example without a terminal.",
)
@click.version_option(__version__, "--version", prog_name="gramsolve", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show a traceback for unexpected errors.")
def cli(debug: bool) -> None:
    """Watch a small stochastic recursive network solve puzzles in your terminal."""


class Terminated(BaseException):
    """Raised on SIGTERM, so that open files are finished and the terminal is restored."""


def _on_sigterm(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    signal.signal(signal.SIGTERM, _on_sigterm)
    sys.exit(run(args))


def run(args: list[str] | None = None) -> int:
    """Run one command; its exit code. Every failure ends in one line on stderr."""
    arguments = sys.argv[1:] if args is None else args
    stdout = sys.stdout
    try:
        result: Any = cli.main(arguments, prog_name="gramsolve", standalone_mode=False, obj=tuple(arguments))
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "gramsolve"
        return _fail(f"{error.format_message().rstrip('.')} (see `{where} --help`)", 2)
    except click.ClickException as error:
        return _fail(error.format_message(), 2)
    except GramsolveError as error:
        return _fail(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _fail("interrupted", 130)
    except Terminated:
        return _fail("terminated", 143)
    except BrokenPipeError:
        return _silence_stdout()
    except SystemExit as stop:
        # Shell completion exits this way. So do rich and click when the pipe is broken: rich while it handles the
        # error, click after it has replaced stdout.
        if isinstance(stop.__context__, BrokenPipeError) or sys.stdout is not stdout:
            return _silence_stdout()
        return stop.code if isinstance(stop.code, int) else 0
    except Exception as error:
        if "--debug" in arguments:
            raise
        text = " ".join(str(error).split()) or "no message"
        return _fail(f"unexpected {type(error).__name__}: {text} (run with `gramsolve --debug` for more)", 1)


def _silence_stdout() -> int:
    """The reader has closed the pipe, as ``| head`` does: send the final flush to /dev/null."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _fail(message: str, code: int) -> int:
    """Print one line on stderr. It may quote a file, so control characters are escaped."""
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(message.split()))
    click.echo(f"gramsolve: {line}", err=True)
    return code
