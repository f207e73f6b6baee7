"""The bilan as a Word document, in the order in which the call for projects asks for it."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from app import indicateurs, sorties_de_donnees
from app.echanges.bilan.contenu import (
    RUBRIQUES,
    Bilan,
    Partenariat,
    SuiviConvention,
    Texte,
    verifier_droit,
)
from app.extensions import db
from app.indicateurs import graphiques
from app.indicateurs.chiffres import Chiffre, en_euros, en_francais, en_pourcent
from app.regles import parametres as p
from app.regles.heures import moment
from app.regles.texte import accorder
from app.sorties_de_donnees import FichierSorti

if TYPE_CHECKING:
    from app.echanges.formats.document import Document


def _par_rang() -> list[tuple[str, ...]]:
    tableaux: dict[int, list[str]] = {}
    for code, indicateur in indicateurs.DEFINITIONS.items():
        if indicateur.par_mds_au_bilan is not None:
            tableaux.setdefault(indicateur.par_mds_au_bilan, []).append(code)
    return [tuple(tableaux[rang]) for rang in sorted(tableaux)]


PAR_MDS = tuple(_par_rang())
"""The figures of each MDS, a few a table so that it stays readable on paper."""
RIEN_D_ECRIT = "Rien n’a été écrit dans Tandem pour cette période."


def ecrire(bilan: Bilan, chemin: Path) -> None:
    """Write the document, whole or not at all, and its line in the audit log."""
    from app.echanges.formats.document import ouvrir  # python-docx, read when it is needed

    verifier_droit(bilan.mds, "exporter")
    sous_titre = f"{bilan.territoire}, {bilan.periode}"
    with ouvrir(
        chemin,
        f"{bilan.titre} – jeunes sortant de l’aide sociale à l’enfance",
        sous_titre,
        auteur=bilan.prepare_par,
        sujet=f"{bilan.titre}, {sous_titre}",
        le=bilan.prepare_le,
    ) as document:
        document.sommaire()
        for partie in (
            _presentation,
            _indicateurs,
            _conventions,
            _evolutions,
            _logement,
            _par_mds,
            _qualitatif,
            _partenariat,
            _instances,
            _moyens,
            _definitions,
        ):
            partie(document, bilan)
    sorties_de_donnees.noter(
        FichierSorti(
            bilan.titre,
            "bilan",
            filtres=sous_titre,
            detail={
                "annee": bilan.annee,
                "au": bilan.au.isoformat(),
                "mds": bilan.mds and bilan.mds.code,
                "nominatif": False,
            },
        )
    )
    db.session.commit()


def _presentation(document: "Document", bilan: Bilan) -> None:
    document.phrase(
        f"Préparé par {bilan.prepare_par}, le {moment(bilan.prepare_le)}. Sans nom de jeune."
    )
    if bilan.est_intermediaire:
        document.phrase(f"Bilan intermédiaire : il s’arrête au {bilan.au:%d/%m/%Y}.", gras=True)
    if bilan.est_provisoire:
        document.phrase("La période n’est pas finie : les chiffres sont provisoires.", gras=True)
    document.titre("L’essentiel")
    r = bilan.resultats
    age = p.AGE_SUIVI.dit
    document.liste(
        [
            (
                f"{_compter(r['I4'], 'jeune accompagné', 'jeunes accompagnés')} par le binôme, et"
                f" {r['I4r'].texte} par le coordonnateur seul après l’ASE."
            ),
            (
                f"{_compter(r['I2'], f'jeune de {age} suivi', f'jeunes de {age} suivis')} dans le"
                f" cadre de l’ASE, dont {r['I2b'].texte} en risque de rupture."
            ),
            f"Sorties sans solution : {r['S1'].texte} ({r['S1'].complement}).",
            (
                f"En parcours professionnel ou scolaire à la sortie : {r['I5'].texte}. Logement"
                f" stable : {r['I7'].texte}. "
                f"Ressources stables : {r['I9'].texte}. Couverture maladie complète :"
                f" {r['I10'].texte}."
            ),
            (
                f"Premier rendez-vous dans les {p.DELAI_RDV_JOURS.dit} : {r['I3d'].texte}."
                f" Satisfaction : {r['I6'].texte}."
            ),
            f"Moyens : {_compter(r['I1'], 'poste', 'postes')}, {r['I1'].complement}.",
        ]
    )


def _indicateurs(document: "Document", bilan: Bilan) -> None:
    document.titre("Indicateurs d’évaluation")
    annees = {str(bilan.annee): bilan.resultats}
    precedente = str(bilan.annee - 1)
    if precedente in dict(bilan.annees):
        annees[precedente] = dict(bilan.annees)[precedente]
    lignes = []
    for c in bilan.resultats:
        textes = [resultats[c.code].texte for resultats in annees.values()]
        lignes.append([_code(c.indicateur), c.indicateur.titre, *textes, c.complement])
    document.tableau(
        f"Indicateurs d’évaluation, {bilan.territoire}, {bilan.periode}",
        ["Code", "Indicateur", *annees, "À lire avec"],
        lignes,
        largeurs=(1.5, 5.5, *[2.6] * len(annees), 4.6),
        nombres=range(2, 2 + len(annees)),
    )


def _code(indicateur: indicateurs.Indicateur) -> str:
    """Empty for what stands beside the indicators of the contract."""
    return indicateur.code if indicateur.au_contrat else ""


def _conventions(document: "Document", bilan: Bilan) -> None:
    document.titre("Convention, financement et objectifs")
    if not bilan.conventions:
        document.phrase("Aucune convention n’est enregistrée pour cette période.")
    for convention in bilan.conventions:
        _convention(document, bilan, convention)


def _convention(document: "Document", bilan: Bilan, c: SuiviConvention) -> None:
    document.titre(f"Convention {c.numero}, {c.operateur}", 2)
    if bilan.mds is None:
        document.tableau(
            f"Financement de la convention {c.numero}",
            ["Calcul", "Montant"],
            lignes_de_financement(c),
            largeurs=(12, 4),
            nombres=(1,),
        )
        document.phrase(ce_que_dit_le_solde(c))
    if not c.constats:
        document.phrase("Cette convention n’a pas d’objectif chiffré dans Tandem.")
        return
    document.phrase(f"Résultats {c.periode_des_resultats}.")
    if bilan.mds is None:
        lignes = [
            [x.indicateur.code, x.indicateur.titre, x.attendu, x.resultat, x.verdict]
            for x in c.constats
        ]
        document.tableau(
            f"Objectifs de la convention {c.numero} et résultats",
            ["Code", "Indicateur", "Objectif", "Résultat", "Constat"],
            lignes,
            largeurs=(1.5, 6.3, 3, 3, 2.5),
        )
    else:
        document.phrase(
            "Les objectifs sont ceux de tout le Département ; le résultat de la MDS les éclaire."
        )
        lignes = [
            [x.indicateur.code, x.indicateur.titre, x.attendu, x.resultat] for x in c.constats
        ]
        document.tableau(
            f"Objectifs de la convention {c.numero} et résultats de la MDS",
            ["Code", "Indicateur", "Objectif du Département", "Résultat de la MDS"],
            lignes,
            largeurs=(1.5, 7.3, 4, 3.5),
        )


def lignes_de_financement(c: SuiviConvention) -> list[tuple[str, str]]:
    """How the amount, the advance and the balance are computed, and what was paid."""
    f = c.financement
    mois = en_francais(float(f.mois), 2).removesuffix(",00")
    etp = en_francais(c.etp, 2).removesuffix(",00")
    signature = " (pas encore signée)"
    if c.signee_le:
        signature = f", le {c.signee_le:%d/%m/%Y}"
    lignes = [
        (
            f"Montant : {etp} ETP × {en_euros(c.montant_etp)} × {mois} mois / 12",
            en_euros(f.montant),
        ),
        (f"Avance de {c.avance_pourcent} % à la signature{signature}", en_euros(f.avance)),
        ("Solde, selon les objectifs et le bilan", en_euros(f.solde)),
        ("Avance versée", en_euros(f.avance_versee)),
        ("Solde versé", en_euros(f.solde_verse)),
    ]
    if f.autres:
        lignes.append(("Autres versements", en_euros(f.autres)))
    reste = "Reste à verser" if f.reste >= 0 else "Versé en trop"
    return [*lignes, (reste, en_euros(abs(f.reste)))]


def ce_que_dit_le_solde(c: SuiviConvention) -> str:
    """What the balance waits for, in words."""
    f = c.financement
    phrases = []
    if c.signee_le and f.avance_restante:
        reste = en_euros(f.avance_restante)
        phrases.append(f"L’avance est due depuis la signature : il reste {reste} à verser.")
    if c.constats:
        phrases.append(f"Objectifs atteints : {c.atteints} sur {len(c.constats)}.")
    else:
        phrases.append("Aucun objectif chiffré n’est enregistré.")
    if c.bilan_recu_le:
        phrases.append(f"Bilan final reçu le {c.bilan_recu_le:%d/%m/%Y}.")
    else:
        phrases.append("Le bilan final n’est pas encore reçu.")
    phrases.append("Le solde est décidé par le Département.")
    return " ".join(phrases)


def _evolutions(document: "Document", bilan: Bilan) -> None:
    document.titre("Évolutions")
    jusqu_a = ""
    if bilan.est_intermediaire:
        jusqu_a = f" (jusqu’au {bilan.au:%d/%m})"
    for code in graphiques.EVOLUTIONS:
        definition = indicateurs.DEFINITIONS[code]
        document.titre(definition.titre, 2)
        document.phrase(definition.regle)
        points = [(fin, resultats[code]) for fin, resultats in bilan.tendance]
        graphique = graphiques.evolution(code, points)
        _chiffres(document, graphique.sujet, graphique.entete, points)
        document.barres(graphique)
        _chiffres(
            document,
            f"{definition.titre}, année par année{jusqu_a}",
            "Année",
            [(a, r[code]) for a, r in bilan.annees],
        )


def _chiffres(
    document: "Document", titre: str, entete: str, chiffres: Sequence[tuple[str, Chiffre]]
) -> None:
    document.tableau(
        titre,
        [entete, "Chiffre", "À lire avec"],
        [[n, c.texte, c.complement] for n, c in chiffres],
        largeurs=(4, 4, 8.5),
        nombres=(1,),
    )


def _logement(document: "Document", bilan: Bilan) -> None:
    document.titre("Logement à la sortie de l’ASE")
    chiffre = bilan.resultats["I8"]
    v = chiffre.valeurs
    document.phrase(f"{chiffre.texte} ; à côté : {chiffre.complement}. {chiffre.indicateur.regle}")
    if not v["n"]:
        document.phrase("Aucun sortant accompagné n’est logé dans la période : pas de répartition.")
        return
    graphique = graphiques.typologie(chiffre, bilan.logements)
    document.tableau(
        f"Typologie de logement, {bilan.periode}",
        [graphique.entete, "Jeunes", "Part"],
        [
            *([x.nom, x.texte, x.complement] for x in graphique.points),
            ["Ensemble des jeunes logés", en_francais(v["n"]), en_pourcent(100.0)],
        ],
        largeurs=(10, 3, 3),
        nombres=(1, 2),
    )
    document.barres(graphique)


def _par_mds(document: "Document", bilan: Bilan) -> None:
    if bilan.mds is not None:
        return
    document.titre("Par MDS")
    document.phrase(
        "Les MDS additionnées peuvent donner plus ou moins que le Département,"
        " où chacun compte une fois."
    )
    for codes in PAR_MDS:
        document.tableau(
            f"{', '.join(codes)} par MDS, {bilan.periode}",
            ["MDS", *codes],
            _par_territoire(bilan, codes),
            largeurs=(4, *[2.5] * len(codes)),
            nombres=range(1, len(codes) + 1),
        )
        document.liste([f"{code} : {indicateurs.DEFINITIONS[code].titre}" for code in codes])
    document.barres(
        graphiques.par_territoire(
            "Jeunes accompagnés par le binôme, par MDS", [(n, r["I4"]) for n, r in bilan.par_mds]
        )
    )


def _par_territoire(bilan: Bilan, codes: Sequence[str]) -> list[list[str]]:
    """A line a MDS, then the Département: these figures."""
    lignes = []
    for nom, resultats in [*bilan.par_mds, ("Département", bilan.resultats)]:
        lignes.append([nom, *(resultats[code].texte for code in codes)])
    return lignes


def _qualitatif(document: "Document", bilan: Bilan) -> None:
    document.titre("Analyse qualitative des freins")
    if bilan.freins:
        document.tableau(
            "Freins suivis dans la période, en nombre de jeunes",
            ["Frein", "Concernés", "Nouveaux", "Levés", "Toujours présents"],
            [[f.theme, f.concernes, f.nouveaux, f.leves, f.restants] for f in bilan.freins],
            largeurs=(6, 2.6, 2.6, 2.2, 2.8),
            nombres=(1, 2, 3, 4),
        )
    par_theme = bilan.textes_de("OBSTACLE", "ESSAI")
    if not par_theme:
        document.phrase(RIEN_D_ECRIT)
    for theme, textes in groupby(par_theme, lambda t: t.theme):
        document.titre(theme, 2)
        for rubrique, memes in groupby(
            sorted(textes, key=lambda t: list(RUBRIQUES).index(t.rubrique)), lambda t: t.rubrique
        ):
            document.titre(RUBRIQUES[rubrique], 3)
            _recits(document, list(memes))
    document.titre("Situations, sans nom")
    _recits(document, bilan.textes_de("SITUATION"))
    document.titre("Analyse et perspectives")
    _recits(document, bilan.textes_de("ANALYSE"))


def _recits(document: "Document", textes: Sequence[Texte]) -> None:
    for t in textes:
        document.phrase(f"{t.recit} ({t.mds}, {t.le:%d/%m/%Y})")
    if not textes:
        document.phrase(RIEN_D_ECRIT)


def _partenariat(document: "Document", bilan: Bilan) -> None:
    document.titre("Actions de partenariat")
    actions = accorder(bilan.actions_collectives, "action collective", "actions collectives")
    mobilisations = accorder(
        bilan.mobilisations,
        "mobilisation de dispositif commencée",
        "mobilisations de dispositifs commencées",
    )
    document.phrase(f"{actions}, {mobilisations} pour des jeunes.")
    if bilan.partenaires:
        document.tableau(
            "Partenaires : connus aujourd’hui, démarchés et conventions signées dans la période",
            ["Type", "Connus", "Démarchés", "Conventions"],
            [[x.type, x.connus, x.demarches, x.conventions] for x in bilan.partenaires],
            largeurs=(8, 2.8, 2.8, 2.8),
            nombres=(1, 2, 3),
        )
    _actions_et_dispositifs(document, bilan.partenariat)
    _recits(document, bilan.textes_de("PARTENARIAT"))


def _actions_et_dispositifs(document: "Document", partenariat: Partenariat) -> None:
    if partenariat.conventions:
        lies = accorder(partenariat.conventions, "partenaire lié", "partenaires liés")
        document.phrase(f"{lies} par une convention en cours au dernier jour.")
    if partenariat.actions:
        document.tableau(
            "Actions de partenariat de la période",
            ["Action", "Nombre", "Partenaires"],
            [[x.genre, x.nombre, x.partenaires] for x in partenariat.actions],
            largeurs=(9, 3.5, 3.5),
            nombres=(1, 2),
        )
    if partenariat.dispositifs:
        document.tableau(
            "Dispositifs mobilisés dans la période, avec leur résultat",
            [
                "Dispositif",
                "Jeunes",
                "Mobilisations",
                "Entrés ou au terme",
                "Autre",
                "Sans résultat",
            ],
            [
                [
                    x.nom or "Non précisé",
                    x.jeunes,
                    x.mobilisations,
                    x.abouties,
                    x.sans_suite,
                    x.sans_resultat,
                ]
                for x in partenariat.dispositifs
            ],
            largeurs=(5.5, 1.8, 2.6, 2.6, 1.8, 2.2),
            nombres=(1, 2, 3, 4, 5),
        )


def _instances(document: "Document", bilan: Bilan) -> None:
    document.titre("Permanences et comités")
    r = bilan.resultats
    document.liste(
        [
            f"{r[code].indicateur.titre} : {r[code].texte} {r[code].complement}".rstrip()
            for code in ("I11", "I12", "I13", "COMITES_TECHNIQUES", "FORMATIONS")
        ]
    )
    if bilan.instances:
        document.tableau(
            f"Réunions de la période, {bilan.periode}",
            ["Réunion", "Tenues", "Annulées", "Prévues", "Première tenue", "Dernière tenue"],
            [
                [i.type, i.tenues, i.annulees, i.prevues, _jour(i.premiere), _jour(i.derniere)]
                for i in bilan.instances
            ],
            largeurs=(5.5, 1.8, 2, 2, 2.6, 2.6),
            nombres=(1, 2, 3),
        )


def _compter(chiffre: Chiffre, un: str, plusieurs: str) -> str:
    """« 1 poste », « 12 postes »; the figure may be hidden, or said in words."""
    return f"{chiffre.texte} {un if chiffre.texte in ('0', '1') else plusieurs}"


def _moyens(document: "Document", bilan: Bilan) -> None:
    document.titre("Moyens fournis")
    r = bilan.resultats
    document.phrase(
        f"{_compter(r['I1'], 'poste', 'postes')}, {r['I1'].complement} ; matériel complet :"
        f" {r['I14'].texte} postes."
    )
    if bilan.postes:
        document.tableau(
            "Postes de coordonnateur de la période",
            ["Poste", "ETP", "Du", "Au", "Téléphone", "Ordinateur", "Frais de déplacement"],
            [
                [
                    n,
                    en_francais(x.etp, 2),
                    _jour(x.du),
                    _jour(x.au) or "en cours",
                    _jour(x.telephone_fourni_le) or "non fourni",
                    _jour(x.ordinateur_fourni_le) or "non fourni",
                    {True: "oui", False: "non", None: "non renseigné"}[x.frais_deplacement],
                ]
                for n, x in enumerate(bilan.postes, 1)
            ],
            largeurs=(1.5, 1.3, 2.6, 2.6, 2.6, 2.6, 3),
            nombres=(1,),
        )


def _definitions(document: "Document", bilan: Bilan) -> None:
    document.titre("Définitions")
    document.tableau(
        "Comment chaque chiffre est calculé",
        ["Code", "Indicateur", "Règle"],
        [[_code(d), d.titre, d.regle] for d in indicateurs.DEFINITIONS.values()],
        largeurs=(1.5, 5, 10),
    )
    document.tableau(
        "Règles communes",
        ["Sujet", "Règle"],
        [list(r) for r in indicateurs.REGLES_COMMUNES],
        largeurs=(4, 12.3),
    )


def _jour(jour: date | None) -> str:
    return "" if jour is None else f"{jour:%d/%m/%Y}"
