"""The one family of exceptions a user may meet.

Every message is a sentence or two for a person: what was found, where, and what to do next.
The terminal shows the message alone and exits with status 1; anything outside this family is a
defect of ours.
"""


class SigmaError(Exception):
    """An error that the user can mend."""


class SourceError(SigmaError):
    """A file, table or query cannot be read as interactions or items, or cannot be downloaded."""


class LibraryError(SigmaError):
    """The library file is locked, damaged or too new, or a dataset in it is missing or taken."""


class SettingsError(SigmaError):
    """A setting has an unknown name or an impossible value."""


class RunError(SigmaError):
    """A run directory or checkpoint is missing, damaged, foreign or does not fit the data."""


class TrainingError(SigmaError):
    """Training cannot start or go on: no device, out of memory, a loss that is not a number."""


class QuestionError(SigmaError):
    """Something was asked of a model that it cannot answer: an unknown item, user or category."""


class OutputError(SigmaError):
    """A file cannot be written: it exists already, is a link, or its folder cannot be written."""


class ScenarioError(SigmaError):
    """Kept scenarios cannot be read or written, or a scenario cannot be called like that."""
