"""DuckDB: what data there is. Import, clean, list, read, remove; all set work is SQL."""
