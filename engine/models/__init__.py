"""Models behind one small protocol: SIGMA, shared blocks, baselines."""
