"""Squared error against cross-entropy, from a wrong start (lesson 03)."""
