"""What a job loads: the compiled files of its project that it needs first, and their size."""
