"""Fetch official and open data: from their publishers or from a folder, checked, locked and never half.

`layers.fetch_layers` runs the whole way: `transfer` gets the bytes, `content` looks whether they are what
they should be, `unpack` takes a file out of an archive, `store` puts it in its place in one step, and `lock`
keeps what was fetched with its SHA-256.
"""
