"""Every router of the admin API, in the order in which they are tried."""

from gateway.admin import (
    cases,
    configuration,
    connectors,
    doubts,
    enrolment,
    inbox,
    mappings,
    missing,
    officers,
    replays,
    search,
    session,
    stuck,
    systems,
    traffic,
)

ROUTERS = (
    session.router,
    enrolment.router,
    officers.router,
    replays.router,
    stuck.router,
    mappings.router,
    configuration.router,
    connectors.router,
    doubts.router,
    search.router,
    cases.router,
    traffic.router,
    inbox.router,
    missing.router,
    systems.router,
)
