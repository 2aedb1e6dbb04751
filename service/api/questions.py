"""Questions: what every address that asks the archive takes, in a query or in a body."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from service.api.inputs import Day, ShortLine, Text
from service.domain.archival_classes import ARCHIVAL_CLASSES

Several = Annotated[list[ShortLine], Field(max_length=50, default_factory=list)]


class Conditions(BaseModel):
    """What narrows a question. Repeated values of one kind are alternatives. Mixed into an `Input` or a `Query`."""

    q: Annotated[Text, StringConstraints(max_length=1000)] = Field(
        "", description='Words, "phrases", 字段:值'
    )
    category: Several
    archival_class: Annotated[Several, Field(description=", ".join(ARCHIVAL_CLASSES))]
    department: Several
    type: Annotated[
        Several,
        Field(description="pdf, word, slides, sheet, text, mail, image, video, audio, archive, other"),
    ]
    customer: Several
    tag: Several
    state: Several
    dossier: Annotated[Several, Field(description="Ids of dossiers")]
    from_: Day | None = Field(None, alias="from", description="Earliest date of the record")
    to: Day | None = Field(None, description="Latest date of the record")

    def conditions(self) -> dict[str, Any]:
        """The same by the names of `Question`."""
        return {
            "text": self.q,
            "category": tuple(self.category),
            "archival_class": tuple(self.archival_class),
            "department": tuple(self.department),
            "family": tuple(self.type),
            "customer": tuple(self.customer),
            "tag": tuple(self.tag),
            "state": tuple(self.state),
            "dossier": tuple(self.dossier),
            "date_from": self.from_,
            "date_to": self.to,
        }
