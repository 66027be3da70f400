"""The living example site behind `make run`: a municipality at work, so that a newcomer sees what the hub is for.

commands.py   the command: hub, simulators and console, until Ctrl-C
place.py      the example's own folder and database, never anybody else's
cast.py       who takes part: municipal systems, a unit without software, portals
courses.py    what an applicant's case asks for, step by step
weather.py    what goes wrong at the simulated systems: a holiday, broken contracts, lost answers
traffic.py    the days before, told quickly; then case after case, at the pace of an office
"""
