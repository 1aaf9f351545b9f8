"""What goes wrong for a user, as exceptions whose message can be shown as it is.

The form of every message: what was found and where; what was expected; what to do next. The command line and the
pages print the message alone; any other exception is a bug of ours and keeps its traceback.
"""

from __future__ import annotations


class PolyvocalError(Exception):
    """Something failed that is not a bug: the message says what, and what to do. Exit status 1."""

    exit_status = 1


class InputError(PolyvocalError):
    """The user gave something that cannot be used (a file, a spec, an option). Exit status 2."""

    exit_status = 2


class NoHumanLabels(InputError):
    """No person labelled what personas are to be set beside; pages show a place that is empty, not an error."""


class MissingPackageError(PolyvocalError):
    """A package that only this feature needs is not installed; the message names the command that installs it."""


class BackendError(PolyvocalError):
    """A backend as a whole cannot answer (no server, no model, no memory). One request's failure is data instead."""
