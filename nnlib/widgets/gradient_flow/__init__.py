"""How gradients shrink or grow through many layers (lesson 08)."""
