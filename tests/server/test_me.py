"""A page learns who its user is, what they may do, and what runs the server."""

from tests.servers import serving
from tests.teams import User, add_experiment, team

from treadle import __version__


def test_without_accounts_everyone_may_everything(place):
    with serving(place) as address:
        assert User(address).get("me").ok == {
            "name": "",
            "role": "admin",
            "is_known": False,
            "may_edit": True,
            "version": __version__,
            "store": "postgresql" if place.startswith("postgresql") else "sqlite",
            "has_sign_out": False,
        }


def test_accounts_have_a_name_and_may_edit_what_is_theirs(place):
    mine = add_experiment(place, "mine")
    roles = {"ada": "admin", "eve": "editor", "vic": "viewer", "nan": "none"}
    with team(place, **roles, own={mine: "editor"}) as users:
        found = {name: user.get("me").ok for name, user in users.items()}
        assert all(one["is_known"] and one["name"] == name for name, one in found.items())
        assert {name: one["role"] for name, one in found.items()} == {**roles, "own": "none"}
        assert {name for name, one in found.items() if one["may_edit"]} == {"ada", "eve", "own"}
        assert User(users["ada"].address).get("me").status == 401
