"""The lines of the monthly table, one a youth.

The youths followed at least one day of the month (in the MDS).

A line tells what was known on ``ref``, the last day of the month on which the youth was followed
(in the MDS): a youth who moved is described to each MDS as on their last day there. Read in slices,
so that the memory does not grow.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import TextClause, text

from app import acces
from app.echanges.tableau.lignes import LigneJeune
from app.extensions import db
from app.indicateurs.periodes import Periodes
from app.indicateurs.planification import pages_en_ordre
from app.indicateurs.populations import populations
from app.regles import parcours
from app.regles.age import age_revolu

TRANCHE = 5000
Lue = TypeVar("Lue")
_DEBUT = attrgetter("du")

_COMBIEN = "with {lues} select count(*) from presences"
_SUIVIS = """
with {lues}, suivi as materialized (select jeune_id, dernier_jour as ref from presences),
orientations as (  -- the last one on that day: a later orientation changes no past month
  select distinct on (s.jeune_id) s.jeune_id, o.contact_le, o.repere_le
  from suivi s join orientation o on o.jeune_id = s.jeune_id
  where o.contact_le is null or o.contact_le <= s.ref
  order by s.jeune_id, o.contact_le desc nulls last
),
situations as (
  select distinct on (s.jeune_id) o.jeune_id, o.observee_le, o.situation_pro_code, o.logement_code,
    o.ressource_1_code, o.ressource_2_code, o.couverture_base_code, o.couverture_complementaire_code
  from suivi s join situation o on o.jeune_id = s.jeune_id and o.observee_le <= s.ref
  where o.observee_le <= :au  -- no ref is later: the others are not even joined
  order by s.jeune_id, o.observee_le desc
),
tenues as (
  select r.jeune_id, count(*) as nombre
  from rencontre r join suivi s on s.jeune_id = r.jeune_id and r.le <= s.ref
  where r.statut_code = 'TENUE' and r.le between :du and :au
  group by r.jeune_id
),
alertes as (
  select al.jeune_id, count(*) as nombre,
    string_agg(motif.libelle, ' ; ' order by al.du, al.id) as motifs
  from alerte al join suivi s on s.jeune_id = al.jeune_id and al.du <= s.ref
    join motif_rupture motif on motif.code = al.motif_code
  where al.du <= :au and (al.au is null or al.au >= :du)
  group by al.jeune_id
)
select s.jeune_id, s.ref, m.nom as mds, j.code, j.date_naissance, accueil.libelle as lieu_accueil,
  ori.contact_le, ori.repere_le, o.observee_le, pro.libelle as situation_pro,
  logement.libelle as logement,
  nullif(concat_ws(' ; ', r1.libelle, r2.libelle), '') as ressources,
  nullif(concat_ws(' ; ', base.libelle, compl.libelle), '') as couverture,
  coalesce(tenues.nombre, 0) as rencontres_tenues, coalesce(alertes.nombre, 0) as alertes,
  alertes.motifs
from suivi s join jeune j on j.id = s.jeune_id
left join rattachement r
  on r.jeune_id = s.jeune_id and s.ref between r.du and coalesce(r.au, 'infinity')
left join (select id, nom, rank() over (order by nom) as rang from mds) m
  on m.id = coalesce(r.mds_rattachement_id, case when not exists (
  select from rattachement t where t.jeune_id = s.jeune_id) then j.mds_id end)
left join lieu_accueil accueil on accueil.code = j.lieu_accueil_code
left join orientations ori on ori.jeune_id = s.jeune_id
left join situations o on o.jeune_id = s.jeune_id
left join situation_pro pro on pro.code = o.situation_pro_code
left join logement on logement.code = o.logement_code
left join ressource r1 on r1.code = o.ressource_1_code
left join ressource r2 on r2.code = o.ressource_2_code
left join couverture_base base on base.code = o.couverture_base_code
left join couverture_complementaire compl on compl.code = o.couverture_complementaire_code
left join tenues on tenues.jeune_id = s.jeune_id
left join alertes on alertes.jeune_id = s.jeune_id
order by m.rang, j.cle
"""
"""What ``JeuneSuivi`` holds."""


class JeuneSuivi(NamedTuple):
    """A youth, and what their line says of that day besides periods."""

    jeune_id: int
    ref: date
    mds: str | None
    code: str
    date_naissance: date
    lieu_accueil: str | None
    contact_le: date | None
    repere_le: date | None
    observee_le: date | None
    situation_pro: str | None
    logement: str | None
    ressources: str | None
    couverture: str | None
    rencontres_tenues: int
    alertes: int
    motifs: str | None


class AccompagnementDuMois(NamedTuple):
    du: date
    au: date | None
    motif_sortie_code: str | None


class BinomeDuMois(NamedTuple):
    du: date
    au: date | None
    referent_ase: str | None
    coordonnateur: str


class MesureDuDossier(NamedTuple):
    du: date
    au: date | None
    motif_fin_code: str | None
    libelle: str


class TripartiteDuDossier(NamedTuple):
    le: date
    statut_code: str
    fixee_le: date | None
    jeune_present: bool | None
    coordonnateur_present: bool | None
    service_ase_present: bool | None
    lieu_accueil_present: bool | None
    type_code: str


_ACCOMPAGNEMENTS = text(f"""
select jeune_id, du, au, motif_sortie_code from accompagnement
where jeune_id = any(cast(:numeros as int[])) and du <= :au
  and motif_sortie_code is distinct from '{parcours.ERREUR}'""")
_BINOMES = text("""
select jeune_id, du, au, referent_ase, coordonnateur from binome
where jeune_id = any(cast(:numeros as int[])) and du <= :au and (au is null or au >= :du)""")
_MESURES = text("""
select m.jeune_id, m.du, m.au, m.motif_fin_code, t.libelle
from mesure m join mesure_ase t on t.code = m.type_code
where m.jeune_id = any(cast(:numeros as int[]))""")
_TRIPARTITES = text("""
select jeune_id, le, statut_code, fixee_le, jeune_present, coordonnateur_present,
  service_ase_present, lieu_accueil_present, type_code
from rencontre
where jeune_id = any(cast(:numeros as int[])) and type_code = 'TRIPARTITE' and le <= :au""")
"""The number of the youth, then what one of the classes above holds."""


def lister(du: date, au: date, mds_id: int | None, avec_noms: bool = False) -> Iterator[LigneJeune]:
    """The lines, by MDS and code.

    The caller reads them inside ``acces.compter``, having checked the right to.
    """
    requete, valeurs = _parmi_les_suivis(_SUIVIS, du, au, mds_id)
    with pages_en_ordre():
        lus = db.session.execute(requete, valeurs, execution_options={"yield_per": TRANCHE})
    for tranche in lus.partitions(TRANCHE):
        yield from _tranche([*map(JeuneSuivi._make, tranche)], du, au, avec_noms)


def compter(du: date, au: date, mds_id: int | None) -> int:
    """How many lines they are; the same is asked of the caller."""
    return int(db.session.scalar(*_parmi_les_suivis(_COMBIEN, du, au, mds_id)) or 0)


def _parmi_les_suivis(
    lire: str, du: date, au: date, mds_id: int | None
) -> tuple[TextClause, dict[str, Any]]:
    """A statement that reads the youths followed in the month, and what it binds."""
    mds: frozenset[int] = frozenset()
    if mds_id is not None:
        mds = frozenset({mds_id})
    mois = Periodes({0: (du, au)}, mds)
    lues = ", ".join(
        f"{nom} as {requete}" for nom, requete in populations({"presences": mois}).items()
    )
    valeurs = mois.valeurs | {"mds0": mds_id, "les_mds": [mds_id], "du": du, "au": au}
    return text(lire.format(lues=lues)), valeurs


def _tranche(
    suivis: Sequence[JeuneSuivi], du: date, au: date, avec_noms: bool
) -> Iterator[LigneJeune]:
    numeros = [s.jeune_id for s in suivis]
    # As one text: the driver takes eight times as long to write a long list.
    bornes = {"numeros": f"{{{','.join(map(str, numeros))}}}", "du": du, "au": au}
    dates = DatesDesDossiers(
        _par_jeune(_ACCOMPAGNEMENTS, bornes, AccompagnementDuMois._make),
        _par_jeune(_BINOMES, bornes, BinomeDuMois._make),
        _par_jeune(_MESURES, bornes, MesureDuDossier._make),
        _par_jeune(_TRIPARTITES, bornes, TripartiteDuDossier._make),
    )
    noms = _noms(numeros) if avec_noms else {}
    for suivi in suivis:
        ligne = _ligne(suivi, dates)
        ligne.nom, ligne.prenom = noms.get(suivi.jeune_id, (None, None))
        yield ligne


@dataclass(frozen=True)
class DatesDesDossiers:
    """What is dated in the files of a slice, by the number of the youth; nothing is an empty list.

    Of the stays and the binômes, those of the month alone can tell of one of its days.
    """

    sejours: Mapping[int, list[AccompagnementDuMois]]
    binomes: Mapping[int, list[BinomeDuMois]]
    mesures: Mapping[int, list[MesureDuDossier]]
    tripartites: Mapping[int, list[TripartiteDuDossier]]

    def de(
        self, jeune: int
    ) -> tuple[
        list[AccompagnementDuMois],
        list[BinomeDuMois],
        list[MesureDuDossier],
        list[TripartiteDuDossier],
    ]:
        return (
            self.sejours[jeune],
            self.binomes[jeune],
            self.mesures[jeune],
            self.tripartites[jeune],
        )


def _par_jeune(
    requete: TextClause, bornes: dict[str, Any], faire: Callable[[Sequence[Any]], Lue]
) -> Mapping[int, list[Lue]]:
    lues: defaultdict[int, list[Lue]] = defaultdict(list)
    for ligne in db.session.execute(requete, bornes).all():
        lues[ligne[0]].append(faire(ligne[1:]))
    return lues


def _ligne(suivi: JeuneSuivi, dates: DatesDesDossiers) -> LigneJeune:
    ref = suivi.ref
    contact = suivi.contact_le
    sejours, binomes, mesures, tripartites = dates.de(suivi.jeune_id)
    rdv_le, delai = _premier_rdv(contact, tripartites)
    sejour = max([s for s in sejours if s.du <= ref], key=_DEBUT)
    mesure, fin_mesure = _mesure(mesures, ref)
    suites = parcours.blocs(mesures)
    sorties = [suite.au for suite in suites if suite.au and suite.au <= ref]
    binome = next((b for b in binomes if parcours.court(b, ref)), None)
    dossier = parcours.DossierLu(sejours, binomes, mesures, suites, tripartites)
    phase = parcours.phase_du_dossier(suivi, dossier, ref)
    return LigneJeune(
        numero=suivi.jeune_id,
        code=suivi.code,
        ref=ref,
        mds=suivi.mds or "Aucune",
        age=age_revolu(suivi.date_naissance, ref),
        lieu_accueil=suivi.lieu_accueil,
        phase=phase.titre,
        entree_le=sejour.du,
        sortie_le=sejour.au if sejour.au and sejour.au <= ref else None,
        referent_ase=binome and binome.referent_ase,
        coordonnateur=binome and binome.coordonnateur,
        mesure=mesure,
        fin_mesure=fin_mesure,
        sortie_ase_le=max(sorties, default=None),
        contact_le=contact,
        rdv_le=rdv_le,
        delai=delai,
        rencontres_tenues=suivi.rencontres_tenues,
        alertes=suivi.alertes,
        motifs=suivi.motifs,
        observee_le=suivi.observee_le,
        situation_pro=suivi.situation_pro,
        logement=suivi.logement,
        ressources=suivi.ressources,
        couverture=suivi.couverture,
    )


def _premier_rdv(
    contact: date | None, tripartites: Iterable[TripartiteDuDossier]
) -> tuple[date | None, int | None]:
    """The day of the first rendez-vous, and how many days after the contact."""
    rdv = contact and parcours.premier_rdv(contact, tripartites)
    if not contact or not rdv:
        return None, None
    return rdv.le, (rdv.le - contact).days


def _mesure(mesures: Iterable[MesureDuDossier], ref: date) -> tuple[str | None, date | None]:
    """(words, last end) of those that run that day; no end when one of them has none."""
    courantes = sorted((m for m in mesures if parcours.court(m, ref)), key=_DEBUT)
    fins = [m.au for m in courantes if m.au]
    fin = None
    if len(fins) == len(courantes):
        fin = max(fins, default=None)
    return " ; ".join(m.libelle for m in courantes) or None, fin


def _noms(numeros: list[int]) -> dict[int, tuple[str, str]]:
    """The names, under the rights of the acting account alone.

    Those of a youth who left for an MDS not theirs stay unread.
    """
    with acces.acteur(acces.contexte().acteur, portee=""):
        lus = db.session.execute(
            text("select id, nom, prenom from jeune where id = any(:numeros)"), {"numeros": numeros}
        )
        return {j.id: (j.nom, j.prenom) for j in lus}
