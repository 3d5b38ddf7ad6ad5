"""What was seen of a training, in sentences for a person: what happens, why, and what to do."""

from dataclasses import replace

from engine.training.advice import advice_on_interests
from engine.training.course import Standing
from sigma_tui.look.text import clock, counted
from sigma_tui.training.follower import Look, Phase

MARKS: dict[Phase, str] = {
    "starting": "○ starting",
    "training": "● training",
    "stopping": "◐ stopping",
    "done": "✓ done",
    "stopped": "■ stopped",
    "failed": "✗ failed",
    "killed": "✗ killed",
    "gone": "✗ gone",
}
"""A sign and a word for each phase, so that nothing depends on colour."""

READING, FINDING = "reading the data", "finding where items begin"
"""What a training does before its first step."""


def phase_sentence(look: Look) -> str:
    """What happens, and what a person can do about it."""
    standing = look.standing
    if look.phase == "starting":
        return "The process is starting; loading the programs and the data takes some seconds."
    if look.phase == "training":
        where = (
            f"Training on {standing.device}{_together(standing)}, epoch {standing.epoch} of "
            f"{standing.epochs} at most"
        )
        does = "reads the data or validates"
        if standing.finding:
            where = (
                f"Finding where items begin, for training on {standing.device}{_together(standing)}"
                ": up to a minute for a large catalogue, more on a busy machine"
            )
            does = "works on something large"
        if look.silent:
            return (
                f"{where}, but nothing was heard of it for {look.silent} seconds: it {does}, which "
                "may take long, or it hangs. Press s to stop it."
            )
        return f"{where}. It goes on when you leave the app."
    if look.phase == "stopping":
        if look.why:
            return _closed(look.why)
        if look.silent:
            return (
                f"It was asked to stop, but nothing was heard of it for {look.silent} seconds. "
                f"Wait, or press s again to end its process: then you {_again(look)}."
            )
        if standing.finding:
            return "Stopping in a moment; where items begin is found anew when you go on."
        return "Stopping after the step under way; everything is kept."
    if look.phase == "done":
        early = standing.trained < standing.epochs
        why = f"no better one came for {standing.patience} epochs" if early else "that was all"
        after = counted(standing.trained, "epoch")
        return f"Finished after {after}: {why}. Press enter to explore it."
    if look.phase == "stopped":
        if not standing.begins:
            return "Nothing of it has been trained yet. Press c to begin."
        where = f"before epoch {standing.epoch}, while it was found where items begin"
        if not standing.finding:
            where = f"in epoch {standing.epoch}"
        return f"Stopped {where}. Press c to go on, to the same result."
    if look.phase == "failed":
        return (
            f"Failed: {_closed(look.why)} Press e to change settings and train anew, or c to "
            f"{_again(look)}."
        )
    if look.phase == "killed":
        return f"The process ended without a word: {_closed(look.why)} Press c to {_again(look)}."
    return _closed(look.why)


def step_words(standing: Standing) -> str:
    """What is done in the epoch under way, or before the first."""
    if standing.finding:
        return FINDING
    if standing.steps:
        return f"step {standing.step:,} of {standing.steps:,}"
    return "begins" if standing.trained else READING


def progress_line(standing: Standing) -> str:
    """Speed, memory and the time that is left, as far as they are known."""
    parts = []
    if standing.speed is not None:
        parts.append(f"{standing.speed:,.0f} sequences/s")
    if standing.memory is not None:
        parts.append(f"{standing.memory / 2**30:.2f} GiB of memory at most")
    left = standing.seconds_left
    if left is None:
        parts.append("the first epoch tells how long it takes")
    elif left[0] < left[1]:
        parts.append(f"left {clock(left[0])} if no epoch is better, {clock(left[1])} at most")
    else:
        parts.append(f"left {clock(left[1])}")
    return " · ".join(parts)


def best_line(standing: Standing) -> str:
    """The best epoch so far, and how long the training waits for a better one."""
    if not standing.best_epoch:
        return "Best epoch: the first has not ended."
    names = {"recall@20": "Recall@20", "ndcg@20": "NDCG@20", "mrr": "MRR"}
    metrics = " · ".join(
        f"{names[name]} {standing.best[name]:.4f}" for name in names if name in standing.best
    )
    waited = (
        f"; none better for {standing.waited}, it stops after {standing.patience}"
        if standing.waited
        else ""
    )
    return f"Best epoch {standing.best_epoch} of {standing.trained}: {metrics}{waited}"


def interests_line(look: Look) -> str:
    """Whether the interests live at the best epoch, and what to do if they do not; empty for a
    model without interests."""
    run, alive = look.run, look.standing.alive
    if run is None or alive is None:
        return ""
    advice = advice_on_interests(replace(run, interests_alive=alive))
    told = f"Interests alive: {alive} of {run.interests}"
    return f"{told}. {advice.partition('. ')[2]}" if advice else told


def _together(standing: Standing) -> str:
    return f" in {standing.processes} processes" if standing.processes > 1 else ""


def _again(look: Look) -> str:
    if not look.kept:
        return "begin again: no epoch had ended"
    if not look.standing.trained:
        return "go on from where it was stopped before, in the first epoch"
    return f"go on, as everything up to epoch {look.standing.trained} is kept"


def _closed(text: str) -> str:
    """A text that ends as a sentence does."""
    text = text.strip() or "it did not say why."
    return text if text[-1] in ".!?" else f"{text}."
