"""``rocqshim top``: what runs, waits and has ended, redrawn each second.

`frame` makes plain lines of what the broker answered, `keys` what a key does; `screen` owns the
terminal, `asker` the conversation with the broker, `live` joins them.
"""
