"""What waits to be made of files that are done."""

from mongoengine import DateTimeField, Document, IntField, StringField


class Making(Document):
    """One thing to be made of a file, whose id it bears: small as long as it waits, gone when it is made or given up.

    `token` changes with every reading of the file, so that what was made of an earlier one is refused.
    """

    meta = {
        "collection": "makings",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["slot"]}],
    }

    id = StringField(primary_key=True)
    want = StringField(required=True)
    token = StringField(required=True)
    slot = IntField(required=True)
    attempts = IntField(default=0)
    owner = StringField(default="")
    lease_until = DateTimeField()
