"""What runs in the sandbox, beside the student's code: trusted by nobody."""
