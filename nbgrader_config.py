"""For nbgrader: solutions/ is the source of a course, exercises/ its release.

Run nbgrader in this folder. `make exercises` does the same as `nbgrader
generate_assignment`, without a gradebook, for all sheets.
"""

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.course_id = "nnlib"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.ClearSolutions.code_stub = {
    "python": "raise NotImplementedError()  # your answer goes here"
}
c.ExecutePreprocessor.timeout = 120
