import pytest

from darkfactory.server.seats import Crowded, Seats


def test_each_token_has_its_own_seats_and_gives_them_back() -> None:
    seats = Seats(1, "readers")

    with seats.taken("a"):
        with pytest.raises(Crowded, match="at most 1 readers"), seats.taken("a"):
            pass
        with seats.taken("b"):
            pass
    with pytest.raises(KeyError), seats.taken("a"):
        raise KeyError

    with seats.taken("a"):
        pass
