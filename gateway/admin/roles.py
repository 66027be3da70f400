"""Which role may call which route: the one table. A route of the admin API without a row cannot be made."""

from collections.abc import Mapping
from types import MappingProxyType

from registry.staff.officers import Role

A, P, O, R = Role.ADMINISTRATOR, Role.APPROVER, Role.OPERATOR, Role.AUDITOR  # noqa: E741 - columns of the table below.
NOBODY_YET: frozenset[Role] = frozenset()
"""For those who are not signed in: signing in, and using a one-time link."""
ALL = frozenset(Role)
BASE = "/v1/admin"

MATRIX: Mapping[tuple[str, str], frozenset[Role]] = MappingProxyType(
    {
        ("POST", f"{BASE}/session"): NOBODY_YET,
        ("GET", f"{BASE}/session"): ALL,
        ("DELETE", f"{BASE}/session"): ALL,
        ("POST", f"{BASE}/enrolment"): NOBODY_YET,
        ("POST", f"{BASE}/enrolment/finish"): NOBODY_YET,
        ("GET", f"{BASE}/officers"): frozenset({A, R}),
        ("POST", f"{BASE}/officers"): frozenset({A}),
        ("POST", f"{BASE}/officers/{{officer_id}}/roles"): frozenset({A}),
        ("POST", f"{BASE}/officers/{{officer_id}}/disable"): frozenset({A}),
        ("POST", f"{BASE}/officers/{{officer_id}}/enable"): frozenset({A}),
        ("POST", f"{BASE}/officers/{{officer_id}}/link"): frozenset({A}),
        ("GET", f"{BASE}/stuck"): frozenset({A, O, R}),
        ("GET", f"{BASE}/stuck/inquiries"): frozenset({A, O, R}),
        ("POST", f"{BASE}/stuck/replay"): frozenset({O}),
        ("POST", f"{BASE}/stuck/discard"): frozenset({O}),
        ("GET", f"{BASE}/mappings"): ALL,
        ("POST", f"{BASE}/mappings/{{name}}/rollback"): frozenset({A}),
        ("GET", f"{BASE}/mapping-changes"): frozenset({A, P, R}),
        ("POST", f"{BASE}/mapping-changes"): frozenset({A}),
        ("GET", f"{BASE}/mapping-changes/{{change_id}}"): frozenset({A, P, R}),
        ("POST", f"{BASE}/mapping-changes/{{change_id}}/approve"): frozenset({P}),
        ("POST", f"{BASE}/mapping-changes/{{change_id}}/refuse"): frozenset({A, P}),
        ("POST", f"{BASE}/mapping-changes/{{change_id}}/activate"): frozenset({A}),
        ("GET", f"{BASE}/search"): ALL,
        ("GET", f"{BASE}/cases/{{code}}"): ALL,
        ("GET", f"{BASE}/inquiries/{{inquiry_id}}"): ALL,
    }
)
"""(method, path) → the roles that may call it."""
