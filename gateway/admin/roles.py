"""Which role may call which route: the one table. A route of the admin API without a row cannot be made."""

from collections.abc import Mapping
from types import MappingProxyType

from registry.staff.officers import Role

A, P, O, R = Role.ADMINISTRATOR, Role.APPROVER, Role.OPERATOR, Role.AUDITOR  # noqa: E741 - columns of the table below.
NOBODY_YET: frozenset[Role] = frozenset()
"""For those who are not signed in: signing in, and using a one-time link."""
C = Role.CLERK
ALL = frozenset({A, P, O, R})
"""Whoever runs the hub. A clerk does not: they see their own units' inboxes and nothing else."""
BASE = "/v1/admin"

MATRIX: Mapping[tuple[str, str], frozenset[Role]] = MappingProxyType(
    {
        ("POST", f"{BASE}/session"): NOBODY_YET,
        ("GET", f"{BASE}/session"): ALL | {C},
        ("DELETE", f"{BASE}/session"): ALL | {C},
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
        ("GET", f"{BASE}/stuck/causes/{{cause_id}}"): frozenset({A, O, R}),
        ("POST", f"{BASE}/stuck/causes/{{cause_id}}/notes"): frozenset({A, O}),
        ("POST", f"{BASE}/stuck/causes/{{cause_id}}/owner"): frozenset({A, O}),
        ("GET", f"{BASE}/stuck/runs"): frozenset({A, O, R}),
        ("POST", f"{BASE}/stuck/runs"): frozenset({O}),
        ("POST", f"{BASE}/stuck/runs/{{run_id}}/stop"): frozenset({A, O}),
        ("POST", f"{BASE}/stuck/replay"): frozenset({O}),
        ("POST", f"{BASE}/stuck/discard"): frozenset({O}),
        ("GET", f"{BASE}/configuration"): ALL,
        ("GET", f"{BASE}/configuration/file"): frozenset({A, P, R}),
        ("POST", f"{BASE}/configuration/plan"): frozenset({A, P}),
        ("GET", f"{BASE}/configuration/changes"): frozenset({A, P, R}),
        ("POST", f"{BASE}/configuration/changes"): frozenset({A}),
        ("GET", f"{BASE}/configuration/changes/{{change_id}}"): frozenset({A, P, R}),
        ("POST", f"{BASE}/configuration/changes/{{change_id}}/approve"): frozenset({P}),
        ("POST", f"{BASE}/configuration/changes/{{change_id}}/reject"): frozenset({P}),
        ("POST", f"{BASE}/configuration/changes/{{change_id}}/withdraw"): frozenset({A}),
        ("GET", f"{BASE}/configuration/revisions"): frozenset({A, P, R}),
        ("GET", f"{BASE}/configuration/revisions/{{number}}"): frozenset({A, P, R}),
        ("POST", f"{BASE}/configuration/rollback"): frozenset({A}),
        ("GET", f"{BASE}/connectors"): ALL,
        ("GET", f"{BASE}/connectors/{{name}}"): ALL,
        ("POST", f"{BASE}/connectors/{{name}}"): frozenset({A}),
        ("POST", f"{BASE}/connectors/{{name}}/state"): frozenset({A, O}),
        ("POST", f"{BASE}/connectors/{{name}}/test"): frozenset({A, O}),
        ("GET", f"{BASE}/connector-forms/{{folder}}"): frozenset({A, P, R}),
        ("POST", f"{BASE}/inquiries/{{inquiry_id}}/resolution"): frozenset({O}),
        ("GET", f"{BASE}/systems"): ALL,
        ("GET", f"{BASE}/traffic"): ALL,
        ("GET", f"{BASE}/traffic/live"): ALL,
        ("GET", f"{BASE}/inbox/due"): ALL,
        ("GET", f"{BASE}/inbox"): frozenset({C}),
        ("GET", f"{BASE}/inbox/{{inquiry_id}}"): frozenset({C}),
        ("POST", f"{BASE}/inbox/{{inquiry_id}}/claim"): frozenset({C}),
        ("POST", f"{BASE}/inbox/{{inquiry_id}}/release"): frozenset({C}),
        ("POST", f"{BASE}/inbox/{{inquiry_id}}/answer"): frozenset({C}),
        ("POST", f"{BASE}/inbox/{{inquiry_id}}/refusal"): frozenset({C}),
        ("POST", f"{BASE}/officers/{{officer_id}}/units"): frozenset({A}),
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
        ("POST", f"{BASE}/inquiries/{{inquiry_id}}/payload"): frozenset({A, R}),
        ("GET", f"{BASE}/missing-services"): ALL,
        ("POST", f"{BASE}/missing-services"): frozenset({A}),
        ("GET", f"{BASE}/missing-services/{{name}}"): ALL,
        ("POST", f"{BASE}/missing-services/{{name}}/versions"): frozenset({A}),
        ("POST", f"{BASE}/missing-services/{{name}}/steps"): frozenset({A}),
        ("GET", f"{BASE}/missing-services/{{name}}/letter"): ALL,
    }
)
"""(method, path) → the roles that may call it."""
