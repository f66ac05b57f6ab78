"""Which sentence of a file takes the memory: its compile repeated, and looked at.

call.py: how it was compiled. repeat.py: once more, as a job, past the project's outputs.
course.py: what was printed and held, put together. sentences.py: where sentences are. table.py:
for people and programs.
"""
