"""The autograder: marks what strangers have written, fast and safely.

`nnlib grade` reads what was handed in (`course` from nbgrader's folders,
`folder` from anywhere else), has it marked (`run`, `marker`, `marking`), and
stores each result whole. A student's code runs in a sandbox (`inside`,
`sandbox`, `bubble`) and the tests do not: they call it over a wire (`remote`,
`wire`) that carries data and nothing else.
"""
