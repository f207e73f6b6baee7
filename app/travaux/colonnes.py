"""What is asked of a file of any shape before it is imported, and the answers kept for the next.

The answers are kept under a name for a person or for their MDS; a file with the same headings finds
them again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app import acces
from app.echanges.reprise.alias import titre_entier
from app.echanges.reprise.choix import ChoixDuFichier, Correction
from app.echanges.reprise.connus import ma_mds, mon_nom_de_coordonnateur
from app.echanges.reprise.destinations import DESTINATIONS
from app.echanges.reprise.fichier import ColonnesADecider, appliquer
from app.echanges.reprise.mise_en_forme import ConversionFaite, jour_du_fichier
from app.echanges.reprise.reconnaissance import Certitude, FeuilleLue
from app.extensions import db
from app.models import Correspondance, Mds
from app.regles.age import aujourd_hui
from app.regles.texte import plier

MONTRES = 200
"""Names split and youths recognised that the page shows."""
NOMS_CITES = 20
"""Kept names that a refusal lists."""
SANS_NOM = ("code", "mds", "date", "oui_non", "heure")
"""Kinds of fields whose words say nothing of anybody: they are kept for the next file."""


def empreinte(titres: Iterable[str]) -> str:
    """The hash of the headings of a sheet, whatever their order, their accents and their signs."""
    return hashlib.sha256("\n".join(sorted(map(titre_entier, titres))).encode()).hexdigest()


def proposer(question: ColonnesADecider) -> ChoixDuFichier:
    """What is answered unless the person says otherwise; what was kept for these headings counts.

    The columns of the sheets are given what was kept, for the page to show it.
    """
    choix = ChoixDuFichier()
    for feuille in question.feuilles:
        retenue = _retenue_pour(feuille)
        if retenue is not None:
            choix.retenue = retenue.id
            choix.corrections += [Correction("", **dite) for dite in retenue.corrections]
            appliquer(feuille, retenue.colonnes)
            for colonne in feuille.colonnes:
                if colonne.titre in retenue.colonnes:
                    colonne.pourquoi = f"comme dans « {retenue.nom} »"
        if not feuille.parle_de_quelqu_un:
            choix.laissees.append(feuille.nom)
        choix.colonnes[feuille.nom] = {c.titre: c.destination.code for c in feuille.colonnes}
    if len(choix.laissees) == len(question.feuilles):
        choix.laissees = []
    choix.mds = ma_mds()
    choix.coordonnateur = mon_nom_de_coordonnateur()
    choix.le = jour_du_fichier(question.feuilles, choix, aujourd_hui()).isoformat()
    return choix


def _retenue_pour(feuille: FeuilleLue) -> Correspondance | None:
    """One's own first, else the latest of the MDS."""
    titres = empreinte(colonne.titre for colonne in feuille.colonnes)
    memes = db.session.scalars(
        select(Correspondance)
        .where(Correspondance.empreinte == titres)
        .order_by(Correspondance.retenue_le.desc())
    ).all()
    miennes = [c for c in memes if str(c.compte_id) == acces.contexte().acteur]
    return next(iter([*miennes, *memes]), None)


class CorrespondanceRefusee(Exception):
    """No columns are kept under this name, or none is in the file; the message is for the user."""


def retenues_sous(nom: str) -> Sequence[Correspondance]:
    """The columns kept under a name, whatever its case: one's own first, then the latest.

    Raises CorrespondanceRefusee.
    """
    toutes = db.session.scalars(
        select(Correspondance)
        .where(Correspondance.empreinte != REUNIONS)
        .order_by(Correspondance.retenue_le.desc())
    ).all()
    sous = [c for c in toutes if plier(c.nom) == plier(nom)]
    if not sous:
        noms = sorted({f"« {c.nom} »" for c in toutes})
        suite = ", …" if len(noms) > NOMS_CITES else ""
        connus = ", ".join(noms[:NOMS_CITES]) + suite
        raison = f"les noms connus sont {connus}" if noms else "aucune ne l’est encore"
        raise CorrespondanceRefusee(
            f"aucune correspondance de colonnes n’est retenue sous le nom « {nom} » : {raison}."
            " Elle se retient à l’écran, en important un premier fichier."
        )
    return sorted(sous, key=lambda c: str(c.compte_id) != acces.contexte().acteur)


def suivre(
    question: ColonnesADecider, retenues: Sequence[Correspondance], choix: ChoixDuFichier
) -> None:
    """Answer with what was kept: for each sheet, that of its headings, else of most of them.

    What was not kept stays as Tandem proposes it. Raises CorrespondanceRefusee when nothing that
    was kept is in the file.
    """
    choix.fait = True
    for feuille in question.feuilles:
        titres = [colonne.titre for colonne in feuille.colonnes]
        communs = {c.id: len(set(titres) & set(c.colonnes)) for c in retenues}
        sienne = max(retenues, key=lambda c: (c.empreinte == empreinte(titres), communs[c.id]))
        if communs[sienne.id]:
            choix.colonnes[feuille.nom] = dict(sienne.colonnes)
            dites = [Correction("", **dite) for dite in sienne.corrections]
            choix.corrections += [c for c in dites if c not in choix.corrections]
    if not choix.colonnes:
        raise CorrespondanceRefusee(
            f"rien de ce fichier n’est dans la correspondance « {retenues[0].nom} » : aucune de ses"
            " colonnes n’y a le même titre."
        )


def nom_de(numero: int) -> str:
    """The name under which columns were kept; empty when the person does not see it."""
    retenue = db.session.get(Correspondance, numero) if numero else None
    return retenue.nom if retenue is not None else ""


def retenir(
    feuilles: Mapping[str, Mapping[str, str]], laissees: Iterable[str], nom: str, mds: int | None
) -> int:
    """Keep the columns of each sheet under a name; the number of the last one kept.

    ``feuilles``: sheet → heading → destination; ``mds``: whose importers it is proposed to.
    """
    numero = 0
    for feuille, choisies in feuilles.items():
        if feuille in laissees:
            continue
        valeurs = {"nom": nom, "mds_id": mds, "colonnes": dict(choisies)}
        ecrite = (
            insert(Correspondance)
            .values(
                compte_id=int(acces.contexte().acteur), empreinte=empreinte(choisies), **valeurs
            )
            .on_conflict_do_update(
                constraint="uq_correspondance_compte_empreinte",
                set_={**valeurs, "retenue_le": db.func.now()},
            )
            .returning(Correspondance.id)
        )
        numero = db.session.scalars(ecrite).one()
    return numero


def retenir_les_mots(choix: ChoixDuFichier) -> None:
    """Keep with the columns what was said of the words of codes, dates, yes and no."""
    retenue = db.session.get(Correspondance, choix.retenue) if choix.retenue else None
    if retenue is None or str(retenue.compte_id) != acces.contexte().acteur:
        return
    destinations = {
        titre: DESTINATIONS.get(code)
        for choisies in choix.colonnes.values()
        for titre, code in choisies.items()
    }
    dites = {}
    for c in choix.corrections:
        destination = destinations.get(c.colonne)
        champ = destination.champ if destination else None
        if c.ligne is None and champ is not None and champ.genre in SANS_NOM:
            dites[c.colonne, c.valeur] = c.par
    retenue.corrections = [
        {"colonne": colonne, "valeur": valeur, "par": par}
        for (colonne, valeur), par in dites.items()
    ]


REUNIONS = empreinte(["« C’est le même jeune »"])
"""In place of the hash of the headings: what is kept there is of no file."""


def reunions_retenues() -> dict[str, str]:
    """Hash of what a row says of whom it is about → code of the youth (``reunions.py``).

    What the person said, and what colleagues of their MDS did.
    """
    gardees = select(Correspondance).where(Correspondance.empreinte == REUNIONS)
    ordre = gardees.order_by(Correspondance.retenue_le)
    return {
        dite["valeur"]: dite["par"] for c in db.session.scalars(ordre) for dite in c.corrections
    }


def retenir_les_reunions(reunies: Mapping[str, str]) -> None:
    """Keep them, besides those kept already, for the next files of the person and of their MDS."""
    if not reunies:
        return
    toutes = reunions_retenues() | dict(reunies)
    dites = [{"colonne": "", "valeur": dit, "par": code} for dit, code in toutes.items()]
    valeurs = {"nom": "Jeunes réunis", "corrections": dites}
    ecrite = insert(Correspondance).values(
        compte_id=int(acces.contexte().acteur), empreinte=REUNIONS, mds_id=_ma_mds(), **valeurs
    )
    db.session.execute(
        ecrite.on_conflict_do_update(
            constraint="uq_correspondance_compte_empreinte",
            set_={**valeurs, "retenue_le": db.func.now()},
        )
    )


def _ma_mds() -> int | None:
    code = ma_mds()
    return db.session.scalar(select(Mds.id).where(Mds.code == code)) if code else None


# What the page shows ----------------------------------------------------------------------------


def en_json(question: ColonnesADecider) -> dict[str, Any]:
    """The sheets and their columns, three real values each."""
    return {
        "feuilles": [_feuille(feuille) for feuille in question.feuilles],
        "masquees": question.masquees,
    }


def _feuille(feuille: FeuilleLue) -> dict[str, Any]:
    return {
        "nom": feuille.nom,
        "rang_titres": feuille.rang_titres,
        "nombre": len(feuille.lignes),
        "sautees": feuille.sautees[:20],
        "cachees": len([rang for rang, _ in feuille.lignes if rang in set(feuille.cachees)]),
        "commentaires": list(feuille.commentaires.values())[:50],
        "colorees": feuille.colorees,
        "est_cachee": feuille.est_cachee,
        "colonnes": [
            {
                "titre": colonne.titre,
                "place": colonne.place,
                "destination": colonne.destination.code,
                "certitude": colonne.certitude,
                "a_decider": colonne.certitude == Certitude.A_DECIDER,
                "pourquoi": colonne.pourquoi,
                "valeurs": colonne.valeurs,
            }
            for colonne in feuille.colonnes
        ],
    }


def conversion_en_json(faite: ConversionFaite | None) -> dict[str, Any]:
    """Names split, youths recognised, words translated: shown, never silent."""
    if faite is None:
        return {}
    reconnus = []
    for personne in faite.personnes:
        if personne.connu is not None:
            feuille, ligne = faite.provenance.place(personne.premiere.numero)
            connu = f"{personne.connu.prenom} {personne.connu.nom} ({personne.connu.code})"
            reconnus.append((feuille, ligne, personne.nom_complet, connu, personne.trouve_par))
    return {
        "nombre_reconnus": len(reconnus),
        "reconnus": reconnus[:MONTRES],
        "separes": faite.separes[:MONTRES],
        "traduits": [(titre, lu, sens) for (titre, lu), sens in faite.traduits.items()][:MONTRES],
    }
