"""A workbook read, set against the base: what would be created, changed, and what is refused.
Nothing is written.

Each rule is judged on the state that would result: the rows of the file, and those of the base that
are not in it. A refusal by the base stays possible (someone else writes meanwhile):
``application.py`` turns it into words.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Integer, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app import acces
from app.echanges.reprise.cellules import Codes
from app.echanges.reprise.droits import ControleDesDroits
from app.echanges.reprise.ensemble import ControleDEnsemble
from app.echanges.reprise.feuilles import FEUILLES, Champ
from app.echanges.reprise.lecture import Avancer, Classeur, Lecture, Ligne, Refus, rien
from app.echanges.reprise.plan import Connu, Etat, Plan, en_clair
from app.extensions import db
from app.models import LISTES, Jeune, Mds, Partenaire
from app.models.base import PHRASES
from app.models.dates import est_un_fait
from app.regles.age import age_revolu
from app.regles.dates import refus
from app.regles.texte import plier

AGES_ADMIS = range(10, 31)
"""Of a youth not yet known (classeur de reprise)."""
PARTOUT = "Aucun jeune de la feuille Jeunes ni de la base ne porte ce code."
DANS_SES_MDS = "Aucun jeune de la feuille Jeunes ni des MDS où vous pouvez écrire ne porte ce code."


def lire_listes() -> dict[str, Codes]:
    """The code lists as the base has them; « mds » gives numbers. Retired items are accepted: an
    import brings the past."""
    listes = {
        table: Codes(
            db.session.execute(
                select(c.code, c.libelle, c.code, c.retire_le.is_not(None)).order_by(c.ordre)
            ).all()
        )
        for table, c in LISTES.items()
    }
    mds = db.session.execute(select(Mds.code, Mds.nom, Mds.id)).all()
    return {**listes, "mds": Codes((code, nom, numero, False) for code, nom, numero in mds)}


def controler(classeur: Classeur, garder_les_bonnes: bool, avancer: Avancer = rien) -> Plan:
    """What importing this workbook would do, for whoever acts. Reads the base, under the rights of
    the acting account."""
    return Controle(classeur, garder_les_bonnes, avancer).plan()


class Controle(ControleDesDroits, ControleDEnsemble):
    def __init__(self, classeur: Classeur, garder: bool, avancer: Avancer):
        self.garder, self.avancer = garder, avancer
        self.pour_tous = acces.contexte().acteur == acces.TOUS
        self.aujourdhui: date = db.session.scalar(select(func.current_date()))
        self.codes_mds = dict(db.session.execute(select(Mds.id, Mds.code)).all())
        self.refus = list(classeur.refus)
        self.etats = {
            f.table: Etat(f, classeur.lectures.get(f.table) or Lecture(f, [])) for f in FEUILLES
        }
        self.jeunes: dict[str, Connu] = {}
        self.partenaires: dict[str, int] = {}
        self.orthographe: dict[str, str] = {}
        self.naissances: dict[str, date] = {}
        self._plies: dict[str, str] = {}

    def plan(self) -> Plan:
        self._references()
        for rang, etat in enumerate(self.etats.values()):
            self.avancer("Contrôle", rang, len(self.etats))
            self._indexer(etat)
            self._lire_base(etat)
            self._controler_lignes(etat)
        if not self.pour_tous:
            self._codes_deja_pris()
        self._controler_ensemble(lambda ligne: True)
        while self.garder:
            # A row left out leaves the base as it was: what depends on it is judged again, until
            # nothing moves.
            avant = len(self.refus)
            self._orphelins()
            self._controler_ensemble(lambda ligne: not ligne.refusee)
            if len(self.refus) == avant:
                break
        return self._conclure()

    # References to youths and partners

    def _references(self) -> None:
        """Fold the references, read from the base those that are known, refuse those that are
        nowhere."""
        feuilles = {nom: set() for nom in ("jeune", "partenaire")}
        for nom, attribut in (("jeune", "code"), ("partenaire", "nom")):
            self.orthographe |= {
                self._plier(v): v for v in self._colonne(self.etats[nom], attribut)
            }
            feuilles[nom] = {self._plier(v) for v in self._colonne(self.etats[nom], attribut)}
        citees = {nom: set(cles) for nom, cles in feuilles.items()}
        for etat in self.etats.values():
            for nom in feuilles:
                citees[nom].update(self._plier(v) for v in self._colonne(etat, f"{nom}_id"))
        for cle, numero, mds, naissance in _par_paquets(
            select(Jeune.cle, Jeune.id, Jeune.mds_id, Jeune.date_naissance),
            Jeune.cle,
            citees["jeune"],
            Text,
        ):
            self.jeunes[cle] = Connu(numero, mds)
            self.naissances[cle] = naissance
        self._naissances_de_la_feuille()
        self.partenaires = dict(
            _par_paquets(
                select(Partenaire.cle, Partenaire.id), Partenaire.cle, citees["partenaire"], Text
            )
        )
        connus = {
            "jeune": feuilles["jeune"] | self.jeunes.keys(),
            "partenaire": feuilles["partenaire"] | self.partenaires.keys(),
        }
        raisons = {
            "jeune": PARTOUT if self.pour_tous else DANS_SES_MDS,
            "partenaire": "Aucun partenaire de la feuille Partenaires ni de la base ne porte ce nom.",
        }
        for etat in self.etats.values():
            for nom, existants in connus.items():
                rang = etat.lecture.rangs.get(f"{nom}_id")
                if rang is not None:
                    for ligne in etat.lecture.lignes:
                        brut = ligne.valeurs[rang]
                        if brut is not None:
                            ligne.valeurs[rang] = cle = self._plier(brut)
                            self.orthographe.setdefault(cle, brut)
                            if cle not in existants:
                                self._refuser(etat, ligne, f"{nom}_id", raisons[nom], brut)

    @staticmethod
    def _colonne(etat: Etat, attribut: str) -> Iterator:
        rang = etat.lecture.rangs.get(attribut)
        if rang is not None:
            yield from (
                ligne.valeurs[rang]
                for ligne in etat.lecture.lignes
                if ligne.valeurs[rang] is not None
            )

    def _plier(self, brut: str) -> str:
        plie = self._plies.get(brut)
        if plie is None:
            plie = self._plies[brut] = plier(brut)
        return plie

    # Row by row

    def _indexer(self, etat: Etat) -> None:
        rangs = etat.lecture.rangs
        for ligne in etat.lecture.lignes:
            cle = etat.cle(lambda attribut, ligne=ligne: ligne.valeurs[rangs[attribut]])
            if cle is None:
                continue
            premiere = etat.index.setdefault(cle, ligne)
            if premiere is not ligne:
                champ = etat.feuille.champ_cle
                self._refuser(
                    etat,
                    ligne,
                    champ.attribut,
                    f"Cette ligne a la même clé que la ligne {premiere.numero} de la feuille.",
                )

    def _lire_base(self, etat: Etat) -> None:
        """The rows of the base that the file may change, and all the periods of the youths it
        speaks of."""
        feuille = etat.feuille
        table = feuille.modele.__table__
        colonnes, source = [table.c.id, table.c.version], table
        for champ in feuille.champs:
            if champ.genre == "jeune":
                source = source.join(Jeune.__table__, Jeune.__table__.c.id == table.c.jeune_id)
                colonnes.append(Jeune.cle)
            elif champ.genre == "partenaire":
                source = source.join(
                    Partenaire.__table__, Partenaire.__table__.c.id == table.c.partenaire_id
                )
                colonnes.append(Partenaire.cle)
            else:
                colonnes.append(champ.lue)
        if feuille.cle[0] == "jeune_id":
            filtre, cles, type_ = (
                table.c.jeune_id,
                {j.id for c in {cle[0] for cle in etat.index} if (j := self.jeunes.get(c))},
                Integer,
            )
            if feuille.table == "rattachement":
                cles |= {
                    self.jeunes[c].id
                    for (c,), ligne in self.etats["jeune"].index.items()
                    if "mds_id" in ligne.ecarts
                }
        else:
            filtre, cles, type_ = table.c.cle, {cle[0] for cle in etat.index}, Text
        liste = next(
            (etat.places[c.attribut] for c in feuille.champs if c.genre == "mds_liste"), None
        )
        for lue in _par_paquets(select(*colonnes).select_from(source), filtre, cles, type_):
            valeurs = tuple(None if v == "" else v for v in lue)
            if liste is not None:
                valeurs = (*valeurs[:liste], tuple(valeurs[liste]) or None, *valeurs[liste + 1 :])
            etat.base[etat.cle(lambda attribut, v=valeurs: v[etat.places[attribut]])] = valeurs

    def _controler_lignes(self, etat: Etat) -> None:
        feuille, champs = etat.feuille, etat.lecture.champs
        absentes = [c for c in feuille.champs if c.requis and c.attribut not in etat.lecture.rangs]
        places = [etat.places[c.attribut] for c in champs]
        for cle, ligne in etat.index.items():
            ligne.existant = existant = etat.base.get(cle)
            if existant is None:
                for champ in absentes:
                    self._refuser_colonne(etat, ligne, champ)
            else:
                ligne.ecarts = {
                    champ.attribut: (existant[place], valeur)
                    for champ, place, valeur in zip(champs, places, ligne.valeurs, strict=True)
                    if valeur != existant[place]
                    and champ.attribut not in ligne.fautifs
                    and not _memes(valeur, existant[place])
                }
            self._controler_valeurs(etat, ligne)
            self._controler_dates(etat, ligne)
            if not self.pour_tous:
                self._controler_droits(etat, ligne)

    def _refuser_colonne(self, etat: Etat, ligne: Ligne, champ: Champ) -> None:
        """New rows need the column: told once, on the first row of the sheet."""
        manque = Refus(
            etat.feuille.nom,
            1,
            champ.titre,
            "",
            "Cette colonne est obligatoire pour créer des lignes : elle manque.",
        )
        if manque not in self.refus[-len(etat.feuille.champs) * 2 :] and manque not in self.refus:
            self.refus.append(manque)
        ligne.refusee = True
        ligne.fautifs.add(champ.attribut)

    def _controler_valeurs(self, etat: Etat, ligne: Ligne) -> None:
        feuille = etat.feuille
        for debut, fin in feuille.ordres:
            du, au = etat.valeur(ligne, debut), etat.valeur(ligne, fin)
            if du is not None and au is not None and au < du:
                self._refuser(etat, ligne, fin, PHRASES[f"ck_{feuille.table}_{debut}_{fin}"][0])
        for contrainte, respectee in feuille.controles:
            phrase, attribut = PHRASES[contrainte]
            if not respectee(lambda a: etat.valeur(ligne, a)):
                self._refuser(etat, ligne, attribut, phrase)
        if feuille.table == "jeune" and (naissance := etat.valeur(ligne, "date_naissance")):
            if naissance > self.aujourdhui:
                self._refuser(
                    etat, ligne, "date_naissance", "Cette date de naissance est dans le futur."
                )
            elif (
                ligne.existant is None
                and (age := age_revolu(naissance, self.aujourdhui)) not in AGES_ADMIS
            ):
                raison = f"Ce jeune aurait {age} ans : un jeune nouveau a de {AGES_ADMIS[0]} à {AGES_ADMIS[-1]} ans."
                self._refuser(etat, ligne, "date_naissance", raison)

    def _naissances_de_la_feuille(self) -> None:
        """Youth → birth date, as the sheet has it; one that is refused proves nothing."""
        etat = self.etats["jeune"]
        for ligne in etat.lecture.lignes:
            code = etat.valeur(ligne, "code")
            naissance = etat.valeur(ligne, "date_naissance")
            if code and isinstance(naissance, date) and naissance <= self.aujourdhui:
                self.naissances[self._plier(code)] = naissance

    def _controler_dates(self, etat: Etat, ligne: Ligne) -> None:
        """Refuse each date that cannot be; one that the base already has is for the check before
        sending, it never blocks the mending of another cell."""
        du_jeune = "code" if etat.feuille.table == "jeune" else "jeune_id"
        naissance = None
        if du_jeune in etat.places and (cle := etat.valeur(ligne, du_jeune)):
            naissance = self.naissances.get(self._plier(cle))
        for champ in etat.feuille.champs:
            jour = etat.valeur(ligne, champ.attribut)
            if champ.genre != "date" or not isinstance(jour, date):
                continue
            if ligne.existant and ligne.existant[etat.places[champ.attribut]] == jour:
                continue
            colonne = etat.feuille.par_attribut[champ.attribut].colonne
            raison = refus(
                jour,
                self.aujourdhui,
                est_un_fait=est_un_fait(colonne, lambda nom: etat.valeur(ligne, nom)),
                naissance=naissance if champ.attribut != "date_naissance" else None,
            )
            if raison:
                self._refuser(etat, ligne, champ.attribut, raison)

    # The end

    def _refuser(
        self, etat: Etat, ligne: Ligne, attribut: str, raison: str, valeur: str | None = None
    ) -> None:
        if attribut in ligne.fautifs:
            return
        ligne.refusee = True
        ligne.fautifs.add(attribut)
        champ = etat.feuille.par_attribut[attribut]
        lue = (
            valeur
            if valeur is not None
            else en_clair(champ, etat.valeur(ligne, attribut), self.codes_mds, self.orthographe)
        )
        self.refus.append(Refus(etat.feuille.nom, ligne.numero, champ.titre, lue, raison))

    def _conclure(self) -> Plan:
        plan = Plan(
            etats=self.etats,
            jeunes=self.jeunes,
            partenaires=self.partenaires,
            orthographe=self.orthographe,
            codes_mds=self.codes_mds,
        )
        ordre = {
            f.nom: (rang, {c.titre: place for place, c in enumerate(f.champs)})
            for rang, f in enumerate(FEUILLES)
        }
        plan.refus = sorted(
            self.refus,
            key=lambda r: (ordre[r.feuille][0], r.ligne, ordre[r.feuille][1].get(r.colonne, -1)),
        )
        for table, etat in self.etats.items():
            plan.creations[table], plan.modifications[table] = [], []
            for ligne in etat.index.values():
                if ligne.refusee:
                    continue
                if ligne.existant is None:
                    plan.creations[table].append(ligne)
                elif ligne.ecarts:
                    plan.modifications[table].append(ligne)
                else:
                    plan.inchanges += 1
        return plan


def _memes(liste, autre) -> bool:
    """Two lists of MDS that say the same, whatever their order."""
    return isinstance(liste, tuple) and isinstance(autre, tuple) and set(liste) == set(autre)


def _par_paquets(requete, colonne, cles: Iterable, type_, taille: int = 10_000) -> Iterator[tuple]:
    """The rows whose ``colonne`` is one of ``cles``, a few thousand keys at a time."""
    cles = sorted(cles)
    filtree = requete.where(colonne == any_(bindparam("cles", type_=ARRAY(type_))))
    for debut in range(0, len(cles), taille):
        yield from db.session.execute(filtree, {"cles": cles[debut : debut + taille]})
