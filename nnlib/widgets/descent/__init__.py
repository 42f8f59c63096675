"""Four optimisers on one landscape, from one start (lesson 07)."""
