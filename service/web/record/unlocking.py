"""The form on an encrypted file: its password is given once, and the file is read again with it."""

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.errors import Conflict, InvalidInput
from service.problems import said
from service.web import frame
from service.web.language import translated as _
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/files/…/unlock."""

    @web.post("/files/<file_id>/unlock")
    @frame.signed_in
    def unlock_file(file_id: str) -> Answer:
        actor = identity.actor()
        file = fonds.files.get(actor, file_id)
        at = f"/records/{file.record_id}?file={file.id}"
        try:
            opened = fonds.unlocking.unlock(actor, file_id, request.form.get("password", ""))
        except InvalidInput as fault:
            return frame.leave_within(f"{at}&refused={fault.faults[0].code}")
        except Conflict as fault:
            frame.say(said(str(fault), fault.params))
            return frame.leave_within(at)
        if opened.state == "done":
            frame.say(_("密码正确：文字已收进检索，原件仍然加密，密码没有保存"))
        else:
            frame.say(_("正在用这个密码读取，读完即可检索"))
        return frame.leave_within(at)
