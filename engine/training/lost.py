"""A device that is lost in the middle of a training, told from what was said.

Nothing imports torch: the app reads it in the output of a process as well.
"""

import re

SAID = re.compile(
    r"(?:CUDA|HIP|cuDNN|NCCL|MPS)(?: driver)? error: [^\n]*|CUBLAS_STATUS_\w+|CUDNN_STATUS_\w+"
)
OURS = "device-side assert"
"""A defect of the program, not of the device."""
LONGEST = 200


def lost_device(said: str, run: str) -> str:
    """Why a device that said this is lost and what to do, as a sentence; empty if it is not.

    run: name of the run that was trained.
    """
    found = SAID.search(said)
    if found is None or OURS in said:
        return ""
    return (
        f"the device was lost ({found[0].strip()[:LONGEST]}). What the last whole epoch left is "
        "kept. See whether it is back, such as with nvidia-smi, and go on; or without it: "
        f"sigma-tui train --resume {run} --device cpu"
    )
