"""Every router of the admin API, in the order in which they are tried."""

from gateway.admin import cases, enrolment, officers, search, session, stuck, traffic

ROUTERS = (session.router, enrolment.router, officers.router, stuck.router, search.router, cases.router, traffic.router)
