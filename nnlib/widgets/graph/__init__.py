"""The chain rule at work on a graph (lessons 05 and 06)."""
