"""Every router of the admin API, in the order in which they are tried."""

from gateway.admin import enrolment, officers, session

ROUTERS = (session.router, enrolment.router, officers.router)
