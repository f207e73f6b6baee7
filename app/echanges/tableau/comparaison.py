"""What has changed since a table was sent.

Figures, youths who entered or left, lines corrected, and the reasons one may read.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from app import indicateurs
from app.echanges.tableau import disposition, fige
from app.echanges.tableau.lignes import LigneJeune, Rectification
from app.echanges.tableau.mensuel import (
    TableauDuMois,
    calculer_le_mois,
    lignes_des_jeunes,
    version_des_definitions,
)
from app.extensions import db
from app.models import Envoi
from app.regles.age import PARIS
from app.regles.conservation import CODE_ANONYME

ENTREE = "Entré"
SORTIE = "Sorti"
CORRECTION = "Corrigé"
CHIFFRE = "Chiffre"
DEFINITIONS = "Définitions"
EFFACES = ("code", "referent_ase", "coordonnateur")
"""What a line loses when the file is anonymised: the data are not corrected, they are gone."""
RAISONS_PAR_JEUNE = 3


def differences(envoi: Envoi) -> list[Rectification]:
    """What the data say now that the table sent did not."""
    tableau = calculer_le_mois(envoi.mois, envoi.mds)
    return comparer(envoi, tableau, list(lignes_des_jeunes(tableau)))


def comparer(envoi: Envoi, tableau: TableauDuMois, jeunes: list[LigneJeune]) -> list[Rectification]:
    """The changes: figures first, then youths, with the reasons one may read.

    Youths who entered, who left, whose line was corrected.
    """
    fige_ = fige.contenu_fige(envoi)
    trouvees = []
    version = fige_.get("definitions", {}).get("version")
    if version != version_des_definitions():
        trouvees.append(
            Rectification(
                DEFINITIONS,
                "Version des définitions",
                "",
                _mot(version),
                _mot(version_des_definitions()),
            )
        )
    chiffres = fige.chiffres(tableau)
    trouvees += _comparer_les_chiffres(fige_["chiffres"], chiffres)
    trouvees += _comparer_les_logements(fige_["chiffres"], chiffres)
    avant = fige.jeunes_par_numero(fige_)
    apres = fige.jeunes_par_numero(
        {
            "colonnes": {"jeunes": fige.titres_des_colonnes("jeunes")},
            "jeunes": fige.lignes_a_figer("jeunes", jeunes),
        }
    )
    return [*trouvees, *_comparer_les_jeunes(avant, apres, envoi.envoye_le)]


def _comparer_les_jeunes(
    avant: Mapping[int, fige.LigneFigee],
    apres: Mapping[int, fige.LigneFigee],
    depuis: datetime | None,
) -> Iterator[Rectification]:
    """By code of the file; the code is that of today, when there is one."""
    codes = {numero: ligne["code"] for numero, ligne in [*avant.items(), *apres.items()]}
    concernes = [numero for numero in codes if _ont_change(avant.get(numero), apres.get(numero))]
    if not concernes or depuis is None:
        return
    raisons = _raisons(concernes, depuis)
    for numero in sorted(concernes, key=lambda numero: codes[numero]):
        raison = raisons.get(numero, "")
        if numero not in avant:
            yield Rectification(ENTREE, codes[numero], "", "", "", raison, numero)
        elif numero not in apres:
            yield Rectification(SORTIE, codes[numero], "", "", "", raison, numero)
        else:
            for titre, ancienne, nouvelle in _corrections(avant[numero], apres[numero]):
                yield Rectification(
                    CORRECTION,
                    codes[numero],
                    titre,
                    _mot(ancienne),
                    _mot(nouvelle),
                    raison,
                    numero,
                )


def _ont_change(avant: fige.LigneFigee | None, apres: fige.LigneFigee | None) -> bool:
    """A value shown in one alone of the two layouts is no change of the data."""
    if avant is None or apres is None:
        return True
    return any(avant[nom] != apres[nom] for nom in avant.keys() & apres.keys())


def _corrections(
    avant: fige.LigneFigee, apres: fige.LigneFigee
) -> Iterator[tuple[str, object, object]]:
    """(title of today, value of then, value of today) of what differs in a line."""
    effaces = EFFACES if apres["code"].startswith(CODE_ANONYME) else ()
    for colonne in disposition.feuille("jeunes").montrees():
        nom = colonne.nom
        if nom in avant and nom not in effaces and avant[nom] != apres[nom]:
            yield colonne.titre, avant[nom], apres[nom]


def _comparer_les_chiffres(
    avant: Mapping[str, Any], apres: Mapping[str, Any]
) -> Iterator[Rectification]:
    """A figure that the table sent did not have yet is no change of what it said."""
    for ligne in disposition.LIGNES_DE_CHIFFRES:
        est_neuve = all(ligne.code not in chiffres for chiffres in avant.values())
        if est_neuve or ligne.chemin == "taux":  # a rate is made of the lines below it
            continue
        objet = indicateurs.DEFINITIONS[ligne.code].titre
        if ligne.libelle:
            objet = f"{objet}, {ligne.libelle}"
        for periode, (nom, _) in disposition.PERIODES.items():
            ancien = fige.suivre(avant[periode].get(ligne.code), ligne.chemin)
            nouveau = fige.suivre(apres[periode].get(ligne.code), ligne.chemin)
            if ancien != nouveau:
                yield Rectification(CHIFFRE, objet, nom, _mot(ancien), _mot(nouveau))


def _comparer_les_logements(
    avant: Mapping[str, Any], apres: Mapping[str, Any]
) -> Iterator[Rectification]:
    """The kinds of housing have no line of their own in the summary."""
    titre = indicateurs.DEFINITIONS["I8"].titre
    for periode, (nom, _) in disposition.PERIODES.items():
        ancien = fige.suivre(avant[periode].get("I8"), "repartition") or {}
        nouveau = fige.suivre(apres[periode].get("I8"), "repartition") or {}
        for code in sorted({*ancien, *nouveau}):
            nombres = ancien.get(code, 0), nouveau.get(code, 0)
            if nombres[0] != nombres[1]:
                objet = f"{titre}, {code}"
                yield Rectification(CHIFFRE, objet, nom, _mot(nombres[0]), _mot(nombres[1]))


def _mot(valeur: object) -> str:
    match valeur:
        case None | "":
            return "non renseigné"
        case bool():
            return "Oui" if valeur else "Non"
        case list():
            return ", ".join(map(_mot, valeur)) or "aucune"
        case str() if len(valeur) == 10 and valeur[4::3] == "--":
            return f"{date.fromisoformat(valeur):%d/%m/%Y}"
    return str(valeur)


_RAISONS = text("""
select jeune_id, le, table_nom, motif from (
  select j.jeune_id, j.le, j.table_nom,
         coalesce(nullif(j.apres ->> 'motif', ''), nullif(j.motif, '')) as motif
  from journal j
  where j.jeune_id = any(:numeros) and j.le > :depuis
    and j.operation in ('creation', 'modification', 'suppression') and j.table_nom <> 'transfert'
  union all  -- asked perhaps before, accepted since
  select t.jeune_id, cast(t.accepte_le as timestamptz), 'transfert', t.motif
  from transfert t where t.jeune_id = any(:numeros) and t.accepte_le >= cast(:depuis as date)
) r where motif is not null order by le desc, table_nom""")


def _raisons(numeros: list[int], depuis: datetime) -> dict[int, str]:
    """The reasons written with the changes since, in one statement.

    Under the rights of whoever asks.
    """
    trouvees: dict[int, list[str]] = defaultdict(list)
    for ligne in db.session.execute(_RAISONS, {"numeros": numeros, "depuis": depuis}):
        dites = trouvees[ligne.jeune_id]
        dite = f"{ligne.motif} ({ligne.table_nom}, {ligne.le.astimezone(PARIS):%d/%m/%Y})"
        if dite not in dites and len(dites) < RAISONS_PAR_JEUNE:
            dites.append(dite)
    return {numero: " ; ".join(dites) for numero, dites in trouvees.items()}
