"""Every page of the console and of the applicant, in the order of the navigation."""

from console.pages import configuration, connectors, enrolment, home, sign_in

PAGES = (*home.PAGES, *connectors.PAGES, *configuration.PAGES, *sign_in.PAGES, *enrolment.PAGES)
