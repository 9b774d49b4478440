"""HTTP: one way to read a request, to name its tenant, and to answer or refuse it."""
