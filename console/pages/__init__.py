"""Every page of the console and of the applicant, in the order of the navigation."""

from console.pages import enrolment, home, sign_in, track

PAGES = (*home.PAGES, *sign_in.PAGES, *enrolment.PAGES, *track.PAGES)
