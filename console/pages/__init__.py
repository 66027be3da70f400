"""Every page of the console and of the applicant, in the order of the navigation."""

from console.pages import enrolment, home, sign_in, stuck, track

PAGES = (*home.PAGES, *stuck.PAGES, *sign_in.PAGES, *enrolment.PAGES, *track.PAGES)
