from vat import vat


def test_vat():
    assert vat(100) == 19
