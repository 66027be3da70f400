"""Every router of the admin API, in the order in which they are tried."""

from gateway.admin import enrolment, officers, search, session, stuck, systems

ROUTERS = (session.router, enrolment.router, officers.router, stuck.router, search.router, systems.router)
