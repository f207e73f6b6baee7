"""A file that is long to make leaves the request: the same route makes it in the queue.

What was asked is kept encrypted (a search holds names) with the work; the queue replays the route
for whoever asked, with the rights they have then, and keeps the file for them alone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, flash, g, redirect, request, url_for
from sqlalchemy import ColumnElement, select
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Reponse

from app import acces
from app.connexion.preuve import CHAMP, demander_une_preuve
from app.erreurs import PAGES
from app.extensions import db
from app.models import Compte, Jeune, Travail
from app.regles.parametres import EXPORT_MASSIF_LIGNES
from app.secret import chiffrer, dechiffrer
from app.sorties_de_donnees import PlafondAtteint, plafond_atteint, refuser_au_dela
from app.travaux import file
from app.travaux.taches import Avancer, Livraison, TravailRefuse, tache
from app.views.socle.saisie import ligne_saisie

LIGNES_IMMEDIATES = 1000
"""A list of so many rows at most is answered at once, in under two seconds."""
DOSSIERS_IMMEDIATS = 400
"""The same for what reads whole files: workbook, month's table, bilan."""
_AUCUNE = int
"""What is made of figures alone has no row of a youth."""
JETONS = ("csrf_token", CHAMP)
SANS_FICHIER = (
    "Ce fichier n’a pas pu être fait : vos habilitations ont changé, ou ce qui était demandé "
    "n’existe plus. Recommencez depuis l’écran d’où vous veniez."
)


def differer(titre: str, lignes: int, immediates: int = LIGNES_IMMEDIATES) -> Reponse | None:
    """Ask the queue for the file of the current request, when it has more than ``immediates`` rows.

    Returns the page that shows the progress, or the one that asks for a proof before so many rows
    leave; None when the file is to be made now: it is short, or the queue is making it. Refuses
    more rows than may leave today, at the asking and again in the queue.
    """
    if refus := plafond_atteint(lignes):
        raise refus
    return _differer(titre, lignes, immediates)


def _differer(titre: str, lignes: int, immediates: int) -> Reponse | None:
    if "travail" in g:
        return None
    if preuve := prouver_si_massif(lignes, immediates):
        return preuve
    if lignes <= immediates:
        return None
    formulaire = [paire for paire in request.form.items(multi=True) if paire[0] not in JETONS]
    demande = {
        "chemin": request.path,
        "adresse": chiffrer(request.query_string.decode()),
        "formulaire": chiffrer(urlencode(formulaire)),
    }
    travail = file.demander("fichier", titre, demande, motif=ligne_saisie("motif", 300))
    db.session.commit()
    flash("Ce fichier est long à faire : il se prépare, et vous attendra ici.", "succes")
    return redirect(url_for("TravauxView.voir", numero=travail.id), 303)


def prouver_si_massif(lignes: int, immediates: int = LIGNES_IMMEDIATES) -> Reponse | None:
    """The page that asks for a proof before so many rows leave; None when the last one is recent,
    or the rows are few."""
    if lignes < EXPORT_MASSIF_LIGNES.valeur and lignes <= immediates:
        return None
    return demander_une_preuve("emporter autant de fiches")


def differer_les_dossiers(titre: str, lignes: Callable[[], int]) -> Reponse | None:
    """The same for the workbook, made from the files of all the youths that one reads; ``lignes``
    counts its rows."""
    refuser_au_dela(lignes, "par l’export d’une liste filtrée")
    nombre = _compter_les_dossiers(*acces.mds_permises(Jeune))
    return _differer(titre, nombre, DOSSIERS_IMMEDIATS)


def differer_les_chiffres(
    titre: str, mds_id: int | None, lignes: Callable[[], int] = _AUCUNE
) -> Reponse | None:
    """The same for figures and what is made from them, of an MDS or (None) of the Département;
    ``lignes`` counts the youths that have a row there."""
    refuser_au_dela(lignes, "une seule MDS")
    return _differer(titre, _compter_qui_compte(mds_id), DOSSIERS_IMMEDIATS)


def sont_nombreux(mds_id: int | None) -> bool:
    """Whether the figures of an MDS, or of the Département, are too long for a request."""
    return _compter_qui_compte(mds_id) > DOSSIERS_IMMEDIATS


def _compter_qui_compte(mds_id: int | None) -> int:
    """The youths behind the figures: whoever reads no file has the same figures as the others."""
    ici = [] if mds_id is None else [Jeune.mds_id == mds_id]
    with acces.compter():
        return _compter_les_dossiers(*ici)


def _compter_les_dossiers(*ou: ColumnElement[bool]) -> int:
    """How many youths, no further than what tells a long file from a short one."""
    requete = select(Jeune.id).where(*ou).limit(DOSSIERS_IMMEDIATS + 1)
    return len(db.session.scalars(requete).all())


def avancer(fait: int, total: int | None = None) -> None:
    """Tell how far the file is, when the queue is making it; refuses to go on once given up."""
    if "avancer" in g:
        g.avancer(fait, total)


@tache("fichier", "Fichier")
def faire(travail: Travail, progresse: Avancer, dossier: Path) -> Livraison:
    """Replay the request, and keep the file that it answers with."""
    demande = travail.demande
    contexte = current_app.test_request_context(
        demande["chemin"],
        method="POST",
        query_string=dechiffrer(demande["adresse"]),
        data=dechiffrer(demande["formulaire"]),
        content_type="application/x-www-form-urlencoded",
    )
    g.travail = travail.id
    g.avancer = progresse
    with contexte:
        g._login_user = db.session.get_one(Compte, travail.compte_id)
        reponse = _repondre()
        nom = reponse.headers.get("Content-Disposition", "")
        if not nom.startswith("attachment"):
            raise TravailRefuse(SANS_FICHIER)
        chemin = dossier / "fichier"
        with chemin.open("wb") as fichier:
            fichier.writelines(reponse.iter_encoded())
        reponse.close()
        _, _, lu = nom.partition("filename=")
        return Livraison(chemin, lu.partition(";")[0].strip('"'), reponse.mimetype or "")


def _repondre() -> Response:
    """What the route answers; a refusal is told in its own words."""
    route = current_app.view_functions[request.endpoint or ""]
    try:
        rendu: Any = route(**(request.view_args or {}))
    except PlafondAtteint as refus:
        raise TravailRefuse(str(refus.description)) from refus
    except HTTPException as refus:
        page = PAGES.get(refus.code or 500, PAGES[500])
        raise TravailRefuse(f"{page.raison} {page.remede}") from refus
    return current_app.make_response(rendu)
