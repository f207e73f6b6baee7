"""How a youth's file is laid out: the summary, one tab per noun, what one click can do."""

from datetime import date, timedelta
from urllib.parse import quote

from flask import get_template_attribute, render_template, request
from markupsafe import Markup
from sqlalchemy import Row

from app.acces import Perimetre
from app.regles.age import aujourd_hui
from app.views.etapes_legales import EtapeDuJeune
from app.views.socle.affichage import en_mots, en_texte
from app.views.socle.fiche import LigneDuJeune, Onglet, ajouter_a, vue_de

from .dossier import MAX_PAR_ONGLET, Dossier, Rubrique, onglets_du_jeune

COURT = 160
"""Characters of a long text shown in a tab."""
BIENTOT = timedelta(days=365)
"""A step that is due later is not decided yet."""


def _texte(rubrique: Rubrique, ligne: Row, colonne: str, d: Dossier) -> str:
    calculee = rubrique.onglet.calculees.get(colonne)
    texte = calculee.texte(ligne, d) if calculee else en_mots(getattr(ligne, colonne))
    if len(texte) > COURT:
        texte = f"{texte[:COURT].rstrip()}…"
    return texte


def libelle(rubrique: Rubrique, colonne: str) -> str:
    """The title of a column of a tab: its own, else that of the column of the table."""
    if colonne in rubrique.onglet.calculees:
        return rubrique.onglet.calculees[colonne].libelle
    colonnes = rubrique.vue.modele.__table__.c
    nom = next(n for n in (colonne, f"{colonne}_code", f"{colonne}_id") if n in colonnes)
    return colonnes[nom].info["libelle"]


RUBRIQUES = (
    ("rencontres", "Rencontres", ("rencontre", "decision", "enquete")),
    ("loi", "Étapes et tâches", ("etapes", "tache", "besoin", "demande_cjm", "proposition_cej")),
    ("situations", "Situation", ("situation", "alerte", "frein", "mobilisation", "mobilite")),
    (
        "parcours",
        "Parcours ASE",
        ("mesure", "orientation", "accompagnement", "binome", "rattachement"),
    ),
    ("identite", "Identité et projet", ("identite",)),
)
"""The tabs of the file: (code, title, rubrics); what no tab names comes last, under « Autres »."""
AUTRES = ("autres", "Autres")


def onglets(d: Dossier, perimetre: Perimetre, sections: list) -> list[Onglet]:
    """The tabs that the person may read, the most used first; at most six."""
    lus = {o.code: o for o in _rubriques(d, perimetre, sections)}
    groupes = []
    for code, titre, codes in RUBRIQUES:
        parties = [lus.pop(c) for c in codes if c in lus]
        if parties:
            groupes.append(_groupe(code, titre, parties))
    if lus:
        groupes.append(_groupe(*AUTRES, [*lus.values()]))
    return groupes


def _groupe(code: str, titre: str, parties: list[Onglet]) -> Onglet:
    """A tab of one rubric is that rubric; of several, it holds them and counts their lines.

    When something in it is late, it counts that alone.
    """
    if len(parties) == 1:
        return parties[0]
    tard = [p for p in parties if p.en_retard]
    compte = sum(int(p.compte or 0) for p in tard or parties)
    return Onglet(code, titre, compte=str(compte or ""), parties=parties, en_retard=bool(tard))


def _rubriques(d: Dossier, perimetre: Perimetre, sections: list) -> list[Onglet]:
    mds = d.jeune.mds_id
    lus = [r for r in onglets_du_jeune() if perimetre.peut(r.vue.ressource, "lire", mds)]
    tous = [_onglet(r, d, perimetre) for r in lus]
    if perimetre.peut("etape", "lire", mds):
        tous.insert(min(2, len(tous)), _etapes(d, perimetre))
    page = render_template("tandem/identite.html", sections=sections)
    identite = Markup(page)  # noqa: S704 (our own template, which escapes)
    return [*tous, Onglet("identite", "Identité et projet", contenu=identite)]


def _onglet(rubrique: Rubrique, d: Dossier, perimetre: Perimetre) -> Onglet:
    vue = rubrique.vue
    table = rubrique.table
    mds = d.jeune.mds_id
    modifie = perimetre.peut(vue.ressource, "modifier", mds)
    lignes = [_ligne(rubrique, ligne, d, modifie=modifie) for ligne in d.lignes[table]]
    onglet = Onglet(table, vue.pluriel)
    if lignes and rubrique.onglet.gabarit:
        montrees = render_template(rubrique.onglet.gabarit, lignes=lignes, d=d)
        onglet.contenu = Markup(montrees)  # noqa: S704 (our own template, which escapes)
    else:
        onglet.colonnes = [libelle(rubrique, c) for c in rubrique.onglet.colonnes]
        onglet.lignes = [(m.adresse, m.cellules(avec_actes=modifie)) for m in lignes]
        if modifie:
            onglet.colonnes.append("Actions")
    if lignes:
        onglet.compte = str(len(lignes))
    if len(lignes) >= MAX_PAR_ONGLET:
        onglet.tout_voir = f"{request.script_root}{vue.route_base}/?jeune={d.jeune.id}"
    if perimetre.peut(vue.ressource, "creer", mds):
        adresse = ajouter_a(vue.route_base, "jeune", d.jeune.id, table)
        if rubrique.onglet.route:
            adresse = f"{request.script_root}{rubrique.onglet.route}?jeune={d.jeune.id}"
        onglet.ajouter = (rubrique.onglet.ajouter or vue.add_title, adresse)
    return onglet


def _ligne(rubrique: Rubrique, ligne: Row, d: Dossier, *, modifie: bool) -> LigneDuJeune:
    """``modifie``: whether the person may act on the record."""
    vue = rubrique.vue
    adresse = f"{request.script_root}{vue.route_base}/{ligne.id}"
    textes = {c: _texte(rubrique, ligne, c, d) for c in rubrique.onglet.colonnes}
    agir = Markup()
    if modifie:
        liens, envois = vue.actes_de_la_ligne(ligne, d, adresse)
        agir = actes(liens, envois, rubrique.table)
    return LigneDuJeune(adresse, ligne, textes, agir)


def actes(liens: list[tuple[str, str]], envois: list[tuple[str, str]], onglet: str) -> Markup:
    """Links and one-click buttons that come back to the tab."""
    ici = f"{request.path}#{onglet}"
    suite = f"retour={quote(ici, safe='')}"
    avec_retour = []
    for mot, adresse in liens:
        joint = "&" if "?" in adresse else "?"
        avec_retour.append((mot, f"{adresse}{joint}{suite}"))
    return get_template_attribute("tandem/_actes.html", "actes")(avec_retour, envois, ici)


def _etapes(d: Dossier, perimetre: Perimetre) -> Onglet:
    etat = get_template_attribute("tandem/_actes.html", "etat")
    lignes = []
    for e in d.echeances:
        quand = ""
        if e.le:
            quand = f" le {en_texte(e.le)}"
        elif e.motif:
            quand = f" ({e.motif})"
        titre = Markup('{}<br><small class="discret">{}</small>').format(e.titre, e.aide)
        agir = actes(_liens_de_l_etape(e, d, perimetre), [], "etapes")
        dit = etat(e.etat, f"{e.libelle_etat}{quand}")
        lignes.append(("", [titre, en_texte(e.du), dit, agir]))
    onglet = Onglet("etapes", "Étapes légales", ["Étape", "Pour le", "État", "Actions"], lignes)
    if d.etapes_en_retard:
        onglet.compte = str(len(d.etapes_en_retard))
        onglet.en_retard = True
    return onglet


def _liens_de_l_etape(e, d: Dossier, perimetre: Perimetre) -> list[tuple[str, str]]:
    """Change what was decided, or decide: done, or not applicable."""
    mds = d.jeune.mds_id
    racine = f"{request.script_root}{vue_de('etape').route_base}"
    dites = {ligne.echeance: ligne.id for ligne in d.lignes["etape"]}
    sienne = EtapeDuJeune(d.jeune.id, mds, e)
    possibles = [sienne.relire(perimetre)]
    if not d.jeune.deces_le:
        possibles.append(sienne.prevoir(perimetre, d.le))
    if e.a_decider and e.cle not in dites and e.du <= d.le + BIENTOT:
        possibles += [
            sienne.regler(perimetre),
            sienne.confier(perimetre, d.le),
            sienne.ecarter(perimetre),
        ]
    liens = [(mot, f"{request.script_root}{ou}") for mot, ou in filter(None, possibles)]
    if e.cle in dites and perimetre.peut("etape", "modifier", mds):
        liens.append(("Modifier", f"{racine}/{dites[e.cle]}/modifier"))
    return liens


def suite_de(d: Dossier, perimetre: Perimetre) -> str | None:
    """Where what comes next is done, when the person may do it."""
    jeune = d.jeune
    mds = jeune.mds_id
    racine = request.script_root
    retour = f"retour={quote(request.path, safe='')}"
    match d.phase.acte:
        case "contact" if perimetre.peut("orientation", "creer", mds):
            return f"{racine}/orientations/ajouter?jeune={jeune.id}&{retour}"
        case "rendez_vous" if perimetre.peut("rencontre", "creer", mds):
            return f"{racine}/rencontres/ajouter?jeune={jeune.id}&type=TRIPARTITE&prevue=1&{retour}"
        case "mise_a_jour" if perimetre.peut("rencontre", "creer", mds):
            return f"{racine}/tenir-le-rendez-vous-tripartite/{jeune.id}"
        case "accompagnement" | "binome" as table if perimetre.peut(table, "creer", mds):
            return f"{racine}{vue_de(table).route_base}/ajouter?jeune={jeune.id}&{retour}"
        case "fin_binome" if perimetre.peut("binome", "modifier", mds):
            return f"{racine}/sortie/{jeune.id}"
        case "relais" if perimetre.peut("binome", "creer", mds):
            return f"{racine}/binomes/ajouter?jeune={jeune.id}&relais=1&{retour}"
        case "referent" if d.binome and perimetre.peut("binome", "modifier", mds):
            return f"{racine}/binomes/{d.binome.id}/modifier?{retour}"
    return None


ACTES = {
    "contact": "Orienter vers le coordonnateur",
    "rendez_vous": "Fixer le rendez-vous tripartite",
    "mise_a_jour": "Tenir le rendez-vous tripartite",
    "accompagnement": "Ouvrir l’accompagnement",
    "binome": "Constituer le binôme",
    "fin_binome": "Passer le relais",
    "relais": "Nommer le coordonnateur",
    "referent": "Nommer le référent",
}
"""Kind of what comes next → the button that does it."""


def retard(d: Dossier) -> str:
    """« 98 jours de retard » of what comes next; nothing when it is in time."""
    if d.phase.avant_le is None or not d.phase.en_retard(d.le):
        return ""
    jours = (d.le - d.phase.avant_le).days
    return f"{jours} jour{'s' * (jours > 1)} de retard"


def depuis(jour: date, le: date | None = None) -> str:
    """« depuis 12 jours », « depuis 3 mois »."""
    jours = ((le or aujourd_hui()) - jour).days
    if jours <= 0:
        return "depuis aujourd’hui"
    if jours == 1:
        return "depuis 1 jour"
    if jours < 60:
        return f"depuis {jours} jours"
    if jours < 730:
        return f"depuis {jours // 30} mois"
    return f"depuis {jours // 365} ans"
