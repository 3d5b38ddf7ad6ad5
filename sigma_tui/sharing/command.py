"""The command that gives an analysis again, quoted so that a shell takes it apart as meant."""

import shlex
from collections.abc import Sequence

from engine.explore.categories import letter_of
from engine.explore.edits import steps_to
from sigma_tui.sharing.subject import Subject
from sigma_tui.typed.edit_words import words_of


def equivalent_command(subject: Subject, labels: Sequence[str]) -> str:
    """``sigma-tui recommend …`` for the list of a subject. Scenarios are not part of a command.

    labels: of the catalogue's items.
    """
    options = [*_sequence(subject, labels)]
    if subject.k != 10:
        options.append(("k", str(subject.k)))
    options.extend(
        ("steer", f"{letter_of(category)}={wanted:.4g}")
        for category, wanted in sorted(subject.steering.items())
    )
    if subject.diversity_weight:
        options.append(("diversify", f"{subject.diversity_weight:.4g}"))
    if subject.only is not None:
        only = subject.only
        options.append(("only", letter_of(only) if isinstance(only, int) else f"metadata:{only}"))
    options.extend(("hide", labels[item - 1]) for item in sorted(subject.hidden))
    if subject.library is not None:
        options.append(("library", str(subject.library)))
    whole = " --whole" if subject.asked.user is not None and subject.asked.held_out is None else ""
    return f"sigma-tui recommend {quoted(subject.run)}{whole}" + "".join(
        f" --{name} {quoted(value)}" if not value.startswith("-") else f" --{name}={quoted(value)}"
        for name, value in options
    )


def _sequence(subject: Subject, labels: Sequence[str]) -> list[tuple[str, str]]:
    """Whose sequence, and the edits. The items of somebody new are listed where nothing else was
    done than to add them, and where a list can hold their labels."""
    version, user = subject.asked.version, subject.asked.user
    steps = steps_to(version)
    if user is not None:
        options = [("user", user)]
    else:
        items = list(version.original)
        added = [step.item for step in steps if step.kind == "add" and step.item is not None]
        if len(added) == len(steps) and all(_can_be_listed(labels[item - 1]) for item in added):
            items, steps = items + added, ()
        options = [("items", ",".join(labels[item - 1] for item in items))]
    return [*options, *(("edit", words_of(step, labels)) for step in steps)]


def _can_be_listed(label: str) -> bool:
    return bool(label) and label == label.strip() and "," not in label


def quoted(word: str) -> str:
    """A word for a POSIX shell. Control characters are written as escapes: pasted raw they could
    end the paste and act on the terminal."""
    if word.isprintable():
        return shlex.quote(word)
    parts = []
    for character in word:
        if character in "\\'":
            parts.append("\\" + character)
        elif character.isprintable():
            parts.append(character)
        else:
            parts.extend(f"\\x{octet:02x}" for octet in character.encode("utf-8", "surrogatepass"))
    return "$'" + "".join(parts) + "'"
