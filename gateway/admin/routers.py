"""Every router of the admin API, in the order in which they are tried."""

from gateway.admin import doubts, enrolment, missing, officers, replays, search, session, stuck

ROUTERS = (
    session.router,
    enrolment.router,
    officers.router,
    replays.router,
    stuck.router,
    doubts.router,
    search.router,
    missing.router,
)
