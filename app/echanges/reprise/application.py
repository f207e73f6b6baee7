"""Importing a workbook, whole or not at all (``annulation.py`` undoes it).

The rows go to the base by thousands in one statement, under the rights of the acting account. What
the base refuses in spite of the checks is narrowed down to its row, and told in words.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import psycopg
from sqlalchemy import String, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, ProgrammingError

from app import acces, journal
from app.echanges.formats.examen import Limites
from app.echanges.formats.lecture_isolee import FichierDeLignes, ouvrir
from app.echanges.reprise import distinctions
from app.echanges.reprise import fichier as fichiers
from app.echanges.reprise.attente import FichierGarde, garder
from app.echanges.reprise.choix import ChoixDuFichier
from app.echanges.reprise.controle import controler, lire_listes
from app.echanges.reprise.feuilles import ORDRE_D_ECRITURE
from app.echanges.reprise.lecture import (
    Avancer,
    CelluleRefusee,
    ClasseurLu,
    LigneLue,
    Valeur,
    rien,
)
from app.echanges.reprise.plan import Etat, Plan
from app.echanges.reprise.rapport import RapportDImport, rapporter
from app.echanges.reprise.ressemblances import (
    JeuneCompare,
    Ressemblance,
    phrases,
    ressemblances,
)
from app.extensions import db
from app.models import Importation
from app.models.base import PHRASES
from app.regles.texte import accorder, lisible

VERROU = 7_415_236_301
"""The advisory lock of imports: two at once go one after the other."""
LOT = 5_000
DIALECTE = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so
DROIT_REFUSE = "42501"
RENDUES = {"jeune": " returning cle, id, mds_id", "partenaire": " returning cle, id"}
"""What later rows must know of the new ones."""


class ImportInterdit(Exception):
    """The acting account may not import; the message is for the user."""


class ConflitEcriture(Exception):
    """Someone else changed the same records meanwhile.

    Nothing was written: it is enough to start again.
    """

    def __init__(
        self,
        raison: str = "Des fiches du classeur viennent d’être modifiées par quelqu’un d’autre.",
    ) -> None:
        super().__init__(f"{raison} Rien n’a été écrit : recommencez.")


@dataclass(frozen=True)
class OptionsDImport:
    """How to import."""

    essai: bool = False
    """Nothing is written."""
    garder_les_bonnes: bool = False
    """Good rows are written when others are refused."""
    details: int = 0
    """How many created rows and changed cells the report names."""
    importation: int | None = None
    """The number under which the workbook was sent from a screen; without it, an import that writes
    takes the next one."""
    choix: ChoixDuFichier = field(default_factory=ChoixDuFichier)
    """What the person decided: columns, corrections, empty cells."""


COMME_UN_TOUT = OptionsDImport()


def importer(
    chemin: Path,
    limites: Limites,
    options: OptionsDImport = COMME_UN_TOUT,
    avancer: Avancer = rien,
) -> RapportDImport:
    """Import a workbook for whoever acts, commit, and tell.

    Raises ClasseurRefuse, ImportInterdit, ConflitEcriture.
    """
    try:
        rapport = executer(chemin, limites, options, avancer)
        if rapport.importation is not None:
            db.session.commit()
        return rapport
    finally:
        db.session.rollback()


def executer(
    chemin: Path, limites: Limites, options: OptionsDImport, avancer: Avancer = rien
) -> RapportDImport:
    """The same in the transaction of the caller, who commits.

    Nothing is written when the report bears no number, nor when it raises.
    """
    if acces.contexte().acteur != acces.TOUS and not acces.perimetre().peut("classeur", "creer"):
        raise ImportInterdit("Votre rôle ne permet pas d’importer le classeur de reprise.")
    listes = lire_listes()
    aujourd_hui: date = db.session.scalar(select(func.acces.aujourd_hui()))
    if not options.essai:
        db.session.execute(select(func.pg_advisory_xact_lock(VERROU)))
    attente = b""
    with _ouvrir(chemin, limites, options) as fichier:
        classeur, conversion = fichiers.lire(
            fichier,
            listes,
            options.choix,
            aujourd_hui,
            pour_de_bon=not options.essai,
            avancer=avancer,
        )
        if classeur.en_attente and not options.essai:
            attente = garder(fichier, classeur.en_attente)
    plan = controler(classeur, options.garder_les_bonnes, avancer, options.choix.effacer)
    rapport = rapporter(plan, [*classeur.avertissements, *_zeros(classeur)], options.details)
    rapport.conversion = conversion
    rapport.attente = attente
    rapport.avertissements += _contradictions(plan, rapport)
    rapport.ressemblances = _ressemblances(options.choix, rapport, plan)
    rapport.avertissements += phrases(rapport.ressemblances)
    refuse = bool(plan.refus) and not options.garder_les_bonnes
    if refuse and not options.essai:
        rapport.rien_d_ecrit()
    elif not options.essai and (plan.crees or plan.modifies):
        _ecrire(plan, rapport, options, lisible(chemin.name), avancer)
    return rapport


def _ouvrir(
    chemin: Path, limites: Limites, options: OptionsDImport
) -> AbstractContextManager[FichierDeLignes]:
    """The file that was sent, in a process of its own, or the rows kept of another."""
    if options.choix.est_une_attente:
        return nullcontext(FichierGarde(chemin))
    return ouvrir(chemin, limites)


def _ressemblances(
    choix: ChoixDuFichier, rapport: RapportDImport, plan: Plan
) -> list[Ressemblance]:
    """The new youths who may be another, of whom nobody has said whom they are, or are not."""

    def differents(nouveau: JeuneCompare, autre: JeuneCompare) -> bool:
        return rapport.designer(autre) in choix.differents.get(rapport.ou(nouveau.numero), ())

    decides: set[int] = set()
    if choix.jeunes:
        numeros = [ligne.numero for ligne in plan.creations["jeune"]]
        decides = {numero for numero in numeros if rapport.ou(numero) in choix.jeunes}
    return ressemblances(plan, decides, differents)


def _contradictions(plan: Plan, rapport: RapportDImport) -> list[str]:
    """The rencontres that come in although something in them does not agree."""
    dites = []
    for phrase, numeros in plan.contradictions.items():
        lignes = ", ".join(str(rapport.place("Rencontres", n)[1]) for n in numeros[:10])
        suite = "…" if len(numeros) > 10 else ""
        dites.append(
            f"Rencontres, ligne {lignes}{suite} : {phrase} Reprise telle quelle, à corriger"
            " ensuite : elle attend parmi les anomalies."
        )
    return dites


def _zeros(classeur: ClasseurLu) -> list[str]:
    if not classeur.zeros_rendus:
        return []
    un = "numéro de téléphone gardé par Excel comme un nombre a retrouvé son zéro."
    plusieurs = "numéros de téléphone gardés par Excel comme des nombres ont retrouvé leur zéro."
    return [accorder(classeur.zeros_rendus, un, plusieurs)]


def _ecrire(
    plan: Plan, rapport: RapportDImport, options: OptionsDImport, nom: str, avancer: Avancer
) -> None:
    """Write all of the plan, or nothing; the report says which."""
    try:
        with db.session.begin_nested():
            numero = options.importation or _numeroter(nom)
            with acces.acteur(acces.contexte().acteur, requete=f"import:{numero}"):
                ecriture = _Ecriture(plan, avancer)
                ecriture.tout()
                rapport.refus += ecriture.refus
                rapport.crees = ecriture.crees
                rapport.modifies = ecriture.modifies
                if ecriture.refus and not options.garder_les_bonnes:
                    raise _RefuseParLaBase
                rapport.codes = _codes_crees(plan, rapport)
                distinctions.ecrire(options.choix, rapport.codes)
                _conclure(rapport, numero)
    except _RefuseParLaBase:
        rapport.rien_d_ecrit()
    except IntegrityError as erreur:  # a rule between rows, that someone else broke meanwhile
        raise ConflitEcriture(_phrase(erreur)[0]) from erreur
    except OperationalError as erreur:  # a deadlock, a connection lost
        raise ConflitEcriture from erreur


def _codes_crees(plan: Plan, rapport: RapportDImport) -> dict[str, str]:
    """« sheet!row » of the youths created → their code."""
    etat = plan.etats["jeune"]
    return {
        rapport.ou(ligne.numero): str(etat.valeur(ligne, "code"))
        for ligne in plan.creations["jeune"]
    }


class _RefuseParLaBase(Exception):
    """The base refused rows that the check let through: what was written is taken back."""


def _numeroter(nom: str) -> int:
    contexte = acces.contexte()
    compte = None if contexte.acteur == acces.TOUS else int(contexte.acteur)
    importation = Importation(compte_id=compte, fichier=nom[:300], statut="application")
    db.session.add(importation)
    db.session.flush()
    return importation.id


def _conclure(rapport: RapportDImport, numero: int) -> None:
    """The record of the import says what was done, and the audit log."""
    importation = db.session.get_one(Importation, numero)
    importation.statut = "appliquee"
    importation.appliquee_le = func.now()
    importation.rapport = bilan = {
        "crees": rapport.crees,
        "modifies": rapport.modifies,
        "inchanges": rapport.inchanges,
        "nombre_refus": len(rapport.refus),
    }
    journal.consigner(
        "import",
        table="importation",
        cle=numero,
        detail={"fichier": importation.fichier, **bilan},
    )
    rapport.importation = numero


class _Ecriture:
    """The statements that carry a plan out; counts what was really written."""

    def __init__(self, plan: Plan, avancer: Avancer):
        self.plan = plan
        self.avancer = avancer
        self.crees = 0
        self.modifies = 0
        self.refus: list[CelluleRefusee] = []
        self.jeunes = {cle: (j.id, j.mds_id) for cle, j in plan.jeunes.items()}
        self.partenaires = dict(plan.partenaires)

    def tout(self) -> None:
        db.session.execute(text("set constraints all deferred"))
        for table, lignes in self.plan.modifications.items():
            self._tenir(self.plan.etats[table], lignes)
        total = self.plan.crees + self.plan.modifies
        fait = 0
        for feuille in ORDRE_D_ECRITURE:
            etat = self.plan.etats[feuille.table]
            for lot in _lots(self.plan.modifications[feuille.table]):
                self.avancer("Écriture", fait, total)
                self.modifies += self._tenter(etat, lot, self._modifier)
                fait += len(lot)
            for lot in _lots(self.plan.creations[feuille.table]):
                self.avancer("Écriture", fait, total)
                self.crees += self._tenter(etat, lot, self._creer)
                fait += len(lot)
        db.session.execute(text("set constraints all immediate"))
        self.avancer("Écriture", total, total)

    def _tenir(self, etat: Etat, lignes: list[LigneLue]) -> None:
        """Hold the rows that will change; one that has changed since it was read stops all."""
        inchangees = text(
            f"select t.id from {etat.feuille.table} t"
            " join json_to_recordset(cast(:lignes as json)) as v(id int, version int)"
            " on v.id = t.id and v.version = t.version order by t.id for update of t"
        )
        for lot in _lots(sorted(lignes, key=_numero)):
            vues = []
            for ligne in lot:
                numero, version, *_ = ligne.existant or ()
                vues.append({"id": numero, "version": version})
            tenues = db.session.execute(inchangees, {"lignes": json.dumps(vues)}).all()
            if len(tenues) != len(lot):
                raise ConflitEcriture

    def _tenter(
        self, etat: Etat, lignes: list[LigneLue], ecrire: Callable[[Etat, list[LigneLue]], None]
    ) -> int:
        """Write rows together; when the base refuses, halve until the row at fault is alone.

        Returns how many were written.
        """
        try:
            with db.session.begin_nested():
                ecrire(etat, lignes)
        except (IntegrityError, DataError, ProgrammingError) as erreur:
            if len(lignes) > 1:
                milieu = len(lignes) // 2
                ecrites = self._tenter(etat, lignes[:milieu], ecrire)
                return ecrites + self._tenter(etat, lignes[milieu:], ecrire)
            phrase, attribut = _phrase(erreur)
            champ = etat.feuille.par_attribut.get(attribut or "", etat.feuille.champ_cle)
            self.refus.append(
                CelluleRefusee(etat.feuille.nom, lignes[0].numero, champ.titre, "", phrase)
            )
            return 0
        return len(lignes)

    def _creer(self, etat: Etat, lignes: list[LigneLue]) -> None:
        table = etat.feuille.table
        attributs = [c.attribut for c in etat.lecture.champs]
        if etat.feuille.par_jeune:
            attributs.append("mds_id")
        noms = ", ".join(attributs)
        insertion = text(
            f"insert into {table} ({noms}) select {noms}"
            f" from json_to_recordset(cast(:lignes as json)) as v({_types(etat, attributs)})"
            f"{RENDUES.get(table, '')}"
        )
        resultat = db.session.execute(insertion, {"lignes": self._en_json(etat, lignes, attributs)})
        if table == "jeune":
            self.jeunes |= {cle: (numero, mds) for cle, numero, mds in resultat}
        elif table == "partenaire":
            self.partenaires |= dict(resultat.all())

    def _modifier(self, etat: Etat, lignes: list[LigneLue]) -> None:
        """Only the columns that change in this batch are written.

        The MDS of a youth apart, since its history follows.
        """
        table = etat.feuille.table
        demenagements = [ligne for ligne in lignes if table == "jeune" and "mds_id" in ligne.ecarts]
        if demenagements:
            self._mettre_a_jour(etat, demenagements, ["mds_id"])
            self.jeunes |= {
                cle: (self.jeunes[cle][0], etat.valeur(ligne, "mds_id"))
                for (cle,), ligne in etat.index.items()
                if "mds_id" in ligne.ecarts
            }
        attributs = sorted({attribut for ligne in lignes for attribut in ligne.ecarts})
        if table == "jeune" and "mds_id" in attributs:
            attributs.remove("mds_id")
        if "jeune_id" in attributs:
            attributs.append("mds_id")
        if attributs:
            self._mettre_a_jour(etat, lignes, attributs)

    def _mettre_a_jour(self, etat: Etat, lignes: list[LigneLue], attributs: list[str]) -> None:
        affectations = ", ".join(f"{a} = v.{a}" for a in attributs)
        mise_a_jour = text(
            f"update {etat.feuille.table} t set {affectations}"
            " from json_to_recordset(cast(:lignes as json))"
            f" as v(id int, {_types(etat, attributs)}) where t.id = v.id returning t.id"
        )
        valeurs = {"lignes": self._en_json(etat, lignes, attributs, avec_id=True)}
        if len(db.session.execute(mise_a_jour, valeurs).all()) != len(lignes):
            raise ConflitEcriture

    def _en_json(
        self, etat: Etat, lignes: list[LigneLue], attributs: list[str], avec_id: bool = False
    ) -> str:
        objets = []
        for ligne in lignes:
            objet = {a: self._valeur(etat, ligne, a) for a in attributs}
            if avec_id:
                objet["id"] = _numero(ligne)
            objets.append(objet)
        return json.dumps(objets, default=str)

    def _valeur(self, etat: Etat, ligne: LigneLue, attribut: str) -> Valeur:
        if attribut == "mds_id" and etat.feuille.par_jeune:
            return self.jeunes.get(etat.valeur(ligne, "jeune_id"), (None, None))[1]
        valeur = etat.valeur(ligne, attribut)
        if attribut == "jeune_id":
            return self.jeunes.get(valeur, (None, None))[0]
        if attribut == "partenaire_id":
            return self.partenaires.get(valeur)
        if attribut == "mds_ids":
            return valeur or ()
        return valeur


def _types(etat: Etat, attributs: list[str]) -> str:
    """« nom text, du date »: how the base reads the JSON."""
    colonnes = etat.feuille.modele.__table__.c
    types = []
    for attribut in attributs:
        type_ = "text"
        if not isinstance(colonnes[attribut].type, String):
            type_ = colonnes[attribut].type.compile(DIALECTE)
        types.append(f"{attribut} {type_}")
    return ", ".join(types)


def _numero(ligne: LigneLue) -> int:
    """The key, in the base, of a row that it knows."""
    numero, *_ = ligne.existant or ()
    return int(numero)


def _phrase(erreur: DBAPIError) -> tuple[str, str | None]:
    """The sentence of the constraint that refused, and its column."""
    if not isinstance(erreur.orig, psycopg.Error):
        raise erreur
    diagnostic = erreur.orig.diag
    if diagnostic.sqlstate == DROIT_REFUSE:
        return "Votre rôle ne permet pas d’écrire cette ligne.", None
    return PHRASES.get(diagnostic.constraint_name or "", ("La base refuse cette ligne.", None))


def _lots(lignes: list[LigneLue]) -> Iterator[list[LigneLue]]:
    for debut in range(0, len(lignes), LOT):
        yield lignes[debut : debut + LOT]
