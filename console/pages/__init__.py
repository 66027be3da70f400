"""Every page of the console and of the applicant, in the order of the navigation."""

from console.pages import cases, enrolment, home, search, sign_in

PAGES = (*home.PAGES, *search.PAGES, *cases.PAGES, *sign_in.PAGES, *enrolment.PAGES)
