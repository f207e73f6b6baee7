"""Sending the monthly table (M11): prepared, checked, sent for good; then only rectified.

What is sent is frozen (``fige.py``); its SHA-256 is printed in the workbook, whose bytes are kept
as they are. The base refuses any later change (``envoi.sql``). A rectificatif says what has changed
since (``comparaison.py``).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from werkzeug.exceptions import Forbidden

from app import acces, horloge, journal, sorties_de_donnees
from app.echanges.tableau import classeur
from app.echanges.tableau.comparaison import comparer
from app.echanges.tableau.fige import contenu_fige, figer, jeunes_par_numero
from app.echanges.tableau.mensuel import (
    Cachet,
    TableauDuMois,
    bornes,
    calculer_le_mois,
    debut_du_nom_de_fichier,
    du_mois,
    lignes_des_jeunes,
    nom_du_mois,
    qui,
    version_des_definitions,
)
from app.extensions import db
from app.indicateurs import anomalies
from app.models import Envoi, Mds
from app.regles.age import PARIS, aujourd_hui
from app.regles.heures import moment
from app.sorties_de_donnees import FichierSorti


class EnvoiRefuse(ValueError):
    """What was asked cannot be done now; the message is for the user."""


def peut_envoyer(mds_id: int | None) -> bool:
    """The same as ``acces.peut_envoyer``, for the screens; the base decides."""
    if acces.contexte().acteur == acces.TOUS:
        return True
    acte = "envoyer" if mds_id is None else "creer"
    return acces.perimetre().peut("envoi", acte, mds_id)


def exiger_le_droit(mds_id: int | None) -> None:
    """Raise Forbidden for whoever may not send the table of this MDS, or of the Département."""
    if not peut_envoyer(mds_id):
        raise Forbidden("Vous n’avez pas le droit d’envoyer le tableau mensuel de ce territoire.")


def de_ce_mois(mois: date, mds_id: int | None) -> list[Envoi]:
    """The tables prepared or sent for a month, the latest first."""
    ici = Envoi.mds_id.is_not_distinct_from(mds_id)
    tous = select(Envoi).where(Envoi.mois == mois, ici).order_by(Envoi.numero.desc())
    return list(db.session.scalars(tous))


def ouvrir_un_envoi(mois: date, mds: Mds | None, motif: str = "") -> Envoi:
    """Open the sending of a month that is over.

    Once it is sent, that of a rectificatif, which needs a reason.
    """
    mds_id = mds and mds.id
    exiger_le_droit(mds_id)
    if bornes(mois)[1] >= aujourd_hui():
        raise EnvoiRefuse(f"Le mois {du_mois(mois)} n’est pas fini : il s’envoie le mois suivant.")
    if mds is not None and not mds.est_ouverte(bornes(mois)[1]):
        raise EnvoiRefuse(
            f"La MDS {mds.nom} n’était pas ouverte en {nom_du_mois(mois)} : rien n’est à envoyer."
        )
    anciens = de_ce_mois(mois, mds_id)
    if anciens and anciens[0].envoye_le is None:
        return anciens[0]
    if anciens and not motif:
        raise EnvoiRefuse("Ce tableau est déjà envoyé : dites pourquoi il est à rectifier.")
    envoi = Envoi(mois=mois, mds_id=mds_id, numero=0, prepare_par=qui())
    if anciens:
        envoi.numero = anciens[0].numero + 1
        envoi.motif_rectificatif = motif
    db.session.add(envoi)
    db.session.flush()
    return envoi


def verifier(envoi: Envoi) -> None:
    """Whoever receives the table says that it was read; nothing is frozen by it.

    The base refuses it once it is sent.
    """
    envoi.verifie_par = qui()
    envoi.verifie_le = horloge.maintenant()


def bloquantes(nombres: Mapping[str, int]) -> int:
    """How many lines of blocking anomalies are left."""
    return sum(
        nombre
        for code, nombre in nombres.items()
        if anomalies.PAR_CODE[code].gravite == anomalies.BLOQUANTE
    )


def exiger_une_raison(envoi: Envoi, motif_anomalies: str) -> dict[str, int]:
    """How many lines each check finds; refuses blocking ones without a reason."""
    nombres = anomalies.compter(*bornes(envoi.mois), envoi.mds_id)
    if bloquantes(nombres) and not motif_anomalies:
        raise EnvoiRefuse(
            "Des anomalies bloquantes restent : corrigez-les, ou écrivez pourquoi le tableau part"
            " ainsi."
        )
    return nombres


def envoyer(numero: int, motif_anomalies: str = "") -> Envoi:
    """Freeze the table for good.

    Figures, lines, definitions and workbook, all read at one and the same instant.
    """
    db.session.commit()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    envoi = db.session.scalar(select(Envoi).where(Envoi.id == numero).with_for_update())
    if envoi is None or envoi.envoye_le is not None:
        raise EnvoiRefuse("Ce tableau est déjà envoyé, ou n’existe plus.")
    exiger_le_droit(envoi.mds_id)
    return sceller(envoi, calculer_le_mois(envoi.mois, envoi.mds), motif_anomalies)


def sceller(envoi: Envoi, tableau: TableauDuMois, motif_anomalies: str) -> Envoi:
    """What ``tableau`` says becomes what was sent, by who prepared it and when.

    It is in the caller's transaction.

    Refuses a table with blocking anomalies and no reason for it, and a rectificatif of nothing.
    """
    nombres = exiger_une_raison(envoi, motif_anomalies)
    restent = bloquantes(nombres)
    precedent = next((e for e in de_ce_mois(envoi.mois, envoi.mds_id) if e.envoye_le), None)
    cachet = _cachet(envoi, tableau, precedent)
    if restent:
        cachet = replace(cachet, motif_anomalies=motif_anomalies)
    contenu = figer(tableau, cachet, precedent, nombres)
    cachet = replace(cachet, empreinte=hashlib.sha256(contenu).hexdigest())
    envoi.classeur = _octets(replace(tableau, cachet=cachet))
    envoi.contenu = contenu
    envoi.empreinte = cachet.empreinte
    envoi.bloquantes = restent
    envoi.motif_anomalies = cachet.motif_anomalies
    envoi.definitions = version_des_definitions()
    envoi.envoye_par = tableau.prepare_par
    envoi.envoye_le = tableau.prepare_le
    db.session.flush()
    journal.consigner(
        "envoi",
        table="envoi",
        cle=envoi.id,
        detail=_detail(
            envoi,
            lignes=len(cachet.jeunes),
            bloquantes=restent,
            empreinte=cachet.empreinte,
        ),
    )
    return envoi


def _cachet(envoi: Envoi, tableau: TableauDuMois, precedent: Envoi | None) -> Cachet:
    """What this table says besides its figures; refuses a rectificatif that changes nothing."""
    jeunes = list(lignes_des_jeunes(tableau))
    changees = []
    if precedent is not None:
        changees = comparer(precedent, tableau, jeunes)
        if not changees:
            raise EnvoiRefuse(
                "Rien n’a changé depuis le dernier envoi : il n’y a rien à rectifier."
            )
    verification = "non vérifié"
    if envoi.verifie_le is not None:
        le = envoi.verifie_le.astimezone(PARIS)
        verification = f"par {envoi.verifie_par}, le {moment(le)}"
    return Cachet(envoi.numero, envoi.motif_rectificatif, verification, jeunes, changees)


def _octets(tableau: TableauDuMois) -> bytes:
    """The workbook, as it will always be given."""
    with TemporaryDirectory(prefix="tandem-envoi-") as dossier:
        chemin = Path(dossier) / "tableau.xlsx"
        classeur.composer(tableau, chemin)
        return chemin.read_bytes()


def telecharger(envoi: Envoi, motif: str = "") -> bytes:
    """The very bytes that were frozen, and a line in the audit log that says what for.

    Refuses one that is not sent.
    """
    if envoi.classeur is None:
        raise EnvoiRefuse("Ce tableau n’est pas encore envoyé.")
    jeunes = list(jeunes_par_numero(contenu_fige(envoi)))
    sorties_de_donnees.noter(
        FichierSorti(
            f"Tableau mensuel envoyé, {envoi.mois:%m/%Y}",
            "envoi",
            len(jeunes),
            jeunes,
            cle=envoi.id,
            detail=_detail(envoi, motif=motif),
        )
    )
    return envoi.classeur


def _detail(envoi: Envoi, **plus: object) -> dict[str, object]:
    """What the audit log says of a sending."""
    return {
        "mois": f"{envoi.mois:%Y-%m}",
        "mds": envoi.mds and envoi.mds.code,
        "numero": envoi.numero,
        **plus,
    }


def nom_de_fichier(envoi: Envoi) -> str:
    rectificatif = f"-rectificatif-{envoi.numero}" if envoi.numero else ""
    return f"{debut_du_nom_de_fichier(envoi.mois, envoi.mds)}{rectificatif}.xlsx"
