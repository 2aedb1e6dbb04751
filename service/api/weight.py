"""Acts of weight: what asks again who somebody is, when he last showed it too long ago (R-SEC-6)."""

RIGHTS = {
    "people.add_user",
    "people.change_user",
    "people.disable_user",
    "people.reset_password",
    "knowing.save_role",
    "knowing.remove_role",
    "knowing.add_deputy",
    "knowing.give_grant",
    "knowing.set_circles",
    "tokens.add_token",
    "web.add_user",
    "web.change_user",
    "web.disable",
    "web.reset",
    "web.reset_factor",
    "web.add_role",
    "web.save_role",
    "web.remove_role",
    "web.add_deputy_admin_users_user_id",
    "web.add_deputy_me",
    "web.give_grant",
    "web.set_circles",
    "web.add_token",
    "web.end_session",
    "web.end_other_sessions",
    "web.revoke_any_token",
    "tokens.revoke_any_token",
}
"""Who may what (clearances among it), who may know of a record, who acts for whom; sessions and keys of others."""

SECRECY = {"secrecy.decide_secrecy", "web.decide"}
DESTRUCTION = {"lifecycle.weed_record", "weeding.decide_weeding", "web.decide_on_list"}
KEYS = {"system.rotate_keys"}

OF_WEIGHT = RIGHTS | SECRECY | DESTRUCTION | KEYS
"""Endpoints, of the API and of pages; each exists."""
