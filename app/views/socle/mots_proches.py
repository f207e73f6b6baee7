"""The words of names that are the ones typed but for one or two letters."""

import json
from collections.abc import Sequence

from sqlalchemy import ARRAY, ColumnElement, Text, any_, column, literal, select, table, text

from app.extensions import db
from app.models import Jeune
from app.regles.recherche import MotVoulu, fautes_permises

MOT = table("mot", column("mot", Text), column("jeune_id"), schema="acces")
"""The words of the names of the youths whom one may read: the base decides (``acces/mots.sql``)."""
INTERVALLES = "json_to_recordset(cast(:{} as json)) as i (rang int, de text, a text)"
PROCHES = text(f"""
    select rang, mot from (
      select i.rang, lu.mot from {INTERVALLES.format("endroit")}
      cross join lateral (
        select m.mot from acces.mot m
        where m.mot >= i.de collate "C" and m.mot < i.a collate "C" offset 0) lu
      union
      select i.rang, reverse(lu.envers) from {INTERVALLES.format("envers")}
      cross join lateral (
        select m.envers from acces.mot m
        where m.envers >= i.de collate "C" and m.envers < i.a collate "C" offset 0) lu) lus
    where length(mot) between (cast(:courts as int[]))[rang + 1]
      and (cast(:longs as int[]))[rang + 1]
""")
"""Words with the rank of the one that was typed. Row security lets comparisons of order, and no
other, choose an index: a word is looked for in intervals, as it is read and from its end, one
interval at a time (« offset 0 »)."""
AVANT_LES_LETTRES, APRES_LES_LETTRES = " ", "\x7f"
Intervalle = dict[str, int | str]


def jeunes_qui_portent(cherches: Sequence[MotVoulu]) -> list[ColumnElement[bool]] | None:
    """What a youth must meet to bear a word near each of these; None when no name has one."""
    lus = db.session.execute(PROCHES, lieux(cherches)).all()
    voulus: list[ColumnElement[bool]] = []
    for rang, cherche in enumerate(cherches):
        portes = cherche.choisir(mot for n, mot in lus if n == rang)
        if not portes:
            return None
        un_de_ces_mots = MOT.c.mot == any_(literal(portes, ARRAY(Text)))
        voulus.append(Jeune.id.in_(select(MOT.c.jeune_id).where(un_de_ces_mots)))
    return voulus


def lieux(cherches: Sequence[MotVoulu]) -> dict[str, str | list[int]]:
    """Where ``PROCHES`` looks."""
    fautes = [fautes_permises(cherche.mot) for cherche in cherches]
    longueurs = [len(cherche.mot) for cherche in cherches]
    return {
        "endroit": json.dumps([i for n, c in enumerate(cherches) for i in _a_l_endroit(n, c)]),
        "envers": json.dumps([i for n, c in enumerate(cherches) for i in _a_l_envers(n, c)]),
        "courts": [n - permises for n, permises in zip(longueurs, fautes, strict=True)],
        "longs": [n + permises for n, permises in zip(longueurs, fautes, strict=True)],
    }


def _a_l_endroit(rang: int, cherche: MotVoulu) -> list[Intervalle]:
    entiers = [(mot, mot + AVANT_LES_LETTRES) for mot in cherche.entiers]
    debuts = [(debut, debut + APRES_LES_LETTRES) for debut in cherche.debuts]
    return [{"rang": rang, "de": de, "a": a} for de, a in sorted(entiers + debuts)]


def _a_l_envers(rang: int, cherche: MotVoulu) -> list[Intervalle]:
    fins = [fin[::-1] for fin in cherche.fins]
    return [{"rang": rang, "de": fin, "a": fin + APRES_LES_LETTRES} for fin in fins]
