"""The agenda sent to the participants who may read it, in codes and links (M10)."""

import hashlib

from flask import abort, current_app, flash
from sqlalchemy import func, select

from app.extensions import db
from app.models import Instance
from app.rappels.resume import lien
from app.rappels.tournee import FIN
from app.views import comite as comites
from app.views.comite import PointLu
from app.views.socle.affichage import en_texte
from app.views.socle.page import conclure_et_dire


def envoyer(comite: Instance) -> None:
    """The agenda to the participants who may read it: codes and links; the others are told."""
    if current_app.config["SMTP"] is None:
        abort(404)
    lus = comites.points(comite)
    corps = _courriel(comite, lus)
    cle = hashlib.sha256(corps.encode()).hexdigest()[:16]
    objet = f"Tandem : comité de suivi du {en_texte(comite.le)}"
    ecrits = db.session.scalar(select(func.acces.convoquer(comite.id, cle, objet, corps))) or 0
    if ecrits:
        comites.noter_sortie(comite, "Ordre du jour de comité, par courriel", lus, courriels=ecrits)
        pluriel = "s" * (ecrits > 1)
        fait = f"Ordre du jour enregistré ; {ecrits} courriel{pluriel} à partir dans l’heure."
    else:
        fait = "Ordre du jour enregistré ; il a déjà été écrit à ceux qui peuvent le lire."
    if not conclure_et_dire(fait):
        return
    prevenus = {x.participant_id for x in comites.lecteurs(comite) if x.veut_des_courriels}
    autres = [p.nom for p in comites.participants(comite) if p.id not in prevenus]
    if autres:
        flash(f"À prévenir autrement : {', '.join(autres)}.", "attention")


def _courriel(comite: Instance, lus: list[PointLu]) -> str:
    """Codes and links alone: never a name nor a date of birth."""
    lignes = [f"{p.rang}. {p.code} {lien(f'/jeunes/{p.jeune_id}')}" for p in lus]
    nombre = f"{len(lus)} jeune{'s' * (len(lus) > 1)} à l’ordre du jour."
    return "\n\n".join(
        [
            f"Comité de suivi du {en_texte(comite.le)}, MDS {comite.mds} : {nombre}",
            lien(f"/comites/{comite.id}"),
            "\n".join(lignes),
            FIN.format(adresse=lien("/mon-compte/#rappels")),
        ]
    )
