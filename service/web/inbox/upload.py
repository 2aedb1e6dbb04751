"""What the upload drawer offers for its presets."""

from flask import Blueprint, Response

from service import identity
from service.api.resource import answer
from service.web import frame
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/upload/choices."""

    @web.get("/upload/choices")
    @frame.signed_in
    def upload_choices() -> Response:
        """Departments and customers that the asker may know of."""
        actor = identity.actor()
        customers = fonds.suggesting.party_names(actor)
        return answer({"departments": sorted(actor.departments), "customers": customers})
