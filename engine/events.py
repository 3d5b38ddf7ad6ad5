"""Events that a log may keep: what was done, never whose data it was done with."""

import logging

LOG = logging.getLogger("sigma-tui")
"""Silent until somebody gives it a place to write to."""
LOG.addHandler(logging.NullHandler())


def event(name: str, **facts: str | int | float) -> None:
    """Tells of an event. name: a word or two, always the same. facts: counts, seconds, kinds; no
    titles, labels, names or paths, so that a log can be given to anybody."""
    LOG.info(name, extra={"facts": facts})
