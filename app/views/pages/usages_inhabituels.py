"""« Usages inhabituels »: what each person did lately, set against the others. It blocks nothing.

A responsable reads those of their MDS, the DPO all of them (``acces/usages.sql``: counts alone).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from flask import render_template
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, func, or_, select, text

from app import menu
from app.extensions import db
from app.indicateurs.chiffres import en_francais
from app.menu import AuMenu
from app.models import Compte, Habilitation
from app.regles import parametres as p
from app.regles.age import aujourd_hui
from app.regles.texte import accorder
from app.roles import ROLES
from app.views.socle.page import fil_d_ariane

_USAGES = text("select * from acces.usages(:jours, :debut, :fin)")


@dataclass(frozen=True)
class UsageDUnePersonne:
    """What one person did, and the sentences that say what is unusual in it."""

    nom: str
    login: str
    role: str
    faits: Row[Any]
    mediane: float
    """Files opened by those who have the same role, the middle one."""

    @property
    def mediane_dite(self) -> str:
        return en_francais(self.mediane, 1).removesuffix(",0")

    @property
    def signes(self) -> list[str]:
        """What is unusual, in words; empty for most people."""
        return list(self._signes())

    def _signes(self) -> Iterator[str]:
        faits = self.faits
        fois = p.USAGES_FOIS_LA_MEDIANE.valeur
        if faits.dossiers > fois * max(self.mediane, 1):
            ouverts = accorder(faits.dossiers, "dossier ouvert", "dossiers ouverts")
            yield f"{ouverts}, médiane de son rôle : {self.mediane_dite}"
        if faits.hors_portefeuille > fois * max(self.mediane, 1):
            ailleurs = accorder(faits.hors_portefeuille, "dossier", "dossiers")
            yield f"{ailleurs} qu’elle ou il n’accompagne pas"
        if faits.plus_grand >= p.EXPORT_MASSIF_LIGNES.valeur:
            yield f"un fichier de {accorder(faits.plus_grand, 'ligne', 'lignes')}"
        if faits.hors_heures:
            debut, fin = p.USAGES_HEURES.valeur
            emportes = accorder(faits.hors_heures, "fichier emporté", "fichiers emportés")
            yield f"{emportes} hors de {debut}\u00a0h à {fin}\u00a0h, ou le week-end"
        if faits.en_un_jour >= p.USAGES_REFUS.valeur:
            refuses = accorder(faits.en_un_jour, "accès refusé", "accès refusés")
            yield f"{refuses} en un jour : numéros devinés ou pages fermées"
        if faits.machines > 1:
            machines = accorder(faits.machines, "nouvelle machine", "nouvelles machines")
            yield f"connexions depuis {machines}"
        if faits.echecs >= p.USAGES_ECHECS.valeur:
            yield accorder(faits.echecs, "connexion refusée", "connexions refusées")


@dataclass(frozen=True)
class PageDesUsages:
    """Those whose use is unusual first, then the others."""

    personnes: list[UsageDUnePersonne]

    jours = p.USAGES_JOURS
    fois = p.USAGES_FOIS_LA_MEDIANE
    refus_signales = p.USAGES_REFUS
    echecs = p.USAGES_ECHECS
    massif = p.EXPORT_MASSIF_LIGNES
    heures = p.USAGES_HEURES

    @property
    def inhabituels(self) -> list[UsageDUnePersonne]:
        return [personne for personne in self.personnes if personne.signes]


class UsagesInhabituelsView(BaseView):
    route_base = "/usages-inhabituels"
    class_permission_name = "journal"
    default_view = "index"
    au_menu = AuMenu(menu.ADMINISTRATION, 66, "Usages inhabituels", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self) -> str:
        page = PageDesUsages(_personnes())
        return render_template("tandem/usages_inhabituels.html", page=page, fil=fil_d_ariane())


def _personnes() -> list[UsageDUnePersonne]:
    """In three statements: the counts, the names, the roles."""
    debut, fin = p.USAGES_HEURES.valeur
    valeurs = {"jours": p.USAGES_JOURS.valeur, "debut": debut, "fin": fin}
    lus = db.session.execute(_USAGES, valeurs).all()
    comptes = {lu.compte_id: lu for lu in lus}
    noms = {
        compte.id: compte
        for compte in db.session.scalars(select(Compte).where(Compte.id.in_(comptes)))
    }
    roles = _roles(list(comptes))
    ouverts: dict[str, list[int]] = defaultdict(list)
    for lu in lus:
        if lu.dossiers:
            ouverts[roles.get(lu.compte_id, "")].append(lu.dossiers)
    medianes = {role: median(nombres) for role, nombres in ouverts.items()}
    personnes = []
    for numero, lu in comptes.items():
        compte = noms.get(numero)
        role = roles.get(numero, "")
        personnes.append(
            UsageDUnePersonne(
                str(compte) if compte else f"Compte n° {numero}",
                compte.username if compte else "",
                role,
                lu,
                medianes.get(role, 0),
            )
        )
    return sorted(personnes, key=lambda x: (-len(x.signes), -x.faits.dossiers, x.nom))


def _roles(comptes: list[int]) -> dict[int, str]:
    """Account → its first role today, as people say it."""
    le = aujourd_hui()
    tenus = select(Habilitation.compte_id, func.min(Habilitation.role_code)).where(
        Habilitation.compte_id.in_(comptes),
        Habilitation.du <= le,
        or_(Habilitation.au.is_(None), Habilitation.au >= le),
    )
    lus = db.session.execute(tenus.group_by(Habilitation.compte_id))
    return {compte: ROLES[role].libelle for compte, role in lus}


VUES = (UsagesInhabituelsView,)
