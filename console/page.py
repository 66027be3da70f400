"""What a page is: its address, who may open it, the function that answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from console.visit import Visit
from gateway.admin.roles import BASE, MATRIX
from registry.staff.officers import Role

Answer = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page. Raises LookupError when `needs` is no row of the admin API's table of roles.

    `needs` names the row, (method, path below `/v1/admin`), whose roles may open the page: there is no second table.
    None opens it to everyone, signed in or not. `menu` is the key of its text in the navigation, for pages that stand
    there; `below` is the address of the page whose place in the navigation is marked on this one.
    """

    path: str
    answer: Answer
    needs: tuple[str, str] | None
    method: str = "GET"
    menu: str = ""
    below: str = ""

    def __post_init__(self) -> None:
        if self.needs is not None and (self.needs[0], BASE + self.needs[1]) not in MATRIX:
            raise LookupError(f"{self.path}: {self.needs} has no row in gateway/admin/roles.py")

    @property
    def roles(self) -> frozenset[Role]:
        """Who may open it; empty for a page that is open to everyone."""
        return frozenset() if self.needs is None else MATRIX[self.needs[0], BASE + self.needs[1]]

    def admits(self, roles: frozenset[str]) -> bool:
        """Tell whether an officer with these roles may open it."""
        return self.needs is None or not roles.isdisjoint(self.roles)
