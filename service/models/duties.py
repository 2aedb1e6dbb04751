"""Who is to hand in what: the division of collecting over departments and persons."""

from mongoengine import DateTimeField, Document, StringField


class Duty(Document):
    """A department that owes the records of a category, and the person who sees to it; the id is "department:category".

    `told` is of what the person was reminded last: "2026-1-due", "2026-1-late".
    """

    meta = {"collection": "duties", "auto_create_index": False, "strict": False, "indexes": ["department"]}

    id = StringField(primary_key=True)
    department = StringField(required=True)
    category = StringField(required=True)
    person = StringField(default="")
    by = StringField(default="")
    at = DateTimeField(required=True)
    told = StringField(default="")
