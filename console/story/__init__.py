"""The story `hub demo` tells: one building-permit case across four national systems, under one tracking code.

commands.py (above)  the command
cast.py              who takes part: participants, rights, keys, the subscriber that listens
caller.py            how an internal system calls the hub: plain JSON over HTTP
clock.py             a clock that the story may move on
acts.py, proofs.py   what happens, act by act
stage.py             how it looks in a terminal
"""
