"""What was logged by step is listed by key, also what MLflow's clients logged."""

from tests.servers import serving
from tests.teams import User, add_experiment, create_run, team

import treadle

UUID = "0d1c6c1e-6f3c-4b8e-9d5e-0c7b7f9f2d11"


def media(user, run):
    return [
        (one["key"], one["kind"], [(item["step"], item["path"]) for item in one["items"]])
        for one in user.get("run/media", run=run).ok
    ]


def test_media_are_listed_by_key_and_step(place):
    with serving(place) as address:
        user = User(address)
        with treadle.start_run("media", store=address) as run:
            for path in (
                "media/val%2Fa/10.png",
                "media/val%2Fa/9.jpg",
                "media/val%2Fa/-1.webp",
                "media/val%2Fa/9.wav",
                "media/ü/0.txt",
                "media/%2E%2E/0.png",
                "media/val%2Fa/best.png",
                "media/val%2Fa/1.svg",
                "media/val%2Fa/1.html",
                "media/val%2Fa/sub/1.png",
                "media/1.png",
                "mediator/a/1.png",
                "images/cat.png",
                f"images/dog~big+step+2+timestamp+1700000000001+{UUID}.png",
                f"images/dog~big+step+2+timestamp+1700000000000+{UUID}.png",
                f"images/dog~big+step+2+timestamp+1700000000000+{UUID}+compressed.webp",
                f"images/dog#big%step%1%timestamp%1700000000000%{UUID}.png",
                f"images/dog#big%step%1%timestamp%1700000000000%{UUID}%compressed.webp",
            ):
                run.log_bytes(b"x", path)
        dogs = [
            (1, f"images/dog#big%step%1%timestamp%1700000000000%{UUID}.png"),
            (2, f"images/dog~big+step+2+timestamp+1700000000000+{UUID}.png"),
            (2, f"images/dog~big+step+2+timestamp+1700000000001+{UUID}.png"),
        ]
        pictures = [(-1, "-1.webp"), (9, "9.jpg"), (10, "10.png")]
        assert media(user, "media") == [
            ("..", "image", [(0, "media/%2E%2E/0.png")]),
            ("dog/big", "image", dogs),
            ("val/a", "audio", [(9, "media/val%2Fa/9.wav")]),
            ("val/a", "image", [(step, f"media/val%2Fa/{name}") for step, name in pictures]),
            ("ü", "text", [(0, "media/ü/0.txt")]),
        ]
        assert user.get("run/download", run="media", path=dogs[0][1]).content == b"x"
        assert user.get("run/media", run="none").status == 404
        with treadle.start_run("nothing", store=address):
            pass
        assert media(user, "nothing") == []


def test_media_of_runs_that_the_caller_may_not_see_do_not_exist(place):
    mine = add_experiment(place, "mine")
    with team(place, ada="admin", own={mine: "viewer"}) as users:
        for experiment, status in (("0", 404), (mine, 200)):
            run = create_run(users["ada"], experiment)
            assert users["own"].get("run/media", run=run).status == status
