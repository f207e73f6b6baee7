"""What is wrong or missing in the data, found before the table is sent.

One rule = one sentence and one query.

A rule's query selects (jeune_id, mds_id, fiche_id, le): the youth (null for a meeting of the MDS),
the MDS that has to mend it (that of the file today), the record to open and its date; of a pair,
the other youth besides. It may use the tables of ``_COMMUN`` and ``:au`` (the last day looked at),
``:du`` (1 January of its year), ``:fin`` (the last day of the month), ``:echu`` (the last day
looked at that is over), those who left the ASE in the year (``sortants``, of ``populations.py``)
and the numbers of ``regles/parametres.py``; or else ``:aujourd_hui`` alone. To add a rule, add a
``RegleDAnomalie``: the screen, the workbook and the counts follow.

How many lines the rules of youths find is kept by bucket (``paquets.py``): those of a month that is
over do not depend on today, and those that do are the same whatever the month.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, text

from app.extensions import db
from app.regles import parametres as p
from app.regles.age import aujourd_hui

from . import dates_impossibles, doublons, paquets, saisies_refusees
from .periodes import Periodes
from .planification import pages_en_ordre
from .populations import populations

BLOQUANTE, A_CORRIGER, A_VERIFIER = "bloquante", "a_corriger", "a_verifier"
GRAVITES = {BLOQUANTE: "Bloquante", A_CORRIGER: "À corriger", A_VERIFIER: "À vérifier"}
"""Most serious first. « Bloquante »: the figures of the table are wrong or incomplete until it is
mended."""


@dataclass(frozen=True)
class RegleDAnomalie:
    code: str
    gravite: str
    titre: str
    phrase: str
    """What is wrong and what to do, read beside each line."""
    fiche: str
    """The table of the record to open."""
    requete: str
    ajouter: str = ""
    """What mends it is a new record: its table, and what its form starts with; « jeune »: the file
    itself is changed."""
    par_paire: bool = False
    """A line is about two youths: the query gives the other one too (autre_id)."""

    @property
    def lit_la_periode(self) -> bool:
        return ":aujourd_hui" not in self.requete

    @property
    def est_d_une_instance(self) -> bool:
        """Its lines are of no youth."""
        return self.fiche == "instance"


_COMMUN = """
suivi as (  -- followed on the last day looked at
  select jeune_id, mds_id, id, du from accompagnement
  where motif_sortie_code is distinct from 'ERREUR' and :au between du and coalesce(au, 'infinity')
),
referents_sans_nom as materialized (  -- a name is judged once, however many binômes it is in
  select referent_ase from (select distinct referent_ase from binome offset 0) b
  where not acces.est_un_nom(referent_ase)
)
"""

_TABLES = (
    "jeune",
    "rencontre",
    "mesure",
    "accompagnement",
    "binome",
    "situation",
    "alerte",
    "mobilisation",
    "etape",
    "instance",
    "orientation",
)

_VIVANT = "jeune_id not in (select d.id from jeune d where d.deces_le <= :au)"
"""After a death nothing is asked for the youth any more."""

REGLES: tuple[RegleDAnomalie, ...] = (
    RegleDAnomalie(
        "SORTIE_SANS_SITUATION",
        BLOQUANTE,
        "Sortie de l’ASE sans situation",
        "Aucune situation n’est observée autour de la sortie de l’ASE : saisissez la situation à "
        "la sortie, sinon le jeune compte « non renseigné » dans les indicateurs de sortie.",
        "jeune",
        """select s.jeune_id, j.mds_id, s.jeune_id as fiche_id, s.le from sortants s
             join jeune j on j.id = s.jeune_id
           where s.observee_le is null and not s.decede and not s.revenu and s.commun_avant
             and s.premier_rdv <= s.le""",
        ajouter="situation?",
    ),
    RegleDAnomalie(
        "TRIPARTITE_SANS_STATUT",
        BLOQUANTE,
        "Rendez-vous tripartite passé sans statut",
        "Le rendez-vous tripartite prévu est passé : dites s’il a été tenu et qui était présent.",
        "rencontre",
        """select jeune_id, mds_id, id as fiche_id, le from rencontre
           where type_code = 'TRIPARTITE' and statut_code = 'PREVUE' and le <= :echu""",
    ),
    RegleDAnomalie(
        "TRIPARTITE_SANS_PRESENCES",
        BLOQUANTE,
        "Rendez-vous tripartite tenu sans les présences",
        "Le rendez-vous tripartite est tenu mais les présences manquent (jeune, coordonnateur, "
        "service ASE ou lieu "
        "d’accueil) : sans elles il ne compte pas.",
        "rencontre",
        """select jeune_id, mds_id, id as fiche_id, le from rencontre
           where type_code = 'TRIPARTITE' and statut_code = 'TENUE' and le <= :au
             and (jeune_present is null or coordonnateur_present is null
                  or coalesce(service_ase_present or lieu_accueil_present,
                              service_ase_present, lieu_accueil_present) is null)""",
    ),
    RegleDAnomalie(
        "PERMANENCE_MANQUANTE",
        BLOQUANTE,
        "Aucune permanence ce mois-ci",
        "Aucune permanence n’est enregistrée ce mois-ci dans cette MDS : enregistrez-la, ou son "
        "annulation.",
        "instance",
        """select cast(null as int) as jeune_id, m.id as mds_id, cast(null as int) as fiche_id,
             :au as le from mds m
           where :au = :fin
             and not exists (select 1 from instance i where i.mds_id = m.id
               and i.type_code = 'PERMANENCE'
                             and i.le between date_trunc('month', :au) and :au)""",
        ajouter="instance?type=PERMANENCE",
    ),
    RegleDAnomalie(
        "SUIVI_SANS_BINOME",
        A_CORRIGER,
        "Jeune sous mesure sans binôme",
        "Le jeune est suivi et sous mesure ASE, mais aucun binôme n’est en cours : constituez le "
        "binôme.",
        "jeune",
        """select s.jeune_id, s.mds_id, s.jeune_id as fiche_id, s.du as le from suivi s
           where exists (select 1 from mesure m where m.jeune_id = s.jeune_id
               and :au between m.du and coalesce(m.au, 'infinity'))
             and not exists (select 1 from binome b where b.jeune_id = s.jeune_id
             and b.referent_ase is not null and :au between b.du and coalesce(b.au, 'infinity'))""",
        ajouter="binome?",
    ),
    RegleDAnomalie(
        "BINOME_SANS_REFERENT",
        A_CORRIGER,
        "Binôme sans référent",
        "Le binôme en cours ne nomme pas vraiment le référent ASE (« à définir », « ? »…) : "
        "écrivez son nom.",
        "binome",
        """select b.jeune_id, b.mds_id, b.id as fiche_id, b.du as le from suivi s
             join binome b on b.jeune_id = s.jeune_id
           where :au between b.du and coalesce(b.au, 'infinity')
             and b.referent_ase in (select r.referent_ase from referents_sans_nom r)""",
    ),
    RegleDAnomalie(
        "RDV_EN_RETARD",
        A_CORRIGER,
        "Rendez-vous tripartite en retard",
        f"Plus de {p.DELAI_RDV_JOURS.dit} après la prise de contact, aucun rendez-vous tripartite "
        "n’est fixé : fixez-le avec le jeune.",
        "jeune",
        f"""select o.jeune_id, o.mds_id, o.jeune_id as fiche_id, o.contact_le as le
           from orientation o
           where o.contact_le < :au - :delai_rdv and o.{_VIVANT}
             and not exists (select 1 from orientation suivante
               where suivante.jeune_id = o.jeune_id
                 and suivante.contact_le > o.contact_le and suivante.contact_le <= :au)
             and not exists (select 1 from accompagnement a where a.jeune_id = o.jeune_id
               and a.au between o.contact_le and :au)
             and not exists (select 1 from rencontre r where r.jeune_id = o.jeune_id
               and r.type_code = 'TRIPARTITE'
                             and r.statut_code <> 'ANNULEE' and r.le >= o.contact_le)""",
        ajouter="rencontre?type=TRIPARTITE&prevue=1",
    ),
    RegleDAnomalie(
        "ENTRETIEN_17_MANQUANT",
        A_CORRIGER,
        f"Jeune de {p.AGE_ENTRETIEN.dit} sans entretien",
        f"Le jeune a {p.AGE_ENTRETIEN.dit} et l’entretien des {p.AGE_ENTRETIEN.dit} n’est ni tenu "
        "ni prévu : fixez-le, ou dites pourquoi il est sans objet.",
        "jeune",
        """select j.id as jeune_id, j.mds_id, j.id as fiche_id,
             cast(j.date_naissance + interval '1 year' * :age_entretien as date) as le
           from jeune j
           where j.date_naissance > cast(:au - interval '1 year' * (:age_entretien + 1) as date)
             and j.date_naissance <= cast(:au - interval '1 year' * :age_entretien as date)
             and exists (select 1 from mesure m where m.jeune_id = j.id
               and :au between m.du and coalesce(m.au, 'infinity'))
             and not exists (select 1 from rencontre r where r.jeune_id = j.id
               and r.type_code = 'ENTRETIEN_17'
                             and (r.statut_code = 'TENUE' or r.statut_code = 'PREVUE'
                               and r.le >= :au)
                             and r.le >= cast(j.date_naissance + interval '1 year' * :age_entretien
                                              - interval '1 month' * :avance_17 as date))
             and not exists (select 1 from etape e where e.jeune_id = j.id
               and e.echeance = 'ENTRETIEN_17'
                             and (e.est_sans_objet or e.faite_le is not null))""",
        ajouter="rencontre?type=ENTRETIEN_17&prevue=1",
    ),
    RegleDAnomalie(
        "ALERTE_SANS_ACTION",
        A_CORRIGER,
        "Alerte ouverte sans action",
        f"L’alerte est ouverte depuis plus de {p.ALERTE_SANS_ACTION_JOURS.dit} et rien n’a suivi "
        "(rencontre, mobilisation) : agissez, ou clôturez l’alerte.",
        "alerte",
        f"""select a.jeune_id, a.mds_id, a.id as fiche_id, a.du as le from alerte a
           where a.{_VIVANT} and a.du < :au - :delai_alerte and coalesce(a.au, 'infinity') >= :au
             and not exists (select 1 from rencontre r where r.jeune_id = a.jeune_id
               and r.le >= a.du and r.statut_code <> 'ANNULEE')
             and not exists (select 1 from mobilisation m where m.jeune_id = a.jeune_id
               and m.du >= a.du)""",
    ),
    RegleDAnomalie(
        "RENCONTRE_SANS_STATUT",
        A_CORRIGER,
        "Rencontre passée sans statut",
        "La rencontre prévue est passée : dites si elle a été tenue, si le jeune était absent ou "
        "excusé, ou annulez-la.",
        "rencontre",
        """select jeune_id, mds_id, id as fiche_id, le from rencontre
           where type_code <> 'TRIPARTITE' and statut_code = 'PREVUE' and le <= :echu""",
    ),
    RegleDAnomalie(
        "PRESENCE_CONTRADICTOIRE",
        A_CORRIGER,
        "Jeune à la fois absent et présent",
        "La rencontre dit le jeune absent ou excusé, et présent : corrigez le statut ou la "
        "présence.",
        "rencontre",
        f"""select x.jeune_id, x.mds_id, x.id as fiche_id, x.le from rencontre x
           where {saisies_refusees.ABSENT_MAIS_PRESENT}""",
    ),
    RegleDAnomalie(
        "COORDONNEES_FAUSSES",
        A_CORRIGER,
        "Téléphone ou courriel impossible",
        "Le téléphone ou le courriel du jeune n’en est pas un : corrigez-le.",
        "jeune",
        f"""select x.id as jeune_id, x.mds_id, x.id as fiche_id, cast(null as date) as le
           from jeune x where {saisies_refusees.coordonnees_fausses()}""",
    ),
    RegleDAnomalie(
        "INSTANCE_SANS_STATUT",
        A_CORRIGER,
        "Permanence ou comité passé sans statut",
        "La permanence ou le comité prévu est passé : dites s’il a été tenu ou annulé.",
        "instance",
        """select cast(null as int) as jeune_id, mds_id, id as fiche_id, le from instance
           where statut_code = 'PREVUE' and le <= :echu""",
    ),
    RegleDAnomalie(
        "SORTIE_SANS_MOTIF",
        A_CORRIGER,
        "Sortie du dispositif sans motif",
        "L’accompagnement est terminé sans motif de sortie : indiquez-le.",
        "accompagnement",
        """select jeune_id, mds_id, id as fiche_id, au as le from accompagnement
           where au between :du and :au and motif_sortie_code is null""",
    ),
    RegleDAnomalie(
        "SANS_CONTACT",
        A_VERIFIER,
        f"Dossier sans contact depuis {p.SANS_CONTACT_MOIS.en_lettres}",
        f"Le jeune est suivi depuis plus de {p.SANS_CONTACT_MOIS.en_lettres} et aucune rencontre "
        "n’a été tenue depuis : reprenez contact, ou "
        "terminez l’accompagnement.",
        "jeune",
        f"""select s.jeune_id, s.mds_id, s.jeune_id as fiche_id, s.du as le from suivi s
           where s.{_VIVANT} and s.du < :au - interval '1 month' * :sans_contact
             and not exists (select 1 from rencontre r
                             where r.jeune_id = s.jeune_id and r.statut_code = 'TENUE' and r.le
                               between cast(:au - interval '1 month' * :sans_contact as date)
                                   and :au)""",
        ajouter="rencontre?",
    ),
    RegleDAnomalie(
        "SUIVI_SANS_SITUATION",
        A_VERIFIER,
        "Jeune suivi sans aucune situation",
        "Le jeune est suivi et aucune situation (parcours, logement, ressources, couverture "
        "maladie) n’est observée : saisissez-la.",
        "jeune",
        """select s.jeune_id, s.mds_id, s.jeune_id as fiche_id, s.du as le from suivi s
           where not exists (select 1 from situation o where o.jeune_id = s.jeune_id
             and o.observee_le <= :au)""",
        ajouter="situation?",
    ),
    RegleDAnomalie(
        "CONTACT_NON_DATE",
        A_VERIFIER,
        "Prise de contact non datée",
        "Le jeune est suivi sans date de prise de contact : sans elle, le délai de "
        f"{p.DELAI_RDV_JOURS.dit} ne peut pas être mesuré.",
        "jeune",
        """select s.jeune_id, s.mds_id, s.jeune_id as fiche_id, s.du as le from suivi s
             join jeune j on j.id = s.jeune_id
           where j.contact_le is null""",
        ajouter="jeune",
    ),
    RegleDAnomalie(
        "DOUBLON_POSSIBLE",
        A_VERIFIER,
        "Doublon possible",
        "Deux dossiers portent la même date de naissance et des noms proches : comparez-les. Si "
        "c’est le même jeune, il compte "
        "deux fois : fusionnez-les ; sinon, dites que ce sont deux jeunes.",
        "jeune",
        """select j.id as jeune_id, j.mds_id, j.id as fiche_id, cast(null as date) as le,
             p.autre as autre_id
           from unnest(cast(:un as int[]), cast(:autre as int[])) as p (un, autre)
             join jeune j on j.id = p.un""",
        par_paire=True,
    ),
    RegleDAnomalie(
        "PLUS_DE_25_ANS",
        A_VERIFIER,
        f"Jeune de {p.AGE_LIMITE.dit} ou plus encore suivi",
        f"L’accompagnement court après les {p.AGE_LIMITE.dit} du jeune : organisez le relais et "
        "terminez l’accompagnement.",
        "accompagnement",
        """select s.jeune_id, s.mds_id, s.id as fiche_id,
             cast(j.date_naissance + interval '1 year' * :age_limite as date) as le
           from suivi s join jeune j on j.id = s.jeune_id
           where j.date_naissance <= cast(:au - interval '1 year' * :age_limite as date)""",
    ),
)
_DATES_IMPOSSIBLES = tuple(
    RegleDAnomalie(
        f"DATE_IMPOSSIBLE_{table.upper()}",
        BLOQUANTE,
        f"Date impossible : {nom}",
        dates_impossibles.PHRASE,
        table,
        requete,
    )
    for table, nom, requete in dates_impossibles.requetes()
)
REGLES = tuple(
    sorted((*REGLES, *_DATES_IMPOSSIBLES), key=lambda regle: list(GRAVITES).index(regle.gravite))
)
PAR_CODE = {regle.code: regle for regle in REGLES}
_DOUBLON = next(regle.code for regle in REGLES if regle.par_paire)
_DES_JEUNES = tuple(r for r in REGLES if not r.est_d_une_instance and not r.par_paire)


_LIEES = re.compile(r"(?<!:):([a-z_][a-z_0-9]*)")


@dataclass(frozen=True)
class DemandeDeControles(paquets.DemandeComptee):
    """How many lines some rules of youths find: those of a period, or those that read today."""

    sorte = "controles"
    ressource = "tableau"
    trouvees: str
    """The lines that they find, in SQL."""
    codes: frozenset[str]
    periode: tuple[date, date] | None
    """None: they read no period."""

    @property
    def ordre(self) -> str:
        return f"{self.trouvees} select regle as cle, count(*) as n from trouvees group by regle"

    @property
    def dite(self) -> list[Any]:
        return [*map(str, self.periode or ()), *self.mds]

    def tout(self) -> paquets.Comptes:
        with pages_en_ordre():
            return super().tout()

    def par_paquet_d_un_coup(self, numeros: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """A line is of one youth: all of them are found at once, then put by bucket."""
        taille = self.famille.taille * self.famille.groupe
        ordre = text(f"""{self.trouvees}
select paquet.numero, (select acces.mouvements('{self.famille.nom}')) as mouvements,
  coalesce(string_agg(x.regle || '=' || x.n, chr(10)), '') as lignes
from unnest(cast(:paquets as bigint[])) as paquet(numero)
left join (
  select jeune_id / {taille} as numero, regle, count(*) as n from trouvees group by 1, 2
) x on x.numero = paquet.numero
group by paquet.numero""")
        with pages_en_ordre():
            lues = db.session.execute(ordre, {**self.liees, "paquets": list(numeros)}).all()
        for paquet in lues:
            yield paquet.numero, paquet.mouvements, paquet.lignes


def compter(
    du: date, au: date, mds_id: int | None = None, regles: Sequence[RegleDAnomalie] = REGLES
) -> dict[str, int]:
    """How many lines each of these rules finds, in their order; nought included.

    Read to be counted: whoever may ask for the table of this MDS is told the same.
    """
    nombres: Counter[str] = Counter()
    with paquets.lecture() as recomptes:
        for demande in demandes(du, au, mds_id):
            if demande.codes & {regle.code for regle in regles}:
                nombres += paquets.compter(demande, recomptes)
        instances = [regle for regle in regles if regle.est_d_une_instance]
        if instances:
            nombres += _demande(instances, (du, au), mds_id).tout()
        if any(regle.par_paire for regle in regles):
            nombres[_DOUBLON] = len(doublons.possibles(mds_id, recomptes))
    return {regle.code: nombres[regle.code] for regle in regles}


def demandes(du: date, au: date, mds_id: int | None) -> list[DemandeDeControles]:
    """What is kept of the checks of a month: those of the period, those that read today."""
    return [_du_mois(du, au, mds_id), _du_jour(mds_id)]


def gardees() -> list[DemandeDeControles]:
    """The demands that are kept and still hold; for a command that acts for everyone."""
    connues = []
    for *periode, mds in paquets.gardees(DemandeDeControles.sorte):
        if periode:
            du, au = map(date.fromisoformat, periode)
            connues.append(_du_mois(du, au, mds or None))
        else:
            connues.append(_du_jour(mds or None))
    return connues


def _du_mois(du: date, au: date, mds_id: int | None) -> DemandeDeControles:
    regles = [r for r in _DES_JEUNES if r.lit_la_periode]
    return _demande(regles, (du, au), mds_id)


def _du_jour(mds_id: int | None) -> DemandeDeControles:
    regles = [r for r in _DES_JEUNES if not r.lit_la_periode]
    return _demande(regles, None, mds_id)


def _demande(
    regles: Sequence[RegleDAnomalie], periode: tuple[date, date] | None, mds_id: int | None
) -> DemandeDeControles:
    trouvees = _toutes(regles, mds_id)
    valeurs = _valeurs(periode, mds_id)
    liees = {nom: valeurs[nom] for nom in _LIEES.findall(trouvees)}
    codes = frozenset(regle.code for regle in regles)
    return DemandeDeControles(liees, (mds_id or 0,), trouvees, codes, periode)


def lister(
    du: date,
    au: date,
    mds_id: int | None = None,
    code: str | None = None,
    limite: int | None = None,
    *,
    a_garder: list[paquets.Recompte] | None = None,
) -> Iterator[Row[Any]]:
    """The lines found, most serious first, read as they are asked for.

    No name of a youth in it. The caller says under which rights it is read (``acces.compter`` or
    the account's own). ``a_garder``: see ``paquets.compter``.
    """
    _sans_compiler()
    if code is None:
        sans_ligne = _sans_ligne(du, au, mds_id)
        regles = tuple(regle for regle in REGLES if regle.code not in sans_ligne)
    else:
        regles = (PAR_CODE[code],)
    paires: list[tuple[int, int]] = []
    if any(regle.par_paire for regle in regles):
        paires = doublons.possibles(mds_id, a_garder)
    requete = text(f"""{_toutes(regles, mds_id)}
        select t.regle, t.jeune_id, t.mds_id, t.fiche_id, t.le, j.code as dossier, m.nom as mds,
          b.coordonnateur, b.referent_ase,
          t.autre_id, autre.code as autre_dossier
        from trouvees t left join mds m on m.id = t.mds_id left join jeune j on j.id = t.jeune_id
        left join lateral (select code from jeune where id = t.autre_id limit 1) autre on true
        left join lateral (select coordonnateur, referent_ase from binome b
                           where b.jeune_id = t.jeune_id
                             and b.du <= :au order by b.du desc limit 1) b on true
        order by t.rang, m.nom, t.le, j.cle, t.fiche_id, t.autre_id limit :limite""")
    liees: dict[str, Any] = {
        "limite": limite,
        "un": [un for un, _ in paires],
        "autre": [autre for _, autre in paires],
    }
    liees |= _valeurs((du, au), mds_id)
    with pages_en_ordre():
        trouvees = db.session.execute(requete, liees, execution_options={"yield_per": 2000})
    for lot in trouvees.partitions():
        yield from lot


def _sans_ligne(du: date, au: date, mds_id: int | None) -> set[str]:
    """The rules that are known to find nothing: nobody looks for their lines."""
    codes: set[str] = set()
    for demande in demandes(du, au, mds_id):
        nombres = paquets.compter_si_garde(demande)
        if nombres is not None:
            codes |= {code for code in demande.codes if not nombres[code]}
    return codes


def _sans_compiler() -> None:
    """For this transaction: compiling these statements costs more than running them."""
    db.session.execute(text("select set_config('jit', 'off', true)"))


def _toutes(regles: Sequence[RegleDAnomalie], mds_id: int | None) -> str:
    union = "\nunion all\n".join(_lignes(REGLES.index(regle), regle) for regle in regles)
    ou = "" if mds_id is None else " where mds_id = :mds"
    ctes = [f"trouvees as (select * from (\n{union}\n) u{ou})"]
    nommees = paquets.tables_lues(union)
    if "suivi" in nommees:
        ctes = [_COMMUN, *ctes]
    if "bornes" in nommees:
        ctes = [dates_impossibles.BORNES, *ctes]
    if "sortants" in nommees:
        lues = populations({"sortants": Periodes({0: (date.min, date.max)})})
        ctes = [*(f"{nom} as {select}" for nom, select in lues.items()), *ctes]
    if mds_id is not None:
        # The records of a youth have the MDS of the file: the rest needs not be read.
        nommees = paquets.tables_lues(" ".join(ctes))
        ctes = [
            *(
                f"{table} as not materialized (select * from {table} where mds_id = :mds)"
                for table in _TABLES
                if table in nommees
            ),
            *ctes,
        ]
    return f"with {', '.join(ctes)}"


def _lignes(rang: int, regle: RegleDAnomalie) -> str:
    autre = "q.autre_id" if regle.par_paire else "cast(null as int) as autre_id"
    colonnes = f"q.jeune_id, q.mds_id, q.fiche_id, q.le, {autre}"
    return f"select {rang} as rang, '{regle.code}' as regle, {colonnes} from ({regle.requete}) q"


def _valeurs(periode: tuple[date, date] | None, mds_id: int | None) -> dict[str, Any]:
    """What the rules bind: what is not over yet is looked at as it stands today."""
    jour = aujourd_hui()
    valeurs: dict[str, Any] = {"mds": mds_id, "aujourd_hui": jour}
    if periode is None:
        return valeurs
    du, fin = periode
    annee = Periodes({0: (du.replace(month=1, day=1), min(fin, jour))})
    return (
        valeurs
        | annee.valeurs
        | {
            "du": annee.jours[0][0],
            "au": annee.jours[0][1],
            "fin": fin,
            "echu": min(fin, jour - timedelta(days=1)),
            "delai_rdv": p.DELAI_RDV_JOURS.valeur,
            "delai_alerte": p.ALERTE_SANS_ACTION_JOURS.valeur,
            "sans_contact": p.SANS_CONTACT_MOIS.valeur,
            "age_entretien": p.AGE_ENTRETIEN.valeur,
            "age_limite": p.AGE_LIMITE.valeur,
            "avance_17": p.ENTRETIEN_17_AVANCE_MOIS.valeur,
        }
    )
