"""How a page is built: frame, parts, shapes and scripts, in one self-contained file."""
