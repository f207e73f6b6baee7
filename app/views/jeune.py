"""The youths: the list that says who waits for what, the file on one page, and their MDS day by
day."""

from datetime import date, timedelta

from flask import abort, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import and_, exists, not_, or_, select

from app import acces
from app.models import Accompagnement, Alerte, Binome, Jeune, Mesure, Rattachement
from app.regles import parametres as p
from app.regles.age import age_revolu, ajouter_mois, anniversaire, aujourd_hui
from app.regles.conservation import NOM_ANONYME
from app.views import copie, distinction, dossier, en_attente, fiche_jeune, transfert
from app.views.socle import formulaire
from app.views.socle.affichage import en_html, nom_mds
from app.views.socle.base import VueTandem
from app.views.socle.champs_choix import ChampAutreMds
from app.views.socle.export import envoyer_classeur, lire_motif
from app.views.socle.periode import VuePeriode

from .doublons import doublons

AGE_MIN, AGE_MAX = 10, 30
"""A youth outside these ages at creation is a typing mistake (classeur de reprise)."""


_FIN_PROCHE = max(p.FIN_DE_MESURE_JOURS.valeur)
"""Days."""


def _ne(de: int, a: int):
    """The youths who have turned ``de`` and not yet ``a`` + 1."""
    le = aujourd_hui()
    return and_(
        Jeune.date_naissance <= anniversaire(le, -de),
        Jeune.date_naissance > anniversaire(le, -a - 1),
    )


def _en_cours(classe) -> tuple:
    le = aujourd_hui()
    return classe.du <= le, or_(classe.au.is_(None), classe.au >= le)


def _court(classe, *autres):
    return _a(classe, *_en_cours(classe), *autres)


def _a(classe, *conditions):
    """The youth has a record that meets these conditions; it has their MDS, which the planner does
    not guess."""
    return exists().where(classe.jeune_id == Jeune.id, classe.mds_id == Jeune.mds_id, *conditions)


def _sous_mesure_sans_binome():
    """Taken away as a whole: asked of each youth on the way, « no binôme » is looked for tens of
    thousands of times."""
    sous_mesure, en_binome = (
        select(c.jeune_id).where(*acces.mds_permises(c), *_en_cours(c)) for c in (Mesure, Binome)
    )
    return Jeune.id.in_(sous_mesure.except_(en_binome))


def _suivi():
    return _court(Accompagnement, en_attente.PAS_PAR_ERREUR)


def _a_ete_suivi():
    return _a(Accompagnement, en_attente.PAS_PAR_ERREUR, Accompagnement.du <= aujourd_hui())


def _a_eu_mesure():
    return _a(Mesure, Mesure.au < aujourd_hui())


class JeuneView(VueTandem):
    datamodel = SQLAInterface(Jeune)
    route_base, ressource = "/jeunes", "jeune"
    nom, pluriel = "un jeune", "Jeunes"
    list_columns = [
        "nom",
        "prenom",
        "date_naissance",
        "age",
        "mds_id",
        "coordonnateur",
        "phase",
        "suite",
    ]
    formatters_columns = {c: lambda v: str(v) if v else "–" for c in ("coordonnateur", "suite")}
    label_columns = {
        "age": "Âge",
        "coordonnateur": "Coordonnateur",
        "phase": "Phase",
        "suite": "À faire",
    }
    add_fieldsets = [
        ("", {"fields": ["nom", "prenom", "date_naissance", "mds_id", "code"]}),
        ("Joindre", {"fields": ["telephone", "courriel"]}),
        (
            "Accueil",
            {
                "fields": [
                    "lieu_accueil_code",
                    "etablissement_accueil",
                    "est_parent",
                    "est_hors_departement",
                ]
            },
        ),
        ("Repérage et orientation", {"fields": ["repere_le", "oriente_par", "contact_le"]}),
        ("Projet", {"fields": ["objectif", "observations"]}),
    ]
    edit_fieldsets = [
        ("", {"fields": ["nom", "prenom", "date_naissance", "code"]}),
        *add_fieldsets[1:],
    ]
    search_columns = ["mds_id", "lieu_accueil_code", "est_parent", "est_hors_departement"]
    filtres_propres = {
        "suivi": (
            "Dispositif",
            {
                "oui": ("Accompagnés", _suivi),
                "non": ("Pas encore entrés", lambda: not_(_a_ete_suivi())),
                "sortis": ("Sortis", lambda: and_(_a_ete_suivi(), not_(_suivi()))),
            },
        ),
        "ase": (
            "ASE",
            {
                "oui": ("Sous mesure", lambda: _court(Mesure)),
                "non": ("Sortis de l’ASE", lambda: and_(_a_eu_mesure(), not_(_court(Mesure)))),
            },
        ),
        "age": (
            "Âge",
            {
                "16": ("16 ans", lambda: _ne(16, 16)),
                "17": ("17 ans", lambda: _ne(17, 17)),
                "18": ("18 ans", lambda: _ne(18, 18)),
                "19-20": ("19 et 20 ans", lambda: _ne(19, 20)),
                "21-25": ("21 à 25 ans", lambda: _ne(21, 25)),
            },
        ),
        "attention": (
            "À regarder",
            {
                "alerte": (
                    "Alerte ouverte",
                    lambda: _a(Alerte, *en_attente.alertes_ouvertes(aujourd_hui())),
                ),
                "rdv": (
                    "Rendez-vous tripartite à fixer",
                    lambda: and_(*en_attente.rdv_a_fixer(aujourd_hui())),
                ),
                "binome": (
                    "Accompagnés sans binôme",
                    lambda: and_(_suivi(), _sous_mesure_sans_binome()),
                ),
                "fin": (
                    f"Mesure finissant dans {_FIN_PROCHE} jours",
                    lambda: _a(
                        Mesure,
                        Mesure.au.between(
                            aujourd_hui(), aujourd_hui() + timedelta(days=_FIN_PROCHE)
                        ),
                    ),
                ),
            },
        ),
    }
    colonnes_export = [
        "code",
        "nom",
        "prenom",
        "date_naissance",
        "mds_id",
        "telephone",
        "courriel",
        "lieu_accueil_code",
        "etablissement_accueil",
        "est_parent",
        "est_hors_departement",
        "repere_le",
        "oriente_par",
        "contact_le",
        "objectif",
    ]
    base_order = ("nom", "asc")
    show_template, form_template = "tandem/jeune.html", "tandem/jeune_saisie.html"

    def valider(self, form, fiche) -> None:
        naissance = form.date_naissance.data
        if isinstance(naissance, date) and fiche.id is None:
            if naissance > aujourd_hui():
                formulaire.refuser(form, "Cette date est dans le futur.", "date_naissance")
            elif not AGE_MIN <= age_revolu(naissance, aujourd_hui()) <= AGE_MAX:
                formulaire.refuser(
                    form,
                    f"Le jeune aurait {age_revolu(naissance, aujourd_hui())} ans : vérifiez l’année.",
                    "date_naissance",
                )
            elif form.nom.data and form.prenom.data and request.form.get("pas_un_doublon") != "oui":
                form.doublons = doublons(form.nom.data, form.prenom.data, naissance)
                if form.doublons:
                    formulaire.refuser(
                        form,
                        "Ce jeune a peut-être déjà un dossier : regardez avant d’en créer un autre.",
                    )
        for champ in ("repere_le", "contact_le"):
            if isinstance(jour := form[champ].data, date) and jour > aujourd_hui():
                formulaire.refuser(form, "Cette date est dans le futur.", champ)

    def apres_creation(self, fiche) -> None:
        """Who has just said that this is not the same youth is not asked again."""
        if request.form.get("pas_un_doublon") == "oui" and acces.perimetre().peut(
            "fusion", "creer", fiche.mds_id
        ):
            for autre in doublons(fiche.nom, fiche.prenom, fiche.date_naissance, fiche.id):
                if acces.perimetre().peut("fusion", "creer", autre.mds_id):
                    distinction.dire(fiche, autre)

    def lignes(self, cles, colonnes=None) -> list[Jeune]:
        """The page, with the phase of each youth: one statement per kind of record for all of them."""
        jeunes = super().lignes(cles, colonnes)
        for jeune, vu in dossier.phases(jeunes, aujourd_hui()):
            jeune.age = age_revolu(jeune.date_naissance, aujourd_hui())
            jeune.coordonnateur = vu.binome.coordonnateur if vu.binome else None
            jeune.phase, jeune.suite = vu.phase.abrege, vu.phase.suite
        return jeunes

    def requete(self, demande):
        """Without the files that are nameless: they are counted, no longer followed."""
        return super().requete(demande).where(Jeune.nom_tri != NOM_ANONYME)

    def peut_sur(self, acte: str, fiche) -> bool:
        return not fiche.est_anonyme and super().peut_sur(acte, fiche)

    def boutons(self, fiche) -> list[tuple[str, str]]:
        if fiche.est_anonyme:
            return []
        perimetre, liens = acces.perimetre(), []
        if perimetre.peut("transfert", "creer", fiche.mds_id):
            liens.append(
                (
                    "Demander un transfert",
                    f"{request.script_root}/transferts/ajouter?jeune={fiche.id}",
                )
            )
        if perimetre.peut("fusion", "creer", fiche.mds_id):
            liens.append(
                (
                    "Fusionner avec un doublon",
                    f"{request.script_root}/fusions/choisir?jeune={fiche.id}",
                )
            )
        if self.peut_sur("copier", fiche):
            liens.append(
                (
                    "Copie du dossier pour la personne",
                    f"{request.script_root}{self.route_base}/{fiche.id}/exporter",
                )
            )
        return liens

    @expose("/<cle>/exporter", methods=["GET", "POST"])
    @has_access
    @permission_name("copier")
    def copie(self, cle: str):
        """The right of access (RGPD, article 15): everything recorded of this youth, in a workbook
        to be handed to them."""
        fiche = self.obtenir(cle)
        if not self.peut_sur("copier", fiche):
            abort(403)
        motif = lire_motif()
        if request.method == "POST" and motif:
            le, code = aujourd_hui(), fiche.code
            feuilles, nombres = copie.preparer(fiche, le)
            return envoyer_classeur(
                feuilles,
                f"copie-dossier-{code}-{le:%Y-%m-%d}.xlsx",
                motif=motif,
                table="jeune",
                cle=cle,
                jeune_id=int(cle),
                detail=lambda: {
                    "copie": "droit d’accès (article 15)",
                    "lignes": sum(nombres.values()),
                },
            )
        manque = request.method == "POST"
        page = render_template(
            "tandem/copie.html", fiche=fiche, fil=self.fil(jeune=fiche), manque=manque
        )
        return page, 422 if manque else 200

    def afficher(self, fiche):
        perimetre = acces.perimetre().en_lecture() if fiche.est_anonyme else acces.perimetre()
        vu = dossier.ouvrir(fiche, aujourd_hui(), perimetre)
        sections = [
            (
                titre,
                [(p.libelle, en_html(p.texte(fiche))) for p in map(self.propriete, f["fields"])],
            )
            for titre, f in self.show_fieldsets
        ]
        return render_template(
            self.show_template,
            vue=self,
            fiche=fiche,
            dossier=vu,
            titre=self.titre(fiche),
            cle=fiche.id,
            fil=self.fil(fiche),
            onglets=fiche_jeune.onglets(vu, perimetre, sections),
            suite=fiche_jeune.suite_de(vu, perimetre),
            depuis=fiche_jeune.depuis,
            fusions=dossier.fusions(fiche),
            boutons=[*self.boutons(fiche), *self._historique(fiche)],
            mds=self.propriete("mds_id").texte(fiche),
            transfert=(attendu := transfert.en_cours(fiche)),
            transfert_vers=nom_mds(attendu.vers_mds_id) if attendu else "",
            peut_prevoir=perimetre.peut("rencontre", "creer", fiche.mds_id),
            peut_modifier=self.peut_sur("modifier", fiche),
            peut_supprimer=self.peut_sur("supprimer", fiche),
        )


class RattachementView(VuePeriode):
    datamodel = SQLAInterface(Rattachement)
    route_base, ressource = "/rattachements", "rattachement"
    nom, pluriel = "un rattachement", "Rattachements"
    aide_liste = "La MDS d’un jeune, d’un jour à un autre. Sans rattachement enregistré, c’est celle du dossier depuis toujours."
    list_columns = ["jeune_id", "mds_rattachement_id", "du", "au"]
    add_columns = ["jeune_id", "mds_rattachement_id", "du", "au"]
    search_columns = ["mds_rattachement_id", "du", "au", "jeune_id"]
    champs_propres = {"mds_rattachement_id": ChampAutreMds("MDS de rattachement", requis=True)}


VUES = (JeuneView, RattachementView)
