"""The read and settings API: one module per resource, each a plain answer."""
