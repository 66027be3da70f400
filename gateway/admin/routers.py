"""Every router of the admin API, in the order in which they are tried."""

from gateway.admin import configuration, connectors, enrolment, officers, search, session, stuck

ROUTERS = (
    session.router,
    enrolment.router,
    officers.router,
    stuck.router,
    search.router,
    configuration.router,
    connectors.router,
)
