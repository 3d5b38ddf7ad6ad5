"""SIGMA (DASFAA 2025, arXiv 2502.16140), one file a part of the paper."""
