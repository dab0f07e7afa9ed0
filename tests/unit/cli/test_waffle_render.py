from darkfactory.cli.waffle_render import calibration_screen


def test_calibrating_shows_what_is_usual_and_where_it_is_not_known_yet() -> None:
    lane = {"sessions": 0, "failed": 0, "kept": False, "why": "not enough yet"}
    spread = {"p50": 4.0, "p95": 11.5}
    known = {"calls": spread, "tokens": None, "files": spread}

    shown = calibration_screen(
        [
            {**lane, "lane": "bugs", "finished": 24, "usual": known},
            {**lane, "lane": "docs", "finished": 3, "usual": None},
        ]
    )

    usual = [line.split() for line in shown.splitlines()[-2:]]
    assert usual[0] == ["bugs", "24", "4", "/", "11.5", "-", "4", "/", "11.5"]
    assert usual[1] == ["docs", "3", "not", "enough", "yet", "(20", "are", "needed)"]
