"""Every router of the admin API, in the order in which they are tried."""

from gateway.admin import enrolment, mappings, officers, search, session, stuck

ROUTERS = (session.router, enrolment.router, officers.router, stuck.router, mappings.router, search.router)
