"""Errors that a user can cause. The command line prints each as one line and exits with its code."""

from __future__ import annotations


class GramsolveError(Exception):
    """Base of all errors that a user can cause. ``str(error)`` is one line: what is wrong and what to do."""

    exit_code = 1


class BadInput(GramsolveError):
    """A puzzle, option or file that is not valid."""

    exit_code = 2


class Missing(GramsolveError):
    """A plugin, checkpoint or device that does not exist or does not work."""

    exit_code = 3


class OutOfTime(GramsolveError):
    """The time limit was reached before the goal."""

    exit_code = 4
