"""Every router of the admin API, in the order in which they are tried."""

from gateway.admin import doubts, enrolment, missing, officers, search, session, stuck, systems

ROUTERS = (
    session.router,
    enrolment.router,
    officers.router,
    stuck.router,
    doubts.router,
    search.router,
    missing.router,
    systems.router,
)
