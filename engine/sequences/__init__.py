"""Sequences in memory: flat int tensors, the leave-one-out split, length-aware batches."""
