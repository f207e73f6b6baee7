"""Acts on many records at once: a portfolio handed over, given back; and taking such an act back.

Everything is written with the rights of the person, through the tables of every screen: the wall is
the base. The statements are the same, whatever the number of youths.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask_login import current_user
from sqlalchemy import Row, and_, case, insert, select, text, update
from sqlalchemy.orm import aliased

from app import acces, journal
from app.extensions import db
from app.journal import ActeDuJournal
from app.models import Agent, Binome, ModificationGroupee, Rencontre, catalogue
from app.models.modification import ETAPES, PASSATION, RETOUR, SELECTION
from app.regles import passation as regles
from app.regles.age import aujourd_hui
from app.views import charges, passation
from app.views.charges import PassationDesTaches, en_colonnes
from app.views.passation import AgentVu, ApercuDePassation, LigneVoulue

TABLES = (
    *("jeune", "mesure", "accompagnement", "binome", "orientation", "rencontre", "tache"),
    *("alerte", "situation", "enquete", "invitation", "demande_cjm", "proposition_cej"),
    *("transfert", "besoin", "tache_instance"),
)
"""What an act writes; those that others refer to first."""
_CHANGER = text("""
    update binome b set
      coordonnateur_id = case when b.coordonnateur_id = v.de_id then v.vers_id
                              else b.coordonnateur_id end,
      referent_id = case when b.referent_id = v.de_id then v.vers_id else b.referent_id end,
      au = v.au, remplace_id = v.remplace_id, remplace = v.remplace,
      remplace_comme = v.remplace_comme, est_temporaire = v.est_temporaire,
      en_double_jusqu_au = v.en_double_jusqu_au
    from unnest(cast(:id as int[]), cast(:de_id as int[]), cast(:vers_id as int[]),
                cast(:au as date[]), cast(:remplace_id as int[]), cast(:remplace as text[]),
                cast(:remplace_comme as text[]), cast(:est_temporaire as boolean[]),
                cast(:en_double_jusqu_au as date[]))
      as v(id, de_id, vers_id, au, remplace_id, remplace, remplace_comme, est_temporaire,
           en_double_jusqu_au)
    where b.id = v.id
""")
"""A binôme that has not begun changes hands itself."""
RIEN = {
    "remplace_id": None,
    "remplace": None,
    "remplace_comme": None,
    "est_temporaire": False,
    "en_double_jusqu_au": None,
}
"""A binôme in which nobody is replaced."""
Valeurs = dict[str, Any]


def appliquer(apercu: ApercuDePassation) -> int:
    """Write what the preview showed; the number of the act. The caller commits."""
    commencees = [x for x in apercu.retenues if x.decoupe.veille is not None]
    a_venir = [x for x in apercu.retenues if x.decoupe.veille is None]
    retours = [x for x in apercu.retenues if x.decoupe.retour_du is not None]
    with un_acte(PASSATION, apercu.titre, apercu.jeunes) as lot:
        _finir([x.binome.id for x in commencees], apercu.passation.du)
        _changer([_repris(x, apercu) for x in a_venir])
        _ouvrir([*(_suivant(x, apercu) for x in commencees), *map(_comme_avant, retours)])
        charges.deplacer(lot, [_charges(x, apercu) for x in apercu.retenues])
        if apercu.instances.vers is not None:
            charges.confier(lot, apercu.passation, apercu.instances.vers.id)
    return lot.id


def _repris(ligne: LigneVoulue, apercu: ApercuDePassation) -> Valeurs:
    return {
        "id": ligne.binome.id,
        "de_id": apercu.de.id,
        "vers_id": ligne.vers.id,
        "au": ligne.decoupe.au,
        **_marques(ligne, apercu),
    }


def _suivant(ligne: LigneVoulue, apercu: ApercuDePassation) -> Valeurs:
    jours = {"du": ligne.decoupe.du, "au": ligne.decoupe.au}
    return _au_nom_de(ligne.binome, apercu.de.id, ligne.vers) | jours | _marques(ligne, apercu)


def _charges(ligne: LigneVoulue, apercu: ApercuDePassation) -> PassationDesTaches:
    return PassationDesTaches(
        ligne.binome.jeune_id,
        apercu.de.id,
        apercu.de.nom,
        ligne.vers.id,
        ligne.vers.nom,
        ligne.decoupe.du,
        ligne.decoupe.au,
        toutes=ligne.decoupe.veille is not None
        and ligne.decoupe.au is None
        and not apercu.passation.est_temporaire,
    )


def _marques(ligne: LigneVoulue, apercu: ApercuDePassation) -> Valeurs:
    """Whom the new one replaces; in a temporary one that is handed over, still the same person."""
    binome = ligne.binome
    if binome.est_temporaire:
        return {nom: getattr(binome, nom) for nom in RIEN}
    return {
        "remplace_id": apercu.de.id,
        "remplace": apercu.de.nom,
        "remplace_comme": binome.comme,
        "est_temporaire": apercu.passation.est_temporaire,
        "en_double_jusqu_au": ligne.decoupe.en_double_jusqu_au,
    }


def _au_nom_de(binome: Row, de_id: int, vers: AgentVu) -> Valeurs:
    """The same binôme with another agent; the name of the other one stays as it was typed."""
    valeurs = _duo(binome)
    if binome.coordonnateur_id == de_id:
        valeurs |= {"coordonnateur_id": vers.id, "coordonnateur": vers.nom}
    if binome.referent_id == de_id:
        valeurs |= {"referent_id": vers.id, "referent_ase": vers.nom}
    return valeurs


def _comme_avant(ligne: LigneVoulue) -> Valeurs:
    """The return: the binôme as it was, from the day after."""
    binome = ligne.binome
    return _duo(binome) | {"du": ligne.decoupe.retour_du, "au": binome.au} | RIEN


def _duo(binome: Row) -> Valeurs:
    return {
        "jeune_id": binome.jeune_id,
        "mds_id": binome.mds_id,
        "coordonnateur_id": binome.coordonnateur_id,
        "coordonnateur": binome.coordonnateur,
        "referent_id": binome.referent_id,
        "referent_ase": binome.referent_ase,
    }


def rendre(de_id: int, vers_id: int) -> int | None:
    """End today the temporary replacement of ``de_id`` by ``vers_id``; the number of the act.

    The binômes that began end the day before and the return is moved to today; those to come are
    taken back, and so are the tâches of instances. None when nothing is to give back where the
    person may.
    """
    le = aujourd_hui()
    retours = _retours(de_id, vers_id)
    taches = charges.a_rendre(de_id, vers_id)
    if not retours and not taches:
        return None
    noms = dict(
        db.session.execute(select(Agent.id, Agent.nom).where(Agent.id.in_((de_id, vers_id)))).all()
    )
    titre = f"Rendre la main : {noms[vers_id]} → {noms[de_id]}"
    commences = [x for x in retours if x.du < le]
    with un_acte(RETOUR, titre, len({x.jeune_id for x in retours})) as lot:
        _finir([x.id for x in commences], le)
        _changer(
            [
                {"id": x.id, "de_id": vers_id, "vers_id": de_id, "au": x.au} | RIEN
                for x in retours
                if x.du >= le
            ]
        )
        _avancer([x.retour_id for x in commences if x.retour_id is not None], le)
        agent = AgentVu(de_id, noms[de_id], (), None, None)
        _ouvrir(
            [
                _au_nom_de(x, vers_id, agent) | {"du": le, "au": x.au} | RIEN
                for x in commences
                if x.retour_id is None
            ]
        )
        charges.deplacer(
            lot,
            [
                PassationDesTaches(
                    x.jeune_id, vers_id, x.vers, de_id, x.remplace, max(x.du, le), x.au
                )
                for x in retours
            ],
        )
        charges.rendre(lot, taches, de_id)
    return lot.id


def _retours(de_id: int, vers_id: int) -> Sequence[Row]:
    """The binômes to end, each with the one of the return if it stands as it was made."""
    numero, nom = passation.remplacant()
    retour = aliased(Binome)
    meme_binome = and_(
        retour.jeune_id == Binome.jeune_id,
        retour.du == Binome.au + 1,
        _membre(retour, regles.COORDONNATEUR) == Binome.remplace_id,
        _membre(retour, regles.REFERENT).is_not_distinct_from(_membre(Binome, regles.REFERENT)),
    )
    requete = (
        select(*Binome.__table__.c, retour.id.label("retour_id"), nom.label("vers"))
        .outerjoin(retour, meme_binome)
        .where(*passation.en_remplacement(), Binome.remplace_id == de_id, numero == vers_id)
        .order_by(Binome.id)
        .limit(passation.MAX_BINOMES)
    )
    permises = passation.ou_il_le_peut()
    return [x for x in db.session.execute(requete) if x.mds_id in permises]


def _membre(binome: Any, quand: str) -> Any:
    """The member who is replaced (``COORDONNATEUR``), or the other one (``REFERENT``)."""
    est_lui = Binome.remplace_comme == quand
    return case((est_lui, binome.coordonnateur_id), else_=binome.referent_id)


def _finir(numeros: list[int], le: date) -> None:
    """End these binômes the day before ``le``."""
    ordre = update(Binome).where(Binome.id.in_(numeros)).values(au=le - regles.UN_JOUR)
    _executer(numeros, ordre.execution_options(synchronize_session=False))


def _avancer(numeros: list[int], le: date) -> None:
    ordre = update(Binome).where(Binome.id.in_(numeros)).values(du=le)
    _executer(numeros, ordre.execution_options(synchronize_session=False))


def _executer(numeros: list[int], ordre: Any) -> None:
    if numeros:
        db.session.execute(ordre)


def _changer(valeurs: list[Valeurs]) -> None:
    if valeurs:
        db.session.execute(_CHANGER, en_colonnes(valeurs))


def _ouvrir(valeurs: list[Valeurs]) -> None:
    if valeurs:
        db.session.execute(insert(Binome.__table__).values(valeurs))


@contextmanager
def un_acte(
    genre: str, titre: str, jeunes: int, jeune_id: int | None = None
) -> Iterator[ModificationGroupee]:
    """Inside the block, all that is written bears the mark of the act in the audit log.

    ``jeune_id``: the youth of an act on one file.
    """
    lot = ModificationGroupee(
        genre=genre,
        titre=titre,
        jeunes=jeunes,
        jeune_id=jeune_id,
        rencontres=0,
        taches=0,
        compte_id=current_user.id,
    )
    db.session.add(lot)
    db.session.flush()
    with acces.acteur(acces.contexte().acteur, requete=lot.marque, motif=titre):
        yield lot
        detail = {"fiches": jeunes, "rencontres": lot.rencontres, "taches": lot.taches}
        operation = "passation" if genre in (PASSATION, RETOUR) else "modification_lot"
        journal.consigner(operation, table="modification_groupee", cle=lot.id, detail=detail)


def modifier(table: str, numeros: list[int], valeurs: Valeurs, titre: str) -> int:
    """Give these values to all these records; the number of the act. The caller commits.

    The rows that the person may not change are left by the base as they are.
    """
    classe = catalogue.classe_de(table)
    ordre = update(classe).where(classe.id.in_(numeros)).values(valeurs)
    with un_acte(SELECTION, titre, len(numeros)) as lot:
        db.session.execute(ordre.execution_options(synchronize_session=False))
    return lot.id


def prevoir(rencontres: list[Valeurs], titre: str) -> int:
    """Plan these rencontres, one for a late step; the number of the act. The caller commits."""
    jeunes = {rencontre["jeune_id"] for rencontre in rencontres}
    with un_acte(ETAPES, titre, len(jeunes)) as lot:
        db.session.execute(insert(Rencontre.__table__).values(rencontres))
        lot.rencontres = len(rencontres)
    return lot.id


def acte_de(lot: ModificationGroupee) -> ActeDuJournal:
    ligne = ("annulation_lot", "modification_groupee", lot.id)
    return ActeDuJournal(lot.marque, TABLES, "cet acte", ligne)


def annuler(lot: ModificationGroupee) -> None:
    """Take the act back in the transaction of the caller; ``AnnulationRefusee`` says why not."""
    acte = acte_de(lot)
    if lot.annulee_le is not None or not acte.est_annulable():
        raise journal.AnnulationRefusee(
            "Cet acte ne peut pas être annulé : il l’est déjà, n’est pas le vôtre, ou vos"
            " habilitations ne suffisent plus."
        )
    motif = f"Annulation : {lot.titre}"
    acte.defaire(motif=motif, requete=f"annulation:{acte.marque}")
    db.session.expire(lot)


def derniers(combien: int = 10) -> Sequence[ModificationGroupee]:
    """The last acts of the person: the base shows no other."""
    requete = select(ModificationGroupee).order_by(ModificationGroupee.id.desc()).limit(combien)
    return db.session.scalars(requete).all()
