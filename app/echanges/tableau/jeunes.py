"""The lines of the monthly table, one a youth.

The youths followed at least one day of the month (in the MDS).

A line tells what was known on ``ref``, the last day of the month on which the youth was followed
(in the MDS): a youth who moved is described to each MDS as on their last day there. Read in slices,
so that the memory does not grow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from app import acces
from app.echanges.tableau.lignes import LigneJeune
from app.extensions import db
from app.indicateurs.periodes import Periodes
from app.indicateurs.populations import populations
from app.regles import parcours
from app.regles.age import age_revolu

TRANCHE = 1000


_SUIVIS = """
with {lues}, suivi as (select jeune_id, dernier_jour as ref from presences)
select s.jeune_id, s.ref, m.nom as mds
from suivi s join jeune j on j.id = s.jeune_id
left join rattachement r
  on r.jeune_id = s.jeune_id and s.ref between r.du and coalesce(r.au, 'infinity')
left join mds m on m.id = coalesce(r.mds_rattachement_id, case when not exists (
  select from rattachement t where t.jeune_id = s.jeune_id) then j.mds_id end)
order by m.nom, j.cle
"""

_FAITS = text("""
select x.ref, j.id, j.code, j.date_naissance, ori.contact_le, ori.repere_le,
       accueil.libelle as lieu_accueil,
       s.observee_le, pro.libelle as situation_pro, logement.libelle as logement,
       nullif(concat_ws(' ; ', r1.libelle, r2.libelle), '') as ressources,
       nullif(concat_ws(' ; ', base.libelle, compl.libelle), '') as couverture,
       r.tenues as rencontres_tenues, a.nombre as alertes, a.motifs
from unnest(cast(:numeros as int[]), cast(:jours as date[])) x(id, ref) join jeune j on j.id = x.id
left join lateral (  -- the last one on that day: a later orientation changes no past month
  select contact_le, repere_le from orientation
  where jeune_id = x.id and (contact_le is null or contact_le <= x.ref)
  order by contact_le desc nulls last limit 1
) ori on true
left join lieu_accueil accueil on accueil.code = j.lieu_accueil_code
left join lateral (
  select o.* from situation o where o.jeune_id = x.id and o.observee_le <= x.ref
  order by o.observee_le desc limit 1
) s on true
left join situation_pro pro on pro.code = s.situation_pro_code
left join logement on logement.code = s.logement_code
left join ressource r1 on r1.code = s.ressource_1_code
left join ressource r2 on r2.code = s.ressource_2_code
left join couverture_base base on base.code = s.couverture_base_code
left join couverture_complementaire compl on compl.code = s.couverture_complementaire_code
cross join lateral (
  select count(*) as tenues from rencontre
  where jeune_id = x.id and statut_code = 'TENUE' and le between :du and x.ref
) r
cross join lateral (
  select count(*) as nombre, string_agg(motif.libelle, ' ; ' order by al.du, al.id) as motifs
  from alerte al join motif_rupture motif on motif.code = al.motif_code
  where al.jeune_id = x.id and al.du <= x.ref and coalesce(al.au, 'infinity') >= :du
) a
""")
_PERIODES = {
    "accompagnement": """
        select jeune_id, du, au, motif_sortie_code from accompagnement
        where jeune_id = any(:numeros)""",
    "binome": """
        select jeune_id, du, au, referent_ase, coordonnateur from binome
        where jeune_id = any(:numeros)""",
    "mesure": """
        select m.jeune_id, m.du, m.au, m.motif_fin_code, t.libelle
        from mesure m join mesure_ase t on t.code = m.type_code
        where m.jeune_id = any(:numeros)""",
    "tripartite": """
        select jeune_id, type_code, statut_code, le, fixee_le, jeune_present,
               coordonnateur_present, service_ase_present, lieu_accueil_present
        from rencontre
        where jeune_id = any(:numeros) and type_code = 'TRIPARTITE' and le <= :au""",
}


RECOPIES = (
    "code",
    "lieu_accueil",
    "rencontres_tenues",
    "alertes",
    "motifs",
    "observee_le",
    "situation_pro",
    "logement",
    "ressources",
    "couverture",
)
"""What a line shows as ``_FAITS`` reads it."""


def lister(du: date, au: date, mds_id: int | None, avec_noms: bool = False) -> Iterator[LigneJeune]:
    """The lines, by MDS and code.

    The caller reads them inside ``acces.compter``, having checked the right to.
    """
    mds: frozenset[int] = frozenset()
    if mds_id is not None:
        mds = frozenset({mds_id})
    mois = Periodes({0: (du, au)}, mds)
    lues = ", ".join(
        f"{nom} as {requete}" for nom, requete in populations({"presences": mois}).items()
    )
    valeurs = mois.valeurs | {"mds0": mds_id, "les_mds": [mds_id]}
    lus = db.session.execute(
        text(_SUIVIS.format(lues=lues)), valeurs, execution_options={"yield_per": TRANCHE}
    )
    for tranche in lus.partitions(TRANCHE):
        yield from _tranche(tranche, du, au, avec_noms)


def _tranche(
    suivis: Sequence[Row[Any]], du: date, au: date, avec_noms: bool
) -> Iterator[LigneJeune]:
    numeros = [s.jeune_id for s in suivis]
    bornes = {"numeros": numeros, "jours": [s.ref for s in suivis], "du": du, "au": au}
    faits = {f.id: f for f in db.session.execute(_FAITS, bornes).all()}
    parcours_lus = {numero: DatesDuDossier() for numero in numeros}
    for nom, requete in _PERIODES.items():
        for ligne in db.session.execute(text(requete), bornes).all():
            getattr(parcours_lus[ligne.jeune_id], nom).append(ligne)
    noms = _noms(numeros) if avec_noms else {}
    for suivi in suivis:
        ligne = _ligne(faits[suivi.jeune_id], suivi, parcours_lus[suivi.jeune_id])
        ligne.nom, ligne.prenom = noms.get(suivi.jeune_id, (None, None))
        yield ligne


@dataclass(slots=True)
class DatesDuDossier:
    """What is dated in a file, by the names of ``_PERIODES``."""

    accompagnement: list[Row[Any]] = field(default_factory=list)
    binome: list[Row[Any]] = field(default_factory=list)
    mesure: list[Row[Any]] = field(default_factory=list)
    tripartite: list[Row[Any]] = field(default_factory=list)


def _ligne(fait: Row[Any], suivi: Row[Any], lu: DatesDuDossier) -> LigneJeune:
    ref = suivi.ref
    contact = fait.contact_le
    rdv = contact and parcours.premier_rdv(contact, lu.tripartite)
    sejour = max(
        (s for s in lu.accompagnement if s.motif_sortie_code != parcours.ERREUR and s.du <= ref),
        key=lambda s: s.du,
    )
    mesures = sorted((m for m in lu.mesure if parcours.court(m, ref)), key=lambda m: m.du)
    fin_mesure = None
    if all(m.au for m in mesures):  # else one of them has no end
        fin_mesure = max((m.au for m in mesures), default=None)
    sorties = [b.au for b in parcours.blocs(lu.mesure) if b.au and b.au <= ref]
    binome = next((b for b in lu.binome if parcours.court(b, ref)), None)
    phase = parcours.phase(fait, lu.accompagnement, lu.binome, lu.mesure, lu.tripartite, ref)
    return LigneJeune(
        numero=fait.id,
        ref=ref,
        mds=suivi.mds or "Aucune",
        age=age_revolu(fait.date_naissance, ref),
        phase=phase.titre,
        entree_le=sejour.du,
        sortie_le=sejour.au if sejour.au and sejour.au <= ref else None,
        referent_ase=binome and binome.referent_ase,
        coordonnateur=binome and binome.coordonnateur,
        mesure=" ; ".join(m.libelle for m in mesures) or None,
        fin_mesure=fin_mesure,
        sortie_ase_le=max(sorties, default=None),
        contact_le=contact,
        rdv_le=rdv and rdv.le,
        delai=rdv and (rdv.le - contact).days,
        **{nom: getattr(fait, nom) for nom in RECOPIES},
    )


def _noms(numeros: list[int]) -> dict[int, tuple[str, str]]:
    """The names, under the rights of the acting account alone.

    Those of a youth who left for an MDS not theirs stay unread.
    """
    with acces.acteur(acces.contexte().acteur, portee=""):
        lus = db.session.execute(
            text("select id, nom, prenom from jeune where id = any(:numeros)"), {"numeros": numeros}
        )
        return {j.id: (j.nom, j.prenom) for j in lus}
