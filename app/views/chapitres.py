"""The chapters of a youth on their file: where they stand, who acts next, the passages before."""

from dataclasses import dataclass
from datetime import date

from app.regles.parcours import court
from app.regles.passages import PassageDuJeune
from app.regles.texte import minuscule
from app.views.dossier import Dossier
from app.views.socle.affichage import en_texte


@dataclass(frozen=True)
class Chapitre:
    """A stage of the step line; ``etat``: « fait », « ici », « saute » or « avenir »."""

    titre: str
    etat: str
    precision: str = ""


@dataclass(frozen=True)
class PassageMontre:
    """A passage that is over, folded under its title."""

    titre: str
    jours: str
    chapitres: list[Chapitre]
    phrase: str


CHAPITRES = {
    "REPERAGE": "Repérage",
    "ORIENTATION": "Orientation",
    "RENDEZ_VOUS": "Tripartite",
    "ACCOMPAGNEMENT": "Accompagnement",
    "RELAIS": "Relais",
    "SORTI": "Sortie",
}
"""Phase → its name on the step line, in order."""
SANS = {"RELAIS": "sans relais"}
"""What is read of a chapter that is behind and has no date; by default « sans date »."""
REPONSES = {"ACCEPTEE": "acceptée", "RENVOYEE": "renvoyée"}
DU_REFERENT = frozenset({"contact", "referent"})
"""What comes next when it is for the référent ASE to do; the rest is for the coordonnateur."""


def chapitres(d: Dossier) -> list[Chapitre]:
    """The step line: what is behind and when, where the youth stands, what is ahead."""
    passage = d.passages[-1]
    rangs = list(CHAPITRES)
    ici = rangs.index(d.phase.code)
    ligne = []
    for rang, (code, titre) in enumerate(CHAPITRES.items()):
        if rang > ici:
            ligne.append(Chapitre(titre, "avenir"))
        elif rang < ici:
            ligne.append(_derriere(code, passage))
        else:
            ligne.append(Chapitre(titre, "ici", _ici(d)))
    return ligne


def _ici(d: Dossier) -> str:
    if not d.phase.depuis:
        return ""
    le = "le" if d.phase.code == "SORTI" else "depuis le"
    return f"{le} {en_texte(d.phase.depuis)}"


def _derriere(code: str, passage: PassageDuJeune) -> Chapitre:
    jour = passage.jalons.get(code)
    if jour is None:
        return Chapitre(CHAPITRES[code], "saute", SANS.get(code, "sans date"))
    dit = en_texte(jour)
    if code == "ORIENTATION" and passage.orientation:
        reponse = REPONSES.get(passage.orientation.reponse_code or "")
        dit = f"{dit}, {reponse}" if reponse else dit
    return Chapitre(CHAPITRES[code], "fait", dit)


def anciens_passages(d: Dossier) -> list[PassageMontre]:
    """Those before the one that runs or ran last, the latest first."""
    return [_montrer(passage, d) for passage in reversed(d.passages[:-1])]


def _montrer(passage: PassageDuJeune, d: Dossier) -> PassageMontre:
    ligne = [_derriere(code, passage) for code in CHAPITRES]
    jours = ""
    if passage.sejour is not None:
        jours = f"{en_texte(passage.sejour.du)} – {en_texte(passage.sejour.au)}"
    return PassageMontre(passage.titre, jours, ligne, _raconter(passage, d))


def _raconter(passage: PassageDuJeune, d: Dossier) -> str:
    """« Suivi avec Ariane Verchinelle, 11 rencontres tenues. Sorti : déménagement. »"""
    tenues = sum(
        1
        for r in d.lignes["rencontre"]
        if r.statut_code == "TENUE" and passage.fenetre.contient(r.le)
    )
    suivi = "Suivi"
    if coordonnateur := _coordonnateur_de(passage, d):
        suivi = f"Suivi avec {coordonnateur}"
    dites = [f"{suivi}, {_compter(tenues)}."]
    motif = getattr(passage.sejour, "motif_sortie", None)
    if motif:
        dites.append(f"Sorti : {minuscule(motif)}.")
    raison = getattr(passage.sejour, "motif_reprise", None)
    if raison:
        dites.append(f"Raison du retour : {raison}.")
    return " ".join(dites)


def _compter(tenues: int) -> str:
    if not tenues:
        return "aucune rencontre tenue"
    return f"{tenues} rencontre{'s' * (tenues > 1)} tenue{'s' * (tenues > 1)}"


def _coordonnateur_de(passage: PassageDuJeune, d: Dossier) -> str:
    """The last one of these days."""
    if passage.sejour is None or passage.sejour.au is None:
        return ""
    dernier: date = passage.sejour.au
    courants = [
        b for b in d.lignes["binome"] if b.du <= dernier and (b.au or date.max) >= passage.sejour.du
    ]
    return max(courants, key=lambda b: b.du).coordonnateur if courants else ""


def qui_agit(d: Dossier) -> str:
    """Who does what comes next: « À Nour Delestrez », « Au référent ASE ».

    A name of the binôme that runs, else of the orientation of the passage; of the relay that nobody
    took, the coordonnateur before.
    """
    orientation = d.passages[-1].orientation
    binome = d.dernier_binome if d.phase.acte == "relais" else d.binome
    if d.phase.acte in DU_REFERENT:
        nom = getattr(binome, "referent_ase", None) or getattr(orientation, "oriente_par", None)
        return f"À {nom}" if nom else "Au référent ASE"
    nom = getattr(binome, "coordonnateur", None) or getattr(orientation, "vers", None)
    return f"À {nom}" if nom else "Au coordonnateur"


def raison_du_retour(d: Dossier) -> str:
    """Why the youth came back, in the words of whoever took the follow-up up again."""
    sejour = d.passages[-1].sejour
    if sejour is None or not court(sejour, d.le):
        return ""
    return getattr(sejour, "motif_reprise", None) or ""
