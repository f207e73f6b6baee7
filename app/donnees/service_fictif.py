"""The life of the service around the fictitious youths: what is written, asked and promised."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import permutations
from random import Random

from sqlalchemy import Date, func, or_, select, text, update

from app.extensions import db
from app.models import (
    Accompagnement,
    Alerte,
    Binome,
    Conservation,
    Convention,
    DemandePersonne,
    Enquete,
    Etape,
    Frein,
    Invitation,
    Jeune,
    Mds,
    Mesure,
    Mobilisation,
    Objectif,
    Rencontre,
    Situation,
    TexteBilan,
)
from app.regles.age import PARIS, ajouter_mois, aujourd_hui

QUI = "la démonstration (ligne de commande)"
OBJECTIFS = (
    ("I4", "AU_MOINS", 120),
    ("I5", "AU_MOINS", 60),
    ("I6", "AU_MOINS", 75),
    ("I7", "AU_MOINS", 85),
    ("I9", "AU_MOINS", 60),
    ("S1", "AU_PLUS", 30),
)
"""Indicator, at least or at most, target."""
TEXTES = (
    (
        "ART",
        1,
        "OBSTACLE",
        "MOBILITE",
        (
            "Le dernier bus part à 18 h : les apprentis de la boulangerie rentrent à pied ou "
            "dorment chez un collègue."
        ),
    ),
    (
        "ART",
        3,
        "ESSAI",
        "MOBILITE",
        (
            "Trois scooters prêtés par une association pour trois mois ; deux jeunes ont "
            "signé leur contrat grâce à eux."
        ),
    ),
    (
        "LLI",
        2,
        "OBSTACLE",
        "LOGEMENT",
        (
            "Les bailleurs demandent un garant ; la garantie Visale est connue des jeunes, "
            "mais pas de toutes les agences."
        ),
    ),
    (
        "ARR",
        4,
        "OBSTACLE",
        "SANTE",
        "Six mois d’attente pour un premier rendez-vous : plusieurs jeunes renoncent avant.",
    ),
    (
        "LLI",
        5,
        "SITUATION",
        None,
        (
            "Une jeune mère a repris un CAP une fois la place en crèche trouvée ; le binôme a "
            "tenu le fil pendant quatre mois."
        ),
    ),
    (
        "ART",
        6,
        "PARTENARIAT",
        None,
        (
            "Une convention avec le foyer de jeunes travailleurs réserve deux places "
            "d’urgence aux sortants de l’ASE."
        ),
    ),
    (
        "ARR",
        7,
        "ESSAI",
        "LOGEMENT",
        (
            "Un atelier « mon premier bail » avec l’agence d’information sur le logement ; "
            "neuf jeunes sont venus, sept ont déposé un dossier."
        ),
    ),
    (
        "ART",
        9,
        "OBSTACLE",
        "ESTIME_DE_SOI",
        (
            "Plusieurs jeunes ne se présentent pas au premier entretien d’embauche : « ce "
            "n’est pas pour moi »."
        ),
    ),
    (
        None,
        10,
        "ANALYSE",
        None,
        (
            "Le rendez-vous tripartite tient mieux son délai là où la permanence a lieu dans "
            "les locaux du SEF."
        ),
    ),
)
"""MDS, month of the year, heading, obstacle, text."""
SUIVIS = (
    Mesure,
    Accompagnement,
    Binome,
    Rencontre,
    Situation,
    Frein,
    Alerte,
    Enquete,
    Etape,
    Mobilisation,
)
AVANT = timedelta(days=1200)
"""How much earlier an old file is told."""


def vivre(graine: int, le: date) -> None:
    """What people write and ask, in the current transaction."""
    r = Random(graine)
    mds: dict[str | None, int] = dict(db.session.execute(select(Mds.code, Mds.id)).all())
    themes = set(db.session.scalars(text("select code from theme_frein")))
    for annee in (le.year - 1, le.year):
        for code, mois, rubrique, theme, recit in TEXTES:
            ecrit_le = date(annee, mois, r.randrange(2, 28))
            if ecrit_le > le or (theme is not None and theme not in themes):
                continue
            db.session.add(
                TexteBilan(
                    le=ecrit_le,
                    rubrique=rubrique,
                    mds_id=mds.get(code),
                    theme_code=theme,
                    recit=recit,
                )
            )
    for convention in db.session.scalars(select(Convention)):
        for indicateur, sens, cible in OBJECTIFS:
            db.session.add(
                Objectif(convention_id=convention.id, indicateur=indicateur, sens=sens, cible=cible)
            )
    db.session.flush()
    _deux_dossiers_proches(mds["ART"])
    _d_anciens_dossiers([mds["ART"], mds["LLI"], mds["ARR"]], le)
    _un_transfert_en_attente(mds["ARR"], mds["ART"], le)
    _des_demandes(mds, le)
    if le == aujourd_hui():
        _des_reponses_donnees_seul()


_FINIS = text("""
select id from (
  select j.id, row_number() over (partition by j.mds_id order by j.id) as rang
  from jeune j join accompagnement a on a.jeune_id = j.id
  where j.mds_id = any(:mds) and not exists (select from rattachement r where r.jeune_id = j.id)
    and not exists (select from transfert t where t.jeune_id = j.id)
  group by j.id having max(coalesce(a.au, 'infinity')) < :le) x
where rang <= 3 order by id""")


def _d_anciens_dossiers(mds_ids: list[int], le: date) -> None:
    """A few lives that ended are told some years earlier, for a person to decide of their files."""
    numeros = list(db.session.scalars(_FINIS, {"mds": mds_ids, "le": le}))
    db.session.execute(text("delete from decision where jeune_id = any(:n)"), {"n": numeros})
    _vieillir(Jeune, Jeune.id.in_(numeros))
    for table in SUIVIS:
        _vieillir(table, table.jeune_id.in_(numeros))
    for table in (Mesure, Binome):
        reste = (table.jeune_id.in_(numeros), or_(table.au.is_(None), table.au >= le))
        db.session.execute(
            update(table).where(*reste).values(au=func.greatest(table.du, ajouter_mois(le, -30)))
        )
    if numeros:
        garde = db.session.get(Jeune, numeros[-1])
        db.session.add(
            Conservation(
                jeune_id=garde.id,
                decision="GARDE",
                motif="Le jeune a demandé par courrier que son dossier soit gardé.",
                garder_jusqu_au=ajouter_mois(le, 12),
                decidee_le=ajouter_mois(le, -1),
                decidee_par=QUI,
            )
        )
    db.session.flush()


def _vieillir(table, lesquels) -> None:
    """Move every day of these rows back by ``AVANT``."""
    dates = {c.name: c - AVANT for c in table.__table__.c if isinstance(c.type, Date)}
    db.session.execute(update(table).where(lesquels).values(dates))


def _deux_dossiers_proches(mds_id: int) -> None:
    """A possible duplicate: a youth not followed yet takes the name, misspelt, of another."""
    siens = select(Jeune).where(Jeune.mds_id == mds_id).order_by(Jeune.id).limit(300)
    jeunes = list(db.session.scalars(siens))
    suivis = set(db.session.scalars(select(Accompagnement.jeune_id)))
    paires = [
        (un, autre)
        for un, autre in permutations(jeunes, 2)
        if un.id in suivis and autre.id not in suivis
    ]
    if not paires:
        return

    def ecart(paire: tuple[Jeune, Jeune]) -> tuple[timedelta, int, int]:
        un, autre = paire
        return abs(un.date_naissance - autre.date_naissance), un.id, autre.id

    un, autre = min(paires, key=ecart)
    autre.nom = f"{un.nom}e"
    autre.prenom = un.prenom
    autre.date_naissance = un.date_naissance
    db.session.flush()


def _un_transfert_en_attente(de: int, vers: int, le: date) -> None:
    db.session.execute(
        text("""
        insert into transfert (
          jeune_id, mds_id, de_mds_id, vers_mds_id, code_dossier, effet_le, demande_le, motif,
          demande_par)
        select j.id, :de, :de, :vers, j.code, :le, :le,
          'Le jeune s’installe près de son apprentissage.', 'Élodie Tramecq'
        from jeune j where j.mds_id = :de and not exists (
          select 1 from transfert t
          where t.jeune_id = j.id and t.accepte_le is null and t.refuse_le is null)
        order by j.id limit 1"""),
        {"de": de, "vers": vers, "le": le},
    )


@dataclass(frozen=True)
class DemandeFictive:
    """A request of a person, in days before the day of the demonstration."""

    recue: int
    nature: str
    demandeur: str
    mds: str | None
    prolongee: int | None = None
    motif_prolongation: str | None = None
    repondue: int | None = None
    sens: str | None = None
    motif: str | None = None


DEMANDES = (
    DemandeFictive(38, "RECTIFICATION", "JEUNE", "ART"),
    DemandeFictive(24, "ACCES", "JEUNE", "ART"),
    DemandeFictive(
        50,
        "OPPOSITION",
        "REPRESENTANT",
        "ARR",
        prolongee=30,
        motif_prolongation="Plusieurs demandes de la même personne, à traiter ensemble.",
    ),
    DemandeFictive(120, "ACCES", "JEUNE", "LLI", repondue=104, sens="ACCEPTEE"),
    DemandeFictive(
        200,
        "EFFACEMENT",
        "JEUNE",
        None,
        repondue=180,
        sens="REFUSEE",
        motif="Le suivi est en cours et relève d’une mission d’intérêt public (article 17.3).",
    ),
)
"""One late, one due, one extended, two answered."""


def _des_demandes(mds: dict[str | None, int], le: date) -> None:
    """Each about the file of a youth of that MDS; the one of the whole Département about none."""
    siens = text("select mds_id, array_agg(code order by code) from jeune group by mds_id")
    codes = dict(db.session.execute(siens).all())
    for rang, demande in enumerate(DEMANDES):
        numero = mds.get(demande.mds)
        dossiers = codes.get(numero) or [None]
        db.session.add(
            DemandePersonne(
                recue_le=le - timedelta(days=demande.recue),
                nature=demande.nature,
                demandeur=demande.demandeur,
                mds_id=numero,
                code_dossier=dossiers[rang % len(dossiers)],
                prolongee_le=_il_y_a(demande.prolongee, le),
                motif_prolongation=demande.motif_prolongation,
                repondue_le=_il_y_a(demande.repondue, le),
                sens=demande.sens,
                motif=demande.motif,
            )
        )
    db.session.flush()


def _il_y_a(jours: int | None, le: date) -> date | None:
    if jours is None:
        return None
    return le - timedelta(days=jours)


def _des_reponses_donnees_seul() -> None:
    """By the link, like a youth: five answers came, and one link is still open."""
    attendues = text("select id from enquete where repondue_le is null order by id limit 6")
    possibles = text("select code from reponse_enquete where retire_le is null order by ordre")
    premiere, *_, derniere = db.session.scalars(possibles)
    reponses = (derniere, premiere, premiere, premiere, derniere)
    for rang, enquete_id in enumerate(list(db.session.scalars(attendues))):
        empreinte = hashlib.sha256(secrets.token_bytes(16)).hexdigest()
        expire = datetime.now(PARIS) + timedelta(days=60)
        db.session.add(
            Invitation(enquete_id=enquete_id, empreinte=empreinte, creee_par=QUI, expire_le=expire)
        )
        db.session.flush()
        if rang < len(reponses):
            valeurs = {"empreinte": empreinte, "reponse": reponses[rang]}
            db.session.execute(text("select acces.repondre_enquete(:empreinte, :reponse)"), valeurs)
