"""The parts of « Sortie de X »: each says its fields, what it refuses, what it writes.

A noun plugs its part by adding it to ``RUBRIQUES``; all of them are written in one transaction, and
each is optional: what is skipped stays visible on the file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

from sqlalchemy import Row, update
from wtforms import Field

from app.acces import Perimetre
from app.extensions import db
from app.models import Binome, Enquete, Jeune, Rencontre, Situation
from app.regles.age import age_revolu, ajouter_mois
from app.regles.parametres import AGE_MAJORITE, ENTRETIEN_APRES_SORTIE_MOIS
from app.regles.parcours import DECES, ERREUR, blocs
from app.regles.sortie import derniere_sortie
from app.views.dossier import Dossier
from app.views.socle import formulaire
from app.views.socle.affichage import en_texte
from app.views.socle.champs import ChampCase, ChampDate, Formulaire
from app.views.socle.champs_choix import ChampListe
from app.views.socle.conversion import composer
from app.views.socle.fiche import vue_de

UN_JOUR = timedelta(days=1)
PAS_UNE_SORTIE = (
    "Une mesure continue, ou suit de près : ce n’est pas une sortie de l’ASE. Ne cochez rien ici."
)
REPONSES = (
    "situation_pro_code",
    "logement_code",
    "maintien_6_mois",
    "ressource_1_code",
    "fin_ressource_1",
    "ressource_2_code",
    "fin_ressource_2",
    "couverture_base_code",
    "couverture_complementaire_code",
)
"""What is said of a situation."""


class ConflitDeFiche(Exception):
    """A record is no longer the one that was shown."""


class ChampChoix(ChampListe):
    """A few answers, one of them; none is « later »."""

    rendu = "radios"


class ChampMotif(ChampListe):
    """A reason of the list, without those that another screen writes."""

    def __init__(self, *arguments: Any, sauf: tuple[str, ...], **autres: Any):
        super().__init__(*arguments, **autres)
        self.sauf = sauf

    def preparer(self, actuelle: Any) -> None:
        super().preparer(actuelle)
        self.choix = [(code, dit) for code, dit in self.choix if code not in self.sauf]


@dataclass(frozen=True)
class MesureDuJeune:
    """A mesure as it would be, for the rule of the exits."""

    id: int
    du: date
    au: date | None
    echeance: date | None
    motif_fin_code: str | None
    jeune_majeur: bool | None


@dataclass(frozen=True)
class SortieDuJeune:
    """The file of a youth who leaves, and what is asked: which mesure, which stay."""

    jeune: Jeune
    vu: Dossier
    perimetre: Perimetre
    mesure: int | None = None
    sejour: int | None = None

    @property
    def le(self) -> date:
        return self.vu.le

    def peut(self, table: str, *actes: str) -> bool:
        return all(self.perimetre.peut(table, acte, self.jeune.mds_id) for acte in actes)

    def lignes(self, table: str) -> Sequence[Row[Any]]:
        return self.vu.lignes[table]

    @property
    def mesures_a_finir(self) -> list[Row[Any]]:
        """Those that run, of which the end is not there yet."""
        return [m for m in self.lignes("mesure") if self._court_encore(m)]

    @property
    def sejour_a_finir(self) -> Row[Any] | None:
        siens = (s for s in self.lignes("accompagnement") if s.motif_sortie_code != ERREUR)
        return next((s for s in siens if self._court_encore(s)), None)

    def _court_encore(self, ligne: Row[Any]) -> bool:
        return ligne.du <= self.le and (ligne.au is None or ligne.au > self.le)

    @property
    def sortie_deja(self) -> date | None:
        """The exit from the ASE that is recorded."""
        return derniere_sortie(self.lignes("mesure"), self.le)

    @property
    def sortie_prevue(self) -> date | None:
        """The exit there would be if the mesure that is asked ended today; or the one there is."""
        if [m.id for m in self.mesures_a_finir] == [self.mesure]:
            return self.le
        return self.sortie_deja

    @property
    def situation(self) -> Row[Any] | None:
        return self.vu.derniere_situation

    def touchees(self) -> Iterable[Row[Any]]:
        """What the act may change: if somebody else did, it is told."""
        yield from self.lignes("mesure")
        yield from self.lignes("accompagnement")
        yield from self.lignes("binome")
        yield from self.lignes("situation")


@dataclass(frozen=True)
class SortieVoulue:
    """What the form ends: the day, and the exit from the ASE that there is then."""

    fin: date | None
    sortie: date | None
    mesures: Sequence[Row[Any]] = ()
    sejour: Row[Any] | None = None


@dataclass(frozen=True)
class ChampsDeLigne:
    """Fields by name, read together; ``repli``: the words under which they are folded."""

    champs: dict[str, Field]
    repli: str = ""


class RubriqueDeSortie(Protocol):
    """A part of the screen."""

    titre: str

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        """Its fields; none: the part is not shown."""

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        """What the fields propose."""

    def aide(self, sortant: SortieDuJeune) -> str: ...

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        """Refuse, beside the field."""

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        """Within the transaction of the act."""


def sortie_voulue(form: Formulaire, sortant: SortieDuJeune) -> SortieVoulue:
    """What is ticked, applied to the mesures as they are."""
    cochees = [m for m in sortant.mesures_a_finir if _lu(form, f"mesure_{m.id}")]
    sejour = sortant.sejour_a_finir if _lu(form, "sejour") else None
    fin = _lu(form, "le") if cochees or sejour else None
    if not cochees or fin is None:
        return SortieVoulue(fin, sortant.sortie_deja, cochees, sejour)
    finies = {m.id for m in cochees}
    mesures = [_fin(m) for m in sortant.lignes("mesure")]
    mesures = [replace(m, au=fin) if m.id in finies and m.du <= fin else m for m in mesures]
    est_sortie = any(bloc.au == fin for bloc in blocs(mesures))
    return SortieVoulue(fin, fin if est_sortie else None, cochees, sejour)


def _fin(m: Row[Any]) -> MesureDuJeune:
    return MesureDuJeune(m.id, m.du, m.au, m.echeance, m.motif_fin_code, m.jeune_majeur)


def _lu(form: Formulaire, nom: str) -> Any:
    return form[nom].data if nom in form else None


def _changer(classe: Any, ligne: Row[Any], **valeurs: Any) -> None:
    """Change a record that nobody changed since it was shown."""
    ordre = update(classe).where(classe.id == ligne.id, classe.version == ligne.version)
    faites = db.session.execute(
        ordre.values(valeurs).execution_options(synchronize_session=False)
    ).rowcount
    if faites != 1:
        raise ConflitDeFiche


class RubriqueDesFins:
    """Which mesures and whether the accompagnement, on which day, why."""

    titre = "Ce qui se termine"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        lues = [*self._mesures(sortant), *self._sejour(sortant)]
        if not lues:
            return []
        return [ChampsDeLigne({"le": ChampDate("Dernier jour")}), *lues]

    def _mesures(self, sortant: SortieDuJeune) -> Iterable[ChampsDeLigne]:
        if not sortant.mesures_a_finir or not sortant.peut("mesure", "modifier"):
            return
        siennes: dict[str, Field] = {
            f"mesure_{m.id}": ChampCase(f"{m.type}, depuis le {en_texte(m.du)}")
            for m in sortant.mesures_a_finir
        }
        siennes["motif_fin"] = ChampMotif(
            "Motif de fin de la mesure", liste="motif_sortie_ase", sauf=(DECES,)
        )
        yield ChampsDeLigne(siennes)

    def _sejour(self, sortant: SortieDuJeune) -> Iterable[ChampsDeLigne]:
        sejour = sortant.sejour_a_finir
        if sejour is None or not sortant.peut("accompagnement", "modifier"):
            return
        motif = ChampMotif(
            "Motif de sortie du dispositif",
            liste="motif_sortie_dispositif",
            sauf=(DECES, ERREUR),
        )
        dit = f"Accompagnement, depuis le {en_texte(sejour.du)}"
        yield ChampsDeLigne({"sejour": ChampCase(dit), "motif_sortie": motif})

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        cochees = {f"mesure_{m.id}": m.id == sortant.mesure for m in sortant.mesures_a_finir}
        sejour = sortant.sejour_a_finir
        return {
            "le": sortant.le,
            "sejour": sejour is not None and sejour.id == sortant.sejour,
            **cochees,
        }

    def aide(self, sortant: SortieDuJeune) -> str:
        if sortant.peut("mesure", "modifier") or not sortant.mesures_a_finir:
            return "Cochez ce qui prend fin. Un décès se déclare depuis la fiche du jeune."
        return "La mesure ASE se termine par le référent ; cochez ici ce qui prend fin."

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        for nom, motif, concernees in (
            ("la mesure", "motif_fin", voulue.mesures),
            ("l’accompagnement", "motif_sortie", [voulue.sejour] if voulue.sejour else []),
        ):
            _verifier_la_fin(form, sortant, motif, concernees)
            if _lu(form, motif) and not concernees:
                formulaire.refuser(form, f"Cochez {nom} qui se termine.", motif)

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        for mesure in voulue.mesures:
            _changer(
                vue_de("mesure").modele,
                mesure,
                au=voulue.fin,
                motif_fin_code=_lu(form, "motif_fin"),
            )
        if voulue.sejour is not None:
            _changer(
                vue_de("accompagnement").modele,
                voulue.sejour,
                au=voulue.fin,
                motif_sortie_code=_lu(form, "motif_sortie"),
            )


def _verifier_la_fin(
    form: Formulaire, sortant: SortieDuJeune, motif: str, lignes: Sequence[Row[Any]]
) -> None:
    """The day of what ends: there, not to come, not before it began; and its reason."""
    fin = _lu(form, "le")
    for ligne in lignes:
        if fin is None and not form["le"].errors:
            formulaire.refuser(form, "Dites quel est le dernier jour.", "le")
        elif fin and fin > sortant.le:
            if not form["le"].errors:
                formulaire.refuser(form, "Cette date est dans le futur.", "le")
        elif fin and fin < ligne.du:
            phrase = (
                f"Cela a commencé le {en_texte(ligne.du)} : choisissez ce jour ou un autre après."
            )
            formulaire.refuser(form, phrase, "le")
    if lignes and not _lu(form, motif) and not form[motif].errors:
        formulaire.refuser(form, "Dites pourquoi.", motif)


class RubriqueDeSituation:
    """« Toujours vrai » confirms the latest; else what has changed, copied from it."""

    titre = "Situation à la sortie"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        choix = []
        if sortant.situation is not None and sortant.peut("situation", "modifier"):
            choix.append(("vrai", "Toujours vraie"))
        if sortant.peut("situation", "creer"):
            choix.append(("changee", "Je la dis ici" if not choix else "Elle a changé"))
        if not choix:
            return []
        demande = ChampChoix("Cette situation est", options=(*choix, ("", "À dire plus tard")))
        lues = [ChampsDeLigne({"situation": demande})]
        if choix[-1][0] == "changee":
            compose = composer(vue_de("situation"), list(REPONSES), creation=True)
            siens = {nom: getattr(compose, nom) for nom in REPONSES}
            siens["observee_le"] = ChampDate("Observée le", aide="Vide : le jour de la sortie.")
            lues.append(ChampsDeLigne(siens, "Ce que l’on sait de sa situation"))
        return lues

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        if sortant.situation is None:
            return {}
        return {nom: getattr(sortant.situation, nom) for nom in REPONSES}

    def aide(self, sortant: SortieDuJeune) -> str:
        derniere = sortant.situation
        if derniere is None:
            return "Aucune situation n’est enregistrée."
        dites = [derniere.situation_pro, derniere.logement, derniere.ressource_1]
        lues = [str(dit) for dit in dites if dit] or ["rien n’y est renseigné"]
        return (
            f"Dernière situation, observée le {en_texte(derniere.observee_le)} : {', '.join(lues)}."
        )

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        if "observee_le" not in form:
            return
        avant = self.initiales(sortant)
        ecrites = [nom for nom in REPONSES if _lu(form, nom) != avant.get(nom)]
        choix = _lu(form, "situation")
        if ecrites and choix != "changee":
            phrase = "Vous avez changé des réponses : dites que la situation a changé."
            formulaire.refuser(form, phrase, "situation")
        if choix != "changee":
            return
        if all(_lu(form, nom) is None for nom in REPONSES):
            phrase = "Rien n’est dit de la situation : répondez au moins à une question."
            formulaire.refuser(form, phrase, "situation_pro_code")
        observee = _lu(form, "observee_le")
        if observee and observee > sortant.le:
            formulaire.refuser(form, "Cette date est dans le futur.", "observee_le")

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        choix = _lu(form, "situation")
        jour = _lu(form, "observee_le") or voulue.sortie or voulue.fin or sortant.le
        if choix == "changee":
            self._dire(sortant, jour, {nom: _lu(form, nom) for nom in REPONSES})
        derniere = sortant.situation
        if choix != "vrai" or derniere is None:
            return
        if _est_d_avant(derniere.observee_le, sortant, voulue):
            self._dire(sortant, jour, self.initiales(sortant))
        else:
            _changer(Situation, derniere, confirmee_le=sortant.le)

    def _dire(self, sortant: SortieDuJeune, jour: date, valeurs: dict[str, Any]) -> None:
        """Of a day that has its situation already, correct it."""
        meme_jour = [s for s in sortant.lignes("situation") if s.observee_le == jour]
        if meme_jour and sortant.peut("situation", "modifier"):
            _changer(Situation, meme_jour[0], **valeurs)
        else:
            db.session.add(Situation(jeune_id=sortant.jeune.id, observee_le=jour, **valeurs))


def _est_d_avant(observee_le: date, sortant: SortieDuJeune, voulue: SortieVoulue) -> bool:
    """The situation is that of an earlier stay in the ASE.

    Confirmed now, it would tell the situation of that exit too, and change figures of the past.
    """
    sortie = voulue.sortie or sortant.le
    finis = [bloc.au for bloc in blocs(sortant.lignes("mesure")) if bloc.au is not None]
    return any(observee_le <= au < sortie for au in finis)


class RubriqueDuBinome:
    """The coordonnateur goes on alone from the next day; or the binôme ends."""

    titre = "Le binôme"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        binome = sortant.vu.binome
        if binome is None or not sortant.peut("binome", "modifier", "creer"):
            return []
        choix = [("fin", "Le suivi se termine"), ("", "Ne rien changer")]
        if binome.referent_ase:
            choix.insert(0, ("seul", "Le coordonnateur poursuit seul"))
        return [ChampsDeLigne({"binome": ChampChoix("Dès le lendemain", options=tuple(choix))})]

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        if sortant.sejour is not None:
            return {"binome": "fin"}
        binome = sortant.vu.binome
        if sortant.sortie_prevue and binome is not None and binome.referent_ase:
            return {"binome": "seul"}
        return {"binome": None}

    def aide(self, sortant: SortieDuJeune) -> str:
        binome = sortant.vu.binome
        if binome is None:
            return ""
        avec = f", avec {binome.referent_ase}" if binome.referent_ase else ", seul"
        return f"{binome.coordonnateur}{avec}, depuis le {en_texte(binome.du)}."

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        choix = _lu(form, "binome")
        binome = sortant.vu.binome
        if not choix or binome is None:
            return
        jour = voulue.sortie if choix == "seul" else voulue.fin or voulue.sortie
        if jour is None:
            phrase = PAS_UNE_SORTIE if choix == "seul" else "Dites d’abord ce qui se termine."
            formulaire.refuser(form, phrase, "binome")
        elif jour < binome.du:
            phrase = f"Ce binôme commence le {en_texte(binome.du)}, après la sortie."
            formulaire.refuser(form, phrase, "binome")

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        choix = _lu(form, "binome")
        binome = sortant.vu.binome
        if not choix or binome is None:
            return
        jour = voulue.sortie if choix == "seul" else voulue.fin or voulue.sortie
        if jour is None:
            return
        _changer(Binome, binome, au=jour)
        if choix == "seul" and (binome.au is None or binome.au > jour):
            db.session.flush()
            db.session.add(
                Binome(
                    jeune_id=sortant.jeune.id,
                    coordonnateur=binome.coordonnateur,
                    coordonnateur_id=binome.coordonnateur_id,
                    du=jour + UN_JOUR,
                    au=binome.au,
                )
            )


class RubriqueDeRencontre:
    """The rencontre planned six months after the exit of a youth of age."""

    titre = "Après la sortie"
    TYPE = "ENTRETIEN_6_MOIS"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        if not sortant.peut("rencontre", "creer") or self._deja_prevue(sortant):
            return []
        mois = ENTRETIEN_APRES_SORTIE_MOIS.en_lettres
        jour = ChampDate("Entretien le", aide=f"Vide : {mois} après la sortie, jour pour jour.")
        coche = ChampCase(f"Prévoir l’entretien à {mois}")
        return [ChampsDeLigne({"entretien": coche, "entretien_le": jour})]

    def _deja_prevue(self, sortant: SortieDuJeune) -> bool:
        return any(
            r.type_code == self.TYPE and r.statut_code == "PREVUE" and r.le >= sortant.le
            for r in sortant.lignes("rencontre")
        )

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        attendue = sortant.sortie_prevue
        if not attendue:
            return {}
        majeur = age_revolu(sortant.jeune.date_naissance, attendue) >= AGE_MAJORITE.valeur
        return {"entretien": majeur and _six_mois_apres(attendue) >= sortant.le}

    def aide(self, sortant: SortieDuJeune) -> str:
        return ""

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        jour = _lu(form, "entretien_le")
        if not _lu(form, "entretien"):
            if jour:
                formulaire.refuser(form, "Cochez l’entretien pour le prévoir.", "entretien")
            return
        if voulue.sortie is None:
            formulaire.refuser(form, PAS_UNE_SORTIE, "entretien")
            return
        jour = jour or _six_mois_apres(voulue.sortie)
        if jour <= voulue.sortie or jour < sortant.le:
            phrase = "Choisissez un jour à venir, après la sortie."
            formulaire.refuser(form, phrase, "entretien_le")

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        if not _lu(form, "entretien") or voulue.sortie is None:
            return
        binome = sortant.vu.binome
        db.session.add(
            Rencontre(
                jeune_id=sortant.jeune.id,
                type_code=self.TYPE,
                statut_code="PREVUE",
                le=_lu(form, "entretien_le") or _six_mois_apres(voulue.sortie),
                fixee_le=sortant.le,
                agents=binome.coordonnateur if binome is not None else None,
            )
        )


def _six_mois_apres(sortie: date) -> date:
    return ajouter_mois(sortie, ENTRETIEN_APRES_SORTIE_MOIS.valeur)


class RubriqueDeLAvis:
    """The enquête, whose link comes next."""

    titre = "L’avis du jeune"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        if not sortant.peut("enquete", "creer") or self._demandee(sortant):
            return []
        aide = "Le lien et le QR code s’affichent ensuite, à imprimer."
        coche = ChampCase("Demander son avis sur l’accompagnement", aide=aide)
        return [ChampsDeLigne({"enquete": coche})]

    def _demandee(self, sortant: SortieDuJeune) -> bool:
        """Asked today, or already and not answered."""
        return any(
            e.demandee_le == sortant.le or e.repondue_le is None for e in sortant.lignes("enquete")
        )

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        return {}

    def aide(self, sortant: SortieDuJeune) -> str:
        return ""

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        return None

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        if _lu(form, "enquete"):
            db.session.add(Enquete(jeune_id=sortant.jeune.id, demandee_le=sortant.le))


RUBRIQUES: tuple[RubriqueDeSortie, ...] = (
    RubriqueDesFins(),
    RubriqueDeSituation(),
    RubriqueDuBinome(),
    RubriqueDeRencontre(),
    RubriqueDeLAvis(),
)
"""In the order of the screen, which is that of the writing."""
