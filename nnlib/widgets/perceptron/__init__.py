"""A perceptron in training, one mistake at a time (lesson 01)."""
