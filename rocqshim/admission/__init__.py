"""Admission: which job may start now, which is repeated, and who would be killed first.

Pure: plain data in, plain data out; no clock, no file, no process. The broker and the simulator
run the same code.
"""
