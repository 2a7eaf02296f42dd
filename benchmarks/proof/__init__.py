"""The loss suite: what each logging library loses, doubles and tears when things go wrong.

`make proof` runs every case on our logger and, where it applies, on the libraries people use today, in the same run:
they are the control. A case starts real processes that count each call that came back in a memory-mapped file (which
survives a kill), does its harm, and then looks for those events in what was written.
"""
