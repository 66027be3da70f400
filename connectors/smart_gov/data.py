"""What the simulated portal knows about people: invented folders of invented citizens.

Every national ID of the range 999… with a right check digit has a folder. No such ID is issued to anybody.
"""

from typing import Final

#: The folder exists and takes messages, but shows them later: the answer is QUEUED.
SLOW_FOLDERS: Final = frozenset({"9990000026"})
#: The citizen has never opened the folder.
INACTIVE_FOLDERS: Final = frozenset({"9990000069"})

_RANGE: Final = "999"
_LENGTH: Final = 10


def right_check_digit(national_code: str) -> bool:
    """The portal's own check of a national ID: modulus 11 over the first nine digits."""
    if len(national_code) != _LENGTH or not (national_code.isascii() and national_code.isdigit()):
        return False
    rest = sum(int(digit) * (_LENGTH - place) for place, digit in enumerate(national_code[:-1])) % 11
    return int(national_code[-1]) == (rest if rest < 2 else 11 - rest)  # noqa: PLR2004 - the rule's own number.


def has_folder(national_code: str) -> bool:
    """Whether the invented citizen exists."""
    return national_code.startswith(_RANGE)
