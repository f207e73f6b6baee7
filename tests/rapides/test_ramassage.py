"""Cycles of objects are not looked for while the application is made, and are again after."""

import gc

import pytest

from app.ramassage import sans_ramasser


def test_rien_n_est_ramasse_pendant_puis_tout_l_est_de_nouveau():
    with sans_ramasser():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_une_application_qui_ne_se_fait_pas_laisse_ramasser():
    with pytest.raises(ValueError, match="réglage"), sans_ramasser():
        raise ValueError("réglage")
    assert gc.isenabled()
