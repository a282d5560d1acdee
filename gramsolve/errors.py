"""Errors that end in one clear line for the user, each with the exit code the command line promises."""

from __future__ import annotations


class GramsolveError(Exception):
    """Base of everything a user can cause. ``str(error)`` is one line: what is wrong and what to do."""

    exit_code = 1


class BadInput(GramsolveError):
    """A puzzle, option or file that cannot be used as given."""

    exit_code = 2


class Missing(GramsolveError):
    """A plugin, checkpoint or device that is not there or does not work."""

    exit_code = 3


class OutOfTime(GramsolveError):
    """The time budget ended before the goal was reached."""

    exit_code = 4
