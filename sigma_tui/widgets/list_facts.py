"""What is said about a list as a whole: how diverse and new it is, and what is gone from it."""

from rich.cells import cell_len
from rich.text import Text

from engine.explore.answer import Answer
from sigma_tui.beside.inference import Answered
from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import change, share
from sigma_tui.widgets.recommendation_line import short_title


def list_facts(answered: Answered, *, edited: bool, width: int) -> Text:
    """Diversity, coverage and novelty beside the original's, as many as there is room for."""
    answer, reference = answered.answer, answered.reference
    count = len(answer.recommendations)
    parts: list[Text] = []
    kinds = [("learned", answer.diversity_learned, reference.diversity_learned)]
    if answer.without_categories < count:
        kinds.insert(0, ("metadata", answer.diversity, reference.diversity))
    for kind, now, before in kinds:
        if now is None:
            continue
        part = Text(f" {kind} ")
        part.append(share(now), "bold")
        if edited and before is not None and change(now - before) != "·":
            part.append(f" ({change(now - before)})", "italic")
        parts.append(part)
    if parts:
        parts[0] = Text.assemble(f" Diversity@{count} ·", parts[0])
    if answer.diversity is not None and answer.without_categories:
        some = (
            "no" if answer.without_categories == count else f"{answer.without_categories} have no"
        )
        parts.append(Text(f" {some} metadata categories", "dim"))
    if answer.novelty is not None:
        parts.append(Text.assemble(" novelty ", (f"{answer.novelty:.1f}", "bold"), " bit"))
        covered = f"{answer.coverage:.3f}".removeprefix("0")
        parts.append(Text.assemble(" coverage ", (covered, "bold")))
    line = Text(no_wrap=True, overflow="ellipsis", end="")
    for part in parts:
        if line and line.cell_len + part.cell_len + 2 > width:
            continue
        if line:
            line.append(" ·", "dim")
        line.append_text(part)
    return line


def target_line(answered: Answered, titles: list[str], *, edited: bool) -> Text:
    """Where the item stands that really came next; empty where none is known."""
    said = Text(no_wrap=True, overflow="ellipsis", end="")
    answer, reference = answered.answer, answered.reference
    if answer.target is None:
        return said
    held_out = answered.question.held_out
    said.append(" held-out next item: " if held_out else " what came next: ", "dim")
    rank = answer.target_rank
    said.append(_why_unranked(answered, answer) if rank is None else f"#{rank:g}", "bold")
    known = reference.target_rank
    if rank is not None and edited and held_out and known is not None and known != rank:
        said.append(f" {'▲' if known > rank else '▼'}{abs(known - rank):g}", "bold")
    said.append(f"  {visible(titles[answer.target - 1])}")
    return said


def _why_unranked(answered: Answered, answer: Answer) -> str:
    hidden = answer.target in answered.question.hidden and answer.target not in answer.items
    return "hidden" if hidden else "in the sequence"


def gone_line(answered: Answered, titles: list[str], *, width: int) -> Text:
    """What the original's list had and this one has not; as many titles as there is room for."""
    said = Text(no_wrap=True, overflow="ellipsis", end="")
    now = {line.item for line in answered.answer.recommendations}
    gone = [line for line in answered.reference.recommendations if line.item not in now]
    if not gone or not now:
        return said
    said.append(" gone: ", "dim")
    for place, line in enumerate(gone):
        left = len(gone) - place
        text = f"{', ' if place else ''}{short_title(titles[line.item - 1])} (was {line.rank})"
        more = f" … {left} more"
        last = place == len(gone) - 1
        if place and said.cell_len + cell_len(text) + (0 if last else len(more)) > width:
            said.append(more, "dim")
            break
        said.append(text)
    return said
