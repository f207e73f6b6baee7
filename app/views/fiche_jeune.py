"""How a youth's file is laid out: the summary above, one tab per noun, « Ajouter » in each, what
one click can do."""

from datetime import timedelta
from urllib.parse import quote

from flask import get_template_attribute, render_template, request
from markupsafe import Markup
from sqlalchemy import Row

from app.acces import Perimetre
from app.regles.age import aujourd_hui
from app.views.socle.affichage import en_cellule, en_texte
from app.views.socle.fiche import Onglet, ajouter_a

from .dossier import MAX_PAR_ONGLET, ONGLETS, Dossier
from .dossier import Onglet as Rubrique

LIBELLES = {
    "presents": "Présents",
    "ressources": "Ressources",
    "couvertures": "Couverture maladie",
    "instance": "Comité",
    "partenaire": "Partenaire",
    "mds_rattachement": "MDS",
    "etat_reponse": "Réponse",
}
PRESENTS = (
    ("jeune_present", "jeune"),
    ("coordonnateur_present", "coordonnateur"),
    ("service_ase_present", "service ASE"),
    ("lieu_accueil_present", "lieu d’accueil"),
)
ROUTES = {
    "rencontre": "/rencontres",
    "situation": "/situations",
    "alerte": "/alertes",
    "frein": "/freins",
    "mobilisation": "/mobilisations",
    "mesure": "/mesures",
    "accompagnement": "/accompagnements",
    "binome": "/binomes",
    "enquete": "/enquetes",
    "decision": "/decisions",
    "rattachement": "/rattachements",
    "etape": "/etapes",
}
TERMINER = {"alerte": ("au", "Clore aujourd’hui"), "frein": ("leve_le", "Levé aujourd’hui")}
COURT = 160
"""Characters of a long text shown in a tab."""
BIENTOT = timedelta(days=365)
"""A step that is due later is not decided yet."""


def _presents(r: Row) -> str:
    """Who was there and, once somebody was named, of whom nothing is known: what is missing is not
    an absence."""
    presents = ", ".join(mot for colonne, mot in PRESENTS if getattr(r, colonne))
    inconnus = [mot for colonne, mot in PRESENTS if getattr(r, colonne) is None]
    if len(inconnus) == len(PRESENTS):
        return ""
    absents = ", ".join(mot for colonne, mot in PRESENTS if getattr(r, colonne) is False)
    phrase = presents[:1].upper() + presents[1:] or (
        f"Absent : {absents}" if inconnus else "Personne"
    )
    return f"{phrase} (non renseigné : {', '.join(inconnus)})" if inconnus else phrase


def _ressources(r: Row) -> str:
    lues = [(r.ressource_1, r.fin_ressource_1), (r.ressource_2, r.fin_ressource_2)]
    return " ; ".join(
        f"{nom} (jusqu’au {en_texte(fin)})" if fin else nom for nom, fin in lues if nom
    )


def _couvertures(r: Row) -> str:
    lues = (("base", r.couverture_base), ("complémentaire", r.couverture_complementaire))
    return " ; ".join(f"{quoi} : {valeur}" for quoi, valeur in lues if valeur)


CALCULES = {
    "etat_reponse": lambda r: (
        f"Reçue le {en_texte(r.repondue_le)}" if r.repondue_le else "Attendue"
    ),
    "presents": _presents,
    "ressources": _ressources,
    "couvertures": _couvertures,
    "instance": lambda r: f"Comité du {en_texte(r.instance_le)}" if r.instance_le else "",
}


def _cellule(r: Row, colonne: str) -> Markup:
    texte = CALCULES[colonne](r) if colonne in CALCULES else en_texte(getattr(r, colonne))
    if colonne == "lieu" and r.action:
        texte = f"{texte} – {r.action}".strip(" –")
    return en_cellule(texte if len(texte) <= COURT else f"{texte[:COURT].rstrip()}…")


def _libelle(rubrique: Rubrique, colonne: str) -> str:
    if colonne in LIBELLES:
        return LIBELLES[colonne]
    table = rubrique.classe.__table__
    return table.c[colonne if colonne in table.c else f"{colonne}_code"].info["libelle"]


def onglets(d: Dossier, perimetre: Perimetre, sections: list) -> list[Onglet]:
    """The tabs that the person may read, the most used first."""
    mds = d.jeune.mds_id
    lus = [o for o in ONGLETS if perimetre.peut(o.table, "lire", mds)]
    tous = [_onglet(o, d, perimetre) for o in lus]
    if perimetre.peut("etape", "lire", mds):
        tous.insert(min(2, len(tous)), _etapes(d, perimetre))
    identite = Markup(render_template("tandem/identite.html", sections=sections))
    return [*tous, Onglet("identite", "Identité et projet", contenu=identite)]


def _onglet(rubrique: Rubrique, d: Dossier, perimetre: Perimetre) -> Onglet:
    table, route, mds = rubrique.table, ROUTES[rubrique.table], d.jeune.mds_id
    modifie = perimetre.peut(table, "modifier", mds)
    lignes = [
        (
            f"{request.script_root}{route}/{r.id}",
            [_cellule(r, c) for c in rubrique.colonnes]
            + ([_actes(rubrique, r, d)] if modifie else []),
        )
        for r in d.lignes[table]
    ]
    tout_voir = (
        f"{request.script_root}{route}/?jeune={d.jeune.id}" if len(lignes) >= MAX_PAR_ONGLET else ""
    )
    return Onglet(
        table,
        rubrique.titre,
        [_libelle(rubrique, c) for c in rubrique.colonnes] + (["Actions"] if modifie else []),
        lignes,
        compte=str(len(lignes)) if lignes else "",
        tout_voir=tout_voir,
        vide="Rien n’est enregistré.",
        ajouter=(rubrique.ajouter, ajouter_a(route, "jeune", d.jeune.id, table))
        if perimetre.peut(table, "creer", mds)
        else None,
    )


def _actes(rubrique: Rubrique, r: Row, d: Dossier) -> Markup:
    """What may be done with a line without leaving the file."""
    table, adresse = rubrique.table, f"{request.script_root}{ROUTES[rubrique.table]}/{r.id}"
    liens, envois = [], []
    if table != "enquete" or r.repondue_le is None:  # its form would show the answer
        mot = (
            "Mettre à jour"
            if table == "rencontre" and r in d.rencontres_a_mettre_a_jour
            else "Modifier"
        )
        liens.append((mot, f"{adresse}/modifier"))
    if table == "situation" and r == d.derniere_situation:
        if max(r.observee_le, r.confirmee_le or r.observee_le) < d.le:
            envois.append(("Toujours vrai aujourd’hui", f"{adresse}/confirmer"))
        liens.append(
            (
                "Reprendre et corriger",
                f"{request.script_root}/situations/ajouter?jeune={d.jeune.id}&copie={r.id}",
            )
        )
    if table == "enquete" and r.repondue_le is None:
        liens.append(("Lien et QR code", f"{adresse}/lien"))
    if table in TERMINER and getattr(r, TERMINER[table][0]) is None and r.du <= d.le:
        envois.append((TERMINER[table][1], f"{adresse}/terminer"))
    return actes(liens, envois, table)


def actes(liens: list[tuple[str, str]], envois: list[tuple[str, str]], onglet: str) -> Markup:
    """Links and one-click buttons that come back to the tab."""
    retour = quote(f"{request.path}#{onglet}", safe="")
    liens = [
        (libelle, f"{adresse}{'&' if '?' in adresse else '?'}retour={retour}")
        for libelle, adresse in liens
    ]
    return get_template_attribute("tandem/_actes.html", "actes")(
        liens, envois, f"{request.path}#{onglet}"
    )


def _etapes(d: Dossier, perimetre: Perimetre) -> Onglet:
    mds, racine = d.jeune.mds_id, request.script_root
    cree, modifie = (perimetre.peut("etape", a, mds) for a in ("creer", "modifier"))
    dites = {e.echeance: e.id for e in d.lignes["etape"]}
    etat = get_template_attribute("tandem/_actes.html", "etat")
    lignes = []
    for e in d.echeances:
        liens = []
        if e.cle in dites and modifie:
            liens = [("Modifier", f"{racine}/etapes/{dites[e.cle]}/modifier")]
        elif e.cle not in dites and cree and e.a_decider and e.du <= d.le + BIENTOT:
            base = f"{racine}/etapes/ajouter?jeune={d.jeune.id}&echeance={quote(e.cle, safe='')}"
            liens = [("Faite", base), ("Sans objet", f"{base}&sans_objet=1")]
        quand = f" le {en_texte(e.le)}" if e.le else f" ({e.motif})" if e.motif else ""
        titre = Markup('{}<br><small class="discret">{}</small>').format(e.titre, e.aide)
        lignes.append(
            (
                "",
                [
                    titre,
                    en_texte(e.du),
                    etat(e.etat, f"{e.libelle_etat}{quand}"),
                    actes(liens, [], "etapes"),
                ],
            )
        )
    tard = len(d.etapes_en_retard)
    return Onglet(
        "etapes",
        "Étapes légales",
        ["Étape", "Pour le", "État", "Actions"],
        lignes,
        compte=str(tard) if tard else "",
    )


def suite_de(d: Dossier, perimetre: Perimetre) -> str | None:
    """Where what comes next is done, when the person may do it."""
    jeune, mds, racine = d.jeune, d.jeune.mds_id, request.script_root
    retour = f"retour={quote(request.path, safe='')}"
    match d.phase.acte:
        case "contact" if perimetre.peut("jeune", "modifier", mds):
            return f"{racine}/jeunes/{jeune.id}/modifier?{retour}#contact_le"
        case "rendez_vous" if perimetre.peut("rencontre", "creer", mds):
            return f"{racine}/rencontres/ajouter?jeune={jeune.id}&type=TRIPARTITE&prevue=1&{retour}"
        case "mise_a_jour" if perimetre.peut("rencontre", "modifier", mds):
            rdv = next(
                (
                    r
                    for r in d.lignes["rencontre"]
                    if r.type_code == "TRIPARTITE" and r.le == d.phase.avant_le
                ),
                None,
            )
            return f"{racine}/rencontres/{rdv.id}/modifier?{retour}" if rdv else None
        case "accompagnement" | "binome" as table if perimetre.peut(table, "creer", mds):
            return f"{racine}{ROUTES[table]}/ajouter?jeune={jeune.id}&{retour}"
        case "fin_binome" if d.binome and perimetre.peut("binome", "modifier", mds):
            return f"{racine}/binomes/{d.binome.id}/modifier?{retour}"
    return None


def depuis(jour, le=None) -> str:
    """« depuis 12 jours », « depuis 3 mois »."""
    jours = ((le or aujourd_hui()) - jour).days
    if jours <= 0:
        return "depuis aujourd’hui"
    if jours < 60:
        return f"depuis {jours} jour{'s' * (jours > 1)}"
    if jours < 730:
        return f"depuis {jours // 30} mois"
    return f"depuis {jours // 365} ans"
