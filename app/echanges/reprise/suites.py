"""The records that a row of a file says of a youth: mesure, binôme, séjour, situation, freins,
rencontres.

A row of a table seldom says since when: a record of the base that says the same keeps its date,
else it has the day of the table. Of what cannot be translated, the text goes to the observations.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from app.echanges.reprise.cellules import en_texte
from app.echanges.reprise.contexte import ContexteDuFichier, Suite, Valeurs, cellule
from app.echanges.reprise.destinations import COUVERTURE
from app.echanges.reprise.feuilles import PAR_TABLE
from app.echanges.reprise.personnes import LigneDuFichier, Personne, nom_d_agent
from app.echanges.reprise.rassemblement import finir_les_mesures, rassembler
from app.echanges.reprise.valeurs import dates_dans
from app.regles.jumeaux import peuvent_etre_un
from app.regles.texte import serrer

_ENTRE_FREINS = re.compile(r"[,;/+\n]| et | & ")
_TENU = re.compile(r"\b(?:oui|o|ok|x|faite?|tenue?|realisee?|vue?)\b")
_ABSENT = ("absen", "non venu", "pas venu", "nv ")


def suites(contexte: ContexteDuFichier, personne: Personne) -> list[Suite]:
    """Each record that the rows of a youth say; the youth is said by the caller."""
    dites: list[Suite] = []
    for ligne in personne.lignes:
        dites += _mesure(contexte, personne, ligne)
        dites += _binome(contexte, personne, ligne)
        dites += _situation(contexte, personne, ligne)
        dites += _freins(contexte, personne, ligne)
        dites += _rencontres(contexte, personne, ligne)
        dites += _autres(contexte, ligne)
    dites += _sejour(contexte, personne)
    finir_les_mesures(contexte, [valeurs for _, table, valeurs in dites if table == "mesure"])
    return rassembler(contexte, personne, dites)


def _valeurs(contexte: ContexteDuFichier, ligne: LigneDuFichier, table: str) -> Valeurs:
    """The cells of a row for the fields of a table."""
    prefixe = f"{table}."
    return {
        destination.removeprefix(prefixe): lue
        for destination in ligne.cellules
        if destination.startswith(prefixe) and (lue := cellule(contexte, ligne, destination)) != ""
    }


def _rendre(ligne: LigneDuFichier, table: str) -> None:
    """The cells of a record that cannot be made go to the observations."""
    for destination, (titre, brut) in ligne.cellules.items():
        dit = f"{titre} : {en_texte(brut)}"
        if destination.startswith(f"{table}.") and brut != "" and dit not in ligne.restes:
            ligne.restes.append(dit)


def _debut(contexte: ContexteDuFichier, ligne: LigneDuFichier, *bornes: date | None) -> date:
    """The day of a record that says none: that of the table, never after the others of the row."""
    contexte.sans_debut += 1
    connues = [contexte.le, *bornes, contexte.date_de(ligne, "jeune.contact_le")]
    return min(jour for jour in connues if jour is not None)


def _mesure(
    contexte: ContexteDuFichier, personne: Personne, ligne: LigneDuFichier
) -> Iterator[tuple[int, str, Valeurs]]:
    valeurs = _valeurs(contexte, ligne, "mesure")
    if not valeurs:
        return
    if "type_code" not in valeurs:
        _rendre(ligne, "mesure")
        return
    if "du" not in valeurs:
        valeurs["du"] = _debut_de_mesure(contexte, personne, ligne, valeurs)
    yield ligne.numero, "mesure", valeurs


def _debut_de_mesure(
    contexte: ContexteDuFichier, personne: Personne, ligne: LigneDuFichier, valeurs: Valeurs
) -> date:
    champ = PAR_TABLE["mesure"].par_attribut["type_code"]
    if personne.connu is not None and contexte.lisible(champ, valeurs["type_code"]):
        type_ = contexte.lire(champ, valeurs["type_code"])
        memes = [du for du, _, code in personne.connu.mesures if code == type_]
        if memes:
            return memes[-1]
    fin = contexte.date_de(ligne, "mesure.au")
    return _debut(contexte, ligne, fin, contexte.date_de(ligne, "mesure.echeance"))


def _binome(
    contexte: ContexteDuFichier, personne: Personne, ligne: LigneDuFichier
) -> Iterator[tuple[int, str, Valeurs]]:
    valeurs = _valeurs(contexte, ligne, "binome")
    if not valeurs:
        return
    for attribut in ("referent_ase", "coordonnateur"):
        if attribut in valeurs:
            nom = en_texte(valeurs[attribut])
            valeurs[attribut] = contexte.connus.agent(nom) or nom_d_agent(nom)
            if valeurs[attribut] != nom:
                titre = ligne.cellules[f"binome.{attribut}"][0]
                contexte.traduits[titre, nom] = valeurs[attribut]
    valeurs.setdefault("coordonnateur", contexte.coordonnateur)
    if not valeurs["coordonnateur"]:
        _rendre(ligne, "binome")
        return
    if "du" in valeurs:
        yield ligne.numero, "binome", valeurs
        return
    dernier = personne.connu.binomes[-1] if personne.connu and personne.connu.binomes else None
    if dernier is not None and _meme_binome(valeurs, dernier[2], dernier[3]):
        return
    if dernier is None:
        valeurs["du"] = _debut(contexte, ligne)
    else:
        valeurs["du"] = contexte.le
        if dernier[1] is None and dernier[0] < contexte.le:
            fin = contexte.le - timedelta(days=1)
            clos = {"coordonnateur": dernier[3], "referent_ase": dernier[2] or ""}
            yield ligne.numero, "binome", {"du": dernier[0], "au": fin, **clos}
    yield ligne.numero, "binome", valeurs


def _meme_binome(valeurs: Valeurs, referent: str | None, coordonnateur: str) -> bool:
    """The same two names; one that the row does not say is the same."""
    dits = (("referent_ase", referent), ("coordonnateur", coordonnateur))
    return all(
        attribut not in valeurs
        or serrer(valeurs[attribut]) == serrer(nom or "")
        or peuvent_etre_un(valeurs[attribut], nom or "")
        for attribut, nom in dits
    )


def _sejour(contexte: ContexteDuFichier, personne: Personne) -> Iterator[tuple[int, str, Valeurs]]:
    """What a column says of the séjour; else the first rendez-vous or contact opens one."""
    dits = False
    connus = personne.connu.sejours if personne.connu else []
    for ligne in personne.lignes:
        valeurs = _valeurs(contexte, ligne, "accompagnement")
        if not valeurs:
            continue
        dits = True
        if "du" not in valeurs:
            fin = contexte.date_de(ligne, "accompagnement.au")
            valeurs["du"] = connus[-1][0] if connus else _debut(contexte, ligne, fin)
        yield ligne.numero, "accompagnement", valeurs
    if dits or connus:
        return
    for ligne in personne.lignes:
        jours = [le for le, statut in _tripartites(contexte, ligne) if statut == "TENUE"]
        debut = min(jours, default=None) or contexte.date_de(ligne, "jeune.contact_le")
        if debut is not None:
            contexte.sejours_ouverts += 1
            yield ligne.numero, "accompagnement", {"du": debut}
            return


def _situation(
    contexte: ContexteDuFichier, personne: Personne, ligne: LigneDuFichier
) -> Iterator[tuple[int, str, Valeurs]]:
    valeurs = _valeurs(contexte, ligne, "situation")
    valeurs |= _couverture(contexte, ligne)
    if not valeurs.keys() - {"observee_le", "confirmee_le"}:
        if valeurs:
            _rendre(ligne, "situation")
        return
    if "observee_le" not in valeurs:
        valeurs["observee_le"] = _observee_le(contexte, personne, valeurs)
    yield ligne.numero, "situation", valeurs


def _observee_le(contexte: ContexteDuFichier, personne: Personne, valeurs: Valeurs) -> date:
    """The day of the last situation known when it says the same, else that of the table."""
    connues = personne.connu.situations if personne.connu else []
    avant = [situation for situation in connues if situation[0] <= contexte.le]
    champs = PAR_TABLE["situation"].par_attribut
    if avant and all(
        contexte.lisible(champs[attribut], brut)
        and contexte.lire(champs[attribut], brut) == avant[-1][1].get(attribut)
        for attribut, brut in valeurs.items()
    ):
        return avant[-1][0]
    return contexte.le


def _couverture(contexte: ContexteDuFichier, ligne: LigneDuFichier) -> Valeurs:
    """« CSS », « mutuelle »: of the complementary cover if it is one, else of the base."""
    if COUVERTURE.code not in ligne.cellules:
        return {}
    titre, brut = ligne.cellules[COUVERTURE.code]
    if brut == "":
        return {}
    for attribut in ("couverture_complementaire_code", "couverture_base_code"):
        champ = PAR_TABLE["situation"].par_attribut[attribut]
        lue = contexte.traduire(champ, titre, brut)
        if lue is not None and contexte.lisible(champ, lue):
            return {attribut: lue}
    ligne.restes.append(f"{titre} : {en_texte(brut)}")
    return {}


def _freins(
    contexte: ContexteDuFichier, personne: Personne, ligne: LigneDuFichier
) -> Iterator[tuple[int, str, Valeurs]]:
    """Several in a cell; a word that is no theme goes to the observations."""
    champ = PAR_TABLE["frein"].par_attribut["theme_code"]
    connus = personne.connu.freins if personne.connu else {}
    for destination, titre, brut in ligne.listees:
        if destination != "freins":
            continue
        for morceau in filter(None, map(str.strip, _ENTRE_FREINS.split(en_texte(brut)))):
            theme = contexte.traduire(champ, titre, morceau)
            if theme is None or not contexte.lisible(champ, theme):
                ligne.restes.append(f"{titre} : {morceau}")
                continue
            code = contexte.lire(champ, theme)
            du = connus.get(code) or _debut(contexte, ligne)
            yield ligne.numero, "frein", {"theme_code": theme, "du": du}
    if "frein.theme_code" in ligne.cellules and (valeurs := _valeurs(contexte, ligne, "frein")):
        if "du" not in valeurs:
            valeurs["du"] = _debut(contexte, ligne)
        yield ligne.numero, "frein", valeurs


# Rencontres


def _tripartites(contexte: ContexteDuFichier, ligne: LigneDuFichier) -> Iterator[tuple[date, str]]:
    """(day, status) of the rendez-vous tripartites that a row tells."""
    champ = PAR_TABLE["rencontre"].par_attribut["le"]
    for destination, _, brut in ligne.listees:
        if destination != "tripartite":
            continue
        if contexte.lisible(champ, brut):
            le = contexte.lire(champ, brut)
            yield le, "TENUE" if le <= contexte.aujourd_hui else "PREVUE"
            continue
        for le, avant in dates_dans(en_texte(brut), contexte.le):
            yield le, _statut_dit(avant, le, contexte.aujourd_hui)


def _statut_dit(avant: str, le: date, aujourd_hui: date) -> str:
    """« absent 20/02 », « O (15/03) », « reporté au 05/03 »."""
    if any(mot in avant for mot in _ABSENT):
        return "ABSENCE"
    return "TENUE" if le <= aujourd_hui and _TENU.search(avant) else "PREVUE"


def _rencontres(
    contexte: ContexteDuFichier, personne: Personne, ligne: LigneDuFichier
) -> Iterator[tuple[int, str, Valeurs]]:
    champ = PAR_TABLE["rencontre"].par_attribut["le"]
    trouvees = [("TRIPARTITE", le, statut) for le, statut in _tripartites(contexte, ligne)]
    for destination, titre, brut in ligne.listees:
        lisible = contexte.lisible(champ, brut)
        if destination == "entretien" and lisible:
            trouvees.append(("ENTRETIEN", contexte.lire(champ, brut), "TENUE"))
        elif destination in ("tripartite", "entretien") and not lisible:
            ligne.restes.append(f"{titre} : {en_texte(brut)}")
    for type_, le, statut in trouvees:
        if (type_, le) in personne.rendez_vous:
            continue
        personne.rendez_vous.add((type_, le))
        code = _code_de(contexte, personne, type_, le)
        valeurs = {"code": code, "type_code": type_, "le": le}
        if not _est_connue(personne, code):
            valeurs["statut_code"] = statut
        yield ligne.numero, "rencontre", valeurs
    valeurs = _valeurs(contexte, ligne, "rencontre")
    if not valeurs:
        return
    jour = contexte.date_de(ligne, "rencontre.le")
    if "le" not in valeurs:
        _rendre(ligne, "rencontre")
        return
    valeurs.setdefault("type_code", "ENTRETIEN")
    prevue = jour is not None and jour > contexte.aujourd_hui
    valeurs.setdefault("statut_code", "PREVUE" if prevue else "TENUE")
    type_champ = PAR_TABLE["rencontre"].par_attribut["type_code"]
    type_ = "?"
    if contexte.lisible(type_champ, valeurs["type_code"]):
        type_ = contexte.lire(type_champ, valeurs["type_code"])
    valeurs["code"] = _code_de(contexte, personne, type_, jour or contexte.le)
    yield ligne.numero, "rencontre", valeurs


def _code_de(contexte: ContexteDuFichier, personne: Personne, type_: str, le: date) -> str:
    """Of the rencontre of that type and day that the youth has already, else the next free one."""
    if personne.connu is not None and (codes := personne.connu.rencontres.get((type_, le))):
        return codes.pop(0)
    return contexte.codes.suivant("rencontre")


def _est_connue(personne: Personne, code: str) -> bool:
    return not code.startswith("nouveau") and personne.connu is not None


# The rest

REQUISES = {"mobilisation": "partenaire_id", "alerte": "motif_code"}
"""Without which a row of the table says nothing."""
DEBUTS = {"mobilisation": "du", "alerte": "du", "enquete": "demandee_le"}


def _autres(
    contexte: ContexteDuFichier, ligne: LigneDuFichier
) -> Iterator[tuple[int, str, Valeurs]]:
    """Tables whose rows are taken as they are said."""
    for table in ("orientation", "alerte", "enquete", "mobilisation"):
        valeurs = _valeurs(contexte, ligne, table)
        if not valeurs:
            continue
        if table in REQUISES and REQUISES[table] not in valeurs:
            _rendre(ligne, table)
            continue
        if debut := DEBUTS.get(table):
            valeurs.setdefault(debut, contexte.le)
        yield ligne.numero, table, valeurs
