"""What to change about a training, where its files tell."""

from engine.training.runs import RunSummary


def advice_on_interests(run: RunSummary) -> str:
    """What to do if less than half of the interests of the best epoch live; empty if they do."""
    if run.living_share >= 1:
        return ""
    settings = run.settings["model"]
    if "categories" in settings:
        advice = (
            "Raise interest_weight or orthogonality_weight, or lower temperature or "
            "interest_prior_weight."
        )
    elif settings.get("loss") == "softmax":
        advice = (
            "The softmax of the best interest does not keep them apart; --set loss=readout does."
        )
    else:
        return ""
    return f"interests collapsed: {run.interests_alive} of {run.interests} live. {advice}"
