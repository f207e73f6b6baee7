"""What was typed in a form that was refused for want of a session: kept one hour, given back.

The form itself says for whom its page was made: its token is signed (``sessions``). What is kept is
encrypted with SECRET_KEY and a random key that only the browser holds, in a cookie: it takes this
browser and this account together to read it. It is never sent again by itself.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import after_this_request, current_app, g, request, url_for
from flask_login import current_user
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app import acces
from app.extensions import db
from app.models import Compte, TexteGarde
from app.regles.age import PARIS
from app.regles.texte import heure_dite, sans_invisibles
from app.secret import chiffrer, dechiffrer_si_possible

from . import sessions
from .chemins import avec, chemin_local

CHAMP = "texte_garde"
"""The number of what is given back: in the address of the page, then in its form."""
COOKIE = "tandem_textes"
DUREE = timedelta(hours=1)
MAXIMUM = 200_000
"""Bytes of a form as it is sent; a report of half an hour takes ten thousand."""
PAR_COMPTE = 20
UNE_PHRASE = 30
"""Characters from which a text is shown to whoever would have to write it again."""
JAMAIS = {"Connexion", "MonCompte", "Avis", "Agenda"}
"""The views whose forms hold passwords and codes, and those where nobody is signed in."""
ETATS = {"jeton", "version", "versions", "empreinte", "montre"}
"""The hidden fields that say what the page had shown, and that make the form count once."""
TECHNIQUES = ETATS | {"csrf_token", "retour", "en_conflit", "encore", CHAMP}
"""The fields of a form that nobody types."""

Champs = list[tuple[str, str]]


@dataclass(frozen=True)
class Garde:
    """What has just been kept: for which account, under which number, from which page."""

    compte_id: int
    numero: int
    page: str

    @property
    def adresse(self) -> str:
        return avec(self.page, CHAMP, self.numero)


@dataclass(frozen=True)
class FormulaireRefuse:
    """What was typed: the page of the form, the address where it was sent, its fields."""

    numero: int
    garde_le: datetime
    page: str
    envoi: str
    champs: Champs

    @property
    def adresse(self) -> str:
        return avec(self.page, CHAMP, self.numero)

    @property
    def heure(self) -> str:
        return heure_dite(self.garde_le.astimezone(PARIS))


def garder() -> Garde | None:
    """Keep the form of this request, which is refused; None for what is never kept.

    Never kept: passwords and codes, files, what a script asks by itself, what is too long, a form
    without a token that Tandem signed for an open account, and one where nothing was typed.
    """
    champs = _a_garder()
    compte_id = sessions.auteur_du_formulaire() if champs else None
    if compte_id is None:
        return None
    cle = request.cookies.get(_cookie()) or secrets.token_urlsafe(32)
    page = _page()
    contenu = json.dumps({"page": page, "envoi": request.path, "champs": champs})
    with acces.acteur(compte_id):
        compte = db.session.get(Compte, compte_id)
        if compte is None or not compte.is_active:
            return None
        numero = _ecrire(compte_id, cle, page, contenu)
        db.session.commit()
    g.texte_garde = numero
    after_this_request(lambda reponse: _retenir_la_cle(reponse, cle))
    return Garde(compte_id, numero, page)


def tapes() -> list[str]:
    """The sentences of the form of this request, for the page that says that it is refused.

    Of a form that may not be kept, or that cannot be read, none.
    """
    try:
        champs = _a_garder()
    except HTTPException:
        return []
    lus = [sans_invisibles(valeur).strip() for nom, valeur in champs if nom not in TECHNIQUES]
    return [lu for lu in lus if len(lu) >= UNE_PHRASE]


def _a_garder() -> Champs:
    """The fields of the form of this request; none when it may not be kept."""
    if request.method != "POST" or request.blueprint in JAMAIS:
        return []
    if request.mimetype != "application/x-www-form-urlencoded":
        return []
    if request.accept_mimetypes.best == "application/json":
        return []
    if not 0 < (request.content_length or 0) <= MAXIMUM:
        return []
    champs = [(n, v) for n, v in request.form.items(multi=True) if n != "preuve"]
    if any(valeur.strip() for nom, valeur in champs if nom not in TECHNIQUES):
        return champs
    return []


def _ecrire(compte_id: int, cle: str, page: str, contenu: str) -> int:
    """The number of the row; the same form refused twice keeps one row, the last one."""
    siens = TexteGarde.compte_id == compte_id
    recents = select(TexteGarde.id).where(siens).order_by(TexteGarde.garde_le.desc())
    en_trop = TexteGarde.id.in_(recents.offset(PAR_COMPTE - 1))
    db.session.execute(delete(TexteGarde).where(siens, _perime() | en_trop))
    valeurs = {
        "compte_id": compte_id,
        "navigateur": _hash(cle),
        "formulaire": _hash(f"{request.path}\n{page}\n{request.form.get('jeton', '')}"),
        "contenu": chiffrer(contenu, _usage(cle)),
    }
    ordre = insert(TexteGarde).values(valeurs)
    ordre = ordre.on_conflict_do_update(
        constraint="uq_texte_garde_formulaire",
        set_={"contenu": ordre.excluded.contenu, "garde_le": func.now()},
    )
    return db.session.scalars(ordre.returning(TexteGarde.id)).one()


def _page() -> str:
    """The page where the form stood: the one that it was sent from, else its own address."""
    soi = f"{request.script_root}{request.full_path.rstrip('?')}"
    for chemin in (chemin_local(request.referrer or ""), soi):
        if chemin and _s_ouvre(chemin):
            return avec(chemin, CHAMP)
    return url_for("Accueil.index")


def _s_ouvre(chemin: str) -> bool:
    """Whether this path is that of a page, which is not one of the way in."""
    routes = current_app.url_map.bind_to_environ(request.environ)
    sans_racine = chemin.removeprefix(request.script_root).partition("?")[0]
    try:
        endpoint, _ = routes.match(sans_racine, method="GET")
    except HTTPException:
        return False
    return endpoint.partition(".")[0] not in JAMAIS


def _cookie() -> str:
    return f"{current_app.config['PREFIXE_DES_COOKIES']}{COOKIE}"


def _retenir_la_cle(reponse: Response, cle: str) -> Response:
    reponse.set_cookie(
        _cookie(),
        cle,
        max_age=DUREE,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )
    return reponse


def page_a_rendre(compte_id: int) -> str | None:
    """Where the last text of this account kept in this browser is given back, if there is any."""
    for texte in textes(compte_id):
        return texte.adresse
    return None


def textes(compte_id: int) -> list[FormulaireRefuse]:
    """What is kept of this account in this browser, the last one first."""
    cle = request.cookies.get(_cookie())
    if not cle:
        return []
    lignes = db.session.scalars(
        select(TexteGarde)
        .where(
            TexteGarde.compte_id == compte_id,
            TexteGarde.navigateur == _hash(cle),
            ~_perime(),
        )
        .order_by(TexteGarde.garde_le.desc(), TexteGarde.id.desc())
    )
    return [texte for ligne in lignes if (texte := _ouvrir(ligne, cle))]


def _ouvrir(ligne: TexteGarde, cle: str) -> FormulaireRefuse | None:
    """None for what another SECRET_KEY encrypted."""
    clair = dechiffrer_si_possible(ligne.contenu, _usage(cle))
    if clair is None:
        return None
    lu = json.loads(clair)
    champs = [(nom, valeur) for nom, valeur in lu["champs"]]
    return FormulaireRefuse(ligne.id, ligne.garde_le, lu["page"], lu["envoi"], champs)


def rendu() -> MultiDict[str, str] | None:
    """What this page gives back, for a view whose fields depend on what was typed."""
    numero = request.args.get(CHAMP, "")
    if not numero.isdecimal():
        return None
    for texte in textes(current_user.id):
        if str(texte.numero) == numero and texte.envoi == request.path:
            return MultiDict(texte.champs)
    return None


def oublier(numero: int) -> None:
    """Erase what is kept under this number, if it is the person's own; for good at once."""
    db.session.execute(
        delete(TexteGarde).where(TexteGarde.id == numero, TexteGarde.compte_id == current_user.id)
    )
    db.session.commit()


def _perime() -> ColumnElement[bool]:
    return TexteGarde.garde_le < func.now() - DUREE


def _usage(cle: str) -> str:
    return f"tandem texte gardé {cle}"


def _hash(clair: str) -> str:
    return hashlib.sha256(clair.encode()).hexdigest()
