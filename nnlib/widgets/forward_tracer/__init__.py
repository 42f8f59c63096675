"""A batch on its way through a network, array by array (lesson 04)."""
