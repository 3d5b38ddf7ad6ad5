"""The paper's experiments: what is run, what is kept of it, tables and the report."""
