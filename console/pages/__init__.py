"""Every page of the console and of the applicant, in the order of the navigation."""

from console.pages import (
    cases,
    configuration,
    connectors,
    enrolment,
    home,
    inbox,
    missing,
    search,
    sign_in,
    stuck,
    track,
)

PAGES = (
    *home.PAGES,
    *stuck.PAGES,
    *inbox.PAGES,
    *search.PAGES,
    *cases.PAGES,
    *connectors.PAGES,
    *configuration.PAGES,
    *missing.PAGES,
    *sign_in.PAGES,
    *enrolment.PAGES,
    *track.PAGES,
)
