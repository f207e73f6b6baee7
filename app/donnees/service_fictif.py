"""The life of the service around the fictitious youths: what is written, asked, promised, and the
tables sent.

A table is dated of the day it would have been sent, and says that the demonstration sent it; the
trail has the true day.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import Date, func, or_, select, text, update

from app import acces
from app.echanges.tableau.envoi import ouvrir_un_envoi, sceller
from app.echanges.tableau.fige import contenu_fige
from app.echanges.tableau.mensuel import calculer_le_mois
from app.extensions import db
from app.models import (
    Accompagnement,
    Alerte,
    Binome,
    Conservation,
    Convention,
    DemandePersonne,
    Enquete,
    Envoi,
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
from app.regles import envois as regles
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
        "Le dernier bus part à 18 h : les apprentis de la boulangerie rentrent à pied ou dorment chez un collègue.",
    ),
    (
        "ART",
        3,
        "ESSAI",
        "MOBILITE",
        "Trois scooters prêtés par une association pour trois mois ; deux jeunes ont signé leur contrat grâce à eux.",
    ),
    (
        "LLI",
        2,
        "OBSTACLE",
        "LOGEMENT",
        "Les bailleurs demandent un garant ; la garantie Visale est connue des jeunes, mais pas de toutes les agences.",
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
        "Une jeune mère a repris un CAP une fois la place en crèche trouvée ; le binôme a tenu le fil pendant quatre mois.",
    ),
    (
        "ART",
        6,
        "PARTENARIAT",
        None,
        "Une convention avec le foyer de jeunes travailleurs réserve deux places d’urgence aux sortants de l’ASE.",
    ),
    (
        "ARR",
        7,
        "ESSAI",
        "LOGEMENT",
        "Un atelier « mon premier bail » avec l’agence d’information sur le logement ; neuf jeunes sont venus, sept ont déposé un dossier.",
    ),
    (
        "ART",
        9,
        "OBSTACLE",
        "ESTIME_DE_SOI",
        "Plusieurs jeunes ne se présentent pas au premier entretien d’embauche : « ce n’est pas pour moi ».",
    ),
    (
        None,
        10,
        "ANALYSE",
        None,
        "Le rendez-vous tripartite tient mieux son délai là où la permanence a lieu dans les locaux du SEF.",
    ),
)
"""MDS, month of the year, heading, obstacle, text."""
AVANT = timedelta(days=1200)
"""How much earlier an old file is told."""


def combien_de_mois(jeunes: int) -> int:
    """None in a base made to measure: a table of an MDS of 17,000 youths takes tens of seconds."""
    return 0 if jeunes > 2000 else 4 if jeunes >= 200 else 1


def vivre(graine: int, le: date) -> None:
    """What people write and ask, in the current transaction."""
    r = Random(graine)
    mds = dict(db.session.execute(select(Mds.code, Mds.id)).all())
    themes = set(db.session.scalars(text("select code from theme_frein")))
    for annee in (le.year - 1, le.year):
        for code, mois, rubrique, theme, recit in TEXTES:
            if (quand := date(annee, mois, r.randrange(2, 28))) <= le and (
                theme is None or theme in themes
            ):
                db.session.add(
                    TexteBilan(
                        le=quand,
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
    """A few lives that ended are told some years earlier: nobody has come since, and a person will
    have to decide."""
    numeros = list(db.session.scalars(_FINIS, {"mds": mds_ids, "le": le}))
    db.session.execute(text("delete from decision where jeune_id = any(:n)"), {"n": numeros})
    for table in (
        Jeune,
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
    ):
        cle = table.id if table is Jeune else table.jeune_id
        dates = {c.name: c - AVANT for c in table.__table__.c if isinstance(c.type, Date)}
        db.session.execute(update(table).where(cle.in_(numeros)).values(dates))
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


def _deux_dossiers_proches(mds_id: int) -> None:
    """A possible duplicate: a youth who is not followed yet takes the name, misspelt, of one of
    nearly the same age."""
    jeunes = list(
        db.session.scalars(
            select(Jeune).where(Jeune.mds_id == mds_id).order_by(Jeune.id).limit(300)
        )
    )
    suivis = set(db.session.scalars(select(Accompagnement.jeune_id)))
    ecarts = [
        (abs(a.date_naissance - b.date_naissance), a.id, b.id, a, b)
        for a in jeunes
        if a.id in suivis
        for b in jeunes
        if b.id not in suivis
    ]
    if ecarts:
        *_, un, autre = min(ecarts, key=lambda x: x[:3])
        autre.nom, autre.prenom, autre.date_naissance = f"{un.nom}e", un.prenom, un.date_naissance
        db.session.flush()


def _un_transfert_en_attente(de: int, vers: int, le: date) -> None:
    db.session.execute(
        text("""
        insert into transfert (jeune_id, mds_id, de_mds_id, vers_mds_id, code_dossier, effet_le, motif, demande_le, demande_par)
        select j.id, :de, :de, :vers, j.code, :le, 'Le jeune s’installe près de son apprentissage.', :le, 'Élodie Tramecq'
        from jeune j where j.mds_id = :de and not exists (
          select 1 from transfert t where t.jeune_id = j.id and t.accepte_le is null and t.refuse_le is null)
        order by j.id limit 1"""),
        {"de": de, "vers": vers, "le": le},
    )


DEMANDES = (
    (38, "RECTIFICATION", "JEUNE", "ART", {}),
    (24, "ACCES", "JEUNE", "ART", {}),
    (
        50,
        "OPPOSITION",
        "REPRESENTANT",
        "ARR",
        {
            "prolongee": 30,
            "motif_prolongation": "Plusieurs demandes de la même personne, à traiter ensemble.",
        },
    ),
    (120, "ACCES", "JEUNE", "LLI", {"repondue": 104, "sens": "ACCEPTEE"}),
    (
        200,
        "EFFACEMENT",
        "JEUNE",
        None,
        {
            "repondue": 180,
            "sens": "REFUSEE",
            "motif": "Le suivi est en cours et relève d’une mission d’intérêt public (article 17.3).",
        },
    ),
)
"""Days since the request, nature, who asks, MDS, and how many days ago it was extended or answered:
one late, one due, one extended, two answered."""


def _des_demandes(mds: dict[str, int], le: date) -> None:
    """Each about the file of a youth of that MDS; the one of the whole Département about no known
    file."""
    codes = dict(
        db.session.execute(
            text("select mds_id, array_agg(code order by code) from jeune group by mds_id")
        ).all()
    )
    for rang, (jours, nature, demandeur, code, suite) in enumerate(DEMANDES):
        autres = {
            f"{nom}_le" if isinstance(v, int) else nom: le - timedelta(days=v)
            if isinstance(v, int)
            else v
            for nom, v in suite.items()
        }
        numero = mds.get(code)
        siens = codes.get(numero) or [None]
        db.session.add(
            DemandePersonne(
                recue_le=le - timedelta(days=jours),
                nature=nature,
                demandeur=demandeur,
                mds_id=numero,
                code_dossier=siens[rang % len(siens)],
                **autres,
            )
        )
    db.session.flush()


def _des_reponses_donnees_seul() -> None:
    """By the link, like a youth: five answers came, and one link is still open."""
    attendues = list(
        db.session.scalars(
            text("select id from enquete where repondue_le is null order by id limit 6")
        )
    )
    reponses = list(
        db.session.scalars(
            text("select code from reponse_enquete where retire_le is null order by ordre")
        )
    )
    for rang, enquete_id in enumerate(attendues):
        empreinte = hashlib.sha256(secrets.token_bytes(16)).hexdigest()
        expire = datetime.now(PARIS) + timedelta(days=60)
        db.session.add(
            Invitation(enquete_id=enquete_id, empreinte=empreinte, creee_par=QUI, expire_le=expire)
        )
        db.session.flush()
        if rang < 5:
            valeurs = {"empreinte": empreinte, "reponse": reponses[0 if rang % 4 else -1]}
            db.session.execute(text("select acces.repondre_enquete(:empreinte, :reponse)"), valeurs)


def envoyer(graine: int, le: date, combien: int, avance: Callable[[int], None]) -> None:
    """The tables of the last months, each in a transaction of its own: on time, save one late, one
    missing, one rectified."""
    r = Random(graine)
    du = (
        le.replace(day=1)
        if le >= regles.a_rendre_le(ajouter_mois(le, -1))
        else ajouter_mois(le.replace(day=1), -1)
    )
    mois = [
        m for m in (ajouter_mois(du, -n) for n in range(combien, 0, -1)) if m >= regles.CONVENTION
    ]
    territoires = [None, *db.session.scalars(select(Mds).order_by(Mds.code))]
    for rang, un_mois in enumerate(mois):
        retards = {"CAL": 4} if rang == len(mois) // 2 else {}
        absent = "TER" if rang == len(mois) - 2 else ""
        for mds in sorted(
            territoires, key=lambda m: m is None
        ):  # the Département last, as it receives those of its MDS
            code = mds and mds.code
            if code != absent:
                jour = retards.get(code) or r.randrange(-6, 0) if mds else -1
                _envoyer(un_mois, mds, regles.a_rendre_le(un_mois) + timedelta(days=jour), r)
            avance(1)
        if rang == len(mois) - 1 and combien > 1:
            _rectifier(un_mois, next(m for m in territoires if m and m.code == "ART"), le, r)


def _envoyer(mois: date, mds: Mds | None, quand: date, r: Random, motif: str = "") -> None:
    instant = datetime.combine(quand, time(r.randrange(9, 17), r.randrange(60)), PARIS)
    envoi = ouvrir_un_envoi(mois, mds, motif)
    envoi.prepare_par, envoi.prepare_le = QUI, instant - timedelta(hours=20)
    if mds is not None and r.random() < 0.7:
        envoi.verifie_par, envoi.verifie_le = QUI, instant - timedelta(hours=2)
    db.session.flush()
    rapport = replace(calculer_le_mois(mois, mds), prepare_par=QUI, prepare_le=instant)
    sceller(envoi, rapport, "La saisie du mois n’est pas achevée dans la MDS.")
    db.session.commit()


def _rectifier(mois: date, mds: Mds, le: date, r: Random) -> None:
    """A record found after the table had left."""
    suivis = contenu_fige(
        db.session.scalars(select(Envoi).where(Envoi.mois == mois, Envoi.mds_id == mds.id)).one()
    )["jeunes"]
    if not suivis:
        return
    acces.agir_pour(acces.contexte().acteur, motif="Signalement retrouvé après l’envoi")
    db.session.add(
        Alerte(
            jeune_id=suivis[0]["numero"],
            motif_code="AUTRE",
            du=mois + timedelta(days=11),
            signalee_par="Lieu d’accueil",
        )
    )
    db.session.flush()
    acces.agir_pour(acces.contexte().acteur, motif="")
    quand = min(regles.a_rendre_le(mois) + timedelta(days=8), le)
    _envoyer(mois, mds, quand, r, "Une alerte du mois manquait.")
