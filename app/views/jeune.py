"""The youths: the list that says who waits for what, the file, and their MDS day by day."""

from datetime import date, timedelta

from flask import abort, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from markupsafe import Markup
from sqlalchemy import Select, and_, exists, not_, select

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import (
    Accompagnement,
    Alerte,
    Binome,
    Jeune,
    Mesure,
    Orientation,
    Rattachement,
)
from app.regles import parametres as p
from app.regles.age import age_revolu, ajouter_mois, anniversaire, aujourd_hui
from app.regles.conservation import NOM_ANONYME
from app.regles.dates import refus_de_la_naissance
from app.sorties_de_donnees import FichierSorti
from app.views import (
    copie,
    distinction,
    dossier,
    en_attente,
    fiche_jeune,
    nouvelles,
    phases,
    portefeuille,
    transfert,
)
from app.views.champ_agent import ChampAgent, ecrire_les_agents
from app.views.page_jeune import PageJeune, peut_sortir
from app.views.socle import differe, formulaire
from app.views.socle.affichage import en_html, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.champs import ChampCase, ChampTexteLong
from app.views.socle.champs_choix import ChampAutreMds, ChampListe
from app.views.socle.export import envoyer_classeur
from app.views.socle.fiche import Calculee, OngletDuJeune
from app.views.socle.motif import lire_motif
from app.views.socle.page import adresse
from app.views.socle.periode import VuePeriode, pas_demain

from .doublons import doublons

ORIENTER = (
    "orientation_vers_id",
    "orientation_motif",
    "orientation_urgente",
    "orientation_objectifs",
)
"""What the form of a new youth asks of their orientation, besides its date."""


SOI = {"COORDONNATEUR": "coordonnateur", "REFERENT_SEF": "referent"}
"""Role → the column of the list of youths that names whoever has it."""
_SUIVIS = Jeune.nom_tri != NOM_ANONYME
"""Written once: each page asks for it."""
_FIN_PROCHE_JOURS = max(p.FIN_DE_MESURE_JOURS.valeur)
"""A mesure that ends within this time is shown by the filter « À regarder »."""


def _ne_entre(ans_min: int, ans_max: int):
    """The youths who have turned ``ans_min`` and not yet ``ans_max`` + 1."""
    le = aujourd_hui()
    return and_(
        en_attente.vivant(Jeune.id),
        Jeune.date_naissance <= anniversaire(le, -ans_min),
        Jeune.date_naissance > anniversaire(le, -ans_max - 1),
    )


def _en_cours(classe) -> tuple:
    return en_attente.court(classe, aujourd_hui())


def _existe_en_cours(classe, *conditions):
    return _existe(classe, *_en_cours(classe), *conditions)


def _existe(classe, *conditions):
    """The youth has a record that meets these conditions.

    It has the MDS of the youth: told to the planner, that does not guess it.
    """
    return exists().where(classe.jeune_id == Jeune.id, classe.mds_id == Jeune.mds_id, *conditions)


def _sous_mesure_sans_binome():
    """Two sets and their difference: youth by youth, it would be looked for 10,000 times."""
    en_binome = _suivis_par(Binome).where(Binome.referent_ase.is_not(None))
    return Jeune.id.in_(_suivis_par(Mesure).except_(en_binome))


def _relais_sans_coordonnateur():
    """Accompanied, under no mesure, and nobody is named: the relay that somebody has to take."""
    suivis = _suivis_par(Accompagnement).where(en_attente.PAS_PAR_ERREUR)
    seuls = suivis.except_(_suivis_par(Mesure), _suivis_par(Binome))
    return and_(Jeune.id.in_(seuls), en_attente.vivant(Jeune.id))


def _suivis_par(classe) -> Select:
    return select(classe.jeune_id).where(*acces.mds_permises(classe), *_en_cours(classe))


def _bientot(ans: int):
    """Those who turn ``ans`` within the months that the home page looks at."""
    le = aujourd_hui()
    loin = ajouter_mois(le, p.ANNIVERSAIRE_PROCHE_MOIS.valeur)
    return and_(
        en_attente.vivant(Jeune.id),
        Jeune.date_naissance > anniversaire(le, -ans),
        Jeune.date_naissance <= anniversaire(loin, -ans),
    )


def _silences() -> dict:
    return {
        str(jours): (
            f"Depuis {jours} jours",
            lambda jours=jours: en_attente.sans_nouvelles(jours, aujourd_hui()),
        )
        for jours in p.SILENCE_JOURS.valeur
    }


def _ages_de_la_loi() -> dict:
    dans = p.ANNIVERSAIRE_PROCHE_MOIS.dit
    return {
        str(age.valeur): (
            f"{age.dit} dans les {dans}",
            lambda ans=age.valeur: _bientot(ans),
        )
        for age in (p.AGE_ENTRETIEN, p.AGE_MAJORITE)
    }


def _suivi():
    return _existe_en_cours(Accompagnement, en_attente.PAS_PAR_ERREUR)


def _a_ete_suivi():
    return _existe(Accompagnement, en_attente.PAS_PAR_ERREUR, Accompagnement.du <= aujourd_hui())


def _a_eu_mesure():
    return _existe(Mesure, Mesure.au < aujourd_hui())


def _alerte_ouverte():
    return _existe(Alerte, *en_attente.alertes_ouvertes(aujourd_hui()))


def _mesure_finissante():
    le = aujourd_hui()
    return en_attente.vivant(Jeune.id) & _existe(
        Mesure, en_attente.FIN_ATTENDUE.between(le, le + timedelta(days=_FIN_PROCHE_JOURS))
    )


class JeuneView(VueTandem):
    datamodel = SQLAInterface(Jeune)
    route_base = "/jeunes"
    ressource = "jeune"
    nom = "un jeune"
    pluriel = "Jeunes"
    en_bref = ["age", "phase", "suite"]
    toujours = (_SUIVIS,)  # anonymised files are counted, no longer followed
    calculees = [
        "age",
        "coordonnateur",
        "referent",
        nouvelles.DERNIER,
        nouvelles.PROCHAIN,
        "phase",
        "suite",
    ]
    calculees_de = ["date_naissance", "deces_le", "repere_le", "contact_le"]
    list_columns = ["nom", "prenom", "age", "mds_id", *calculees[1:]]
    formatters_columns = {
        c: lambda v: en_texte(v) or "–"
        for c in ("coordonnateur", "referent", nouvelles.DERNIER, nouvelles.PROCHAIN, "suite")
    }
    label_columns = {
        "age": "Âge",
        "coordonnateur": "Coordonnateur",
        "referent": "Référent ASE",
        nouvelles.DERNIER: "Dernier contact",
        nouvelles.PROCHAIN: "Prochain RDV",
        "phase": "Chapitre",
        "suite": "À faire",
    }
    add_fieldsets = [
        ("", {"fields": ["nom", "prenom", "date_naissance", "mds_id", "code"]}),
        ("Coordonnées", {"fields": ["telephone", "courriel"]}),
        (
            "Lieu d’accueil",
            {
                "fields": [
                    "lieu_accueil_code",
                    "etablissement_accueil",
                    "est_parent",
                    "est_hors_departement",
                ]
            },
        ),
        (
            "Repérage et orientation",
            {"fields": ["repere_le", "oriente_par", "contact_le", *ORIENTER]},
        ),
        ("Projet", {"fields": ["objectif", "observations"]}),
    ]
    edit_fieldsets = [
        ("", {"fields": ["nom", "prenom", "anciens_noms", "date_naissance", "code"]}),
        *add_fieldsets[1:3],
        add_fieldsets[4],
    ]
    show_fieldsets = [
        ("", {"fields": ["nom", "prenom", "anciens_noms", "date_naissance", "mds_id", "code"]}),
        *add_fieldsets[1:3],
        ("Repérage et orientation", {"fields": ["repere_le", "oriente_par", "contact_le"]}),
        add_fieldsets[4],
    ]
    add_form_extra_fields = {
        "orientation_vers_id": ChampAgent(
            "Vers", nom_dans="orientation_vers", aide="Vide : les coordonnateurs de la MDS."
        ),
        "orientation_motif": ChampListe("Motif de l’orientation", liste="motif_rupture"),
        "orientation_urgente": ChampCase("Orientation urgente"),
        "orientation_objectifs": ChampTexteLong("Objectifs de l’orientation"),
    }
    search_columns = ["mds_id", "lieu_accueil_code", "est_parent", "est_hors_departement"]
    en_lot = ["lieu_accueil_code", "etablissement_accueil", "est_hors_departement"]
    filtres_propres = {
        "qui": portefeuille.filtre_qui(Jeune.id),
        **portefeuille.filtres_des_agents(Jeune.id),
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
                "oui": ("Sous mesure", lambda: _existe_en_cours(Mesure)),
                "non": (
                    "Sortis de l’ASE",
                    lambda: and_(_a_eu_mesure(), not_(_existe_en_cours(Mesure))),
                ),
            },
        ),
        "age": (
            "Âge",
            {
                "16": ("16 ans", lambda: _ne_entre(16, 16)),
                "17": ("17 ans", lambda: _ne_entre(17, 17)),
                "18": ("18 ans", lambda: _ne_entre(18, 18)),
                "19-20": ("19 et 20 ans", lambda: _ne_entre(19, 20)),
                "21-25": ("21 à 25 ans", lambda: _ne_entre(21, 25)),
            },
        ),
        "bientot": ("Anniversaire proche", _ages_de_la_loi()),
        "nouvelles": ("Sans nouvelles", _silences()),
        "attention": (
            "À regarder",
            {
                "alerte": ("Alerte ouverte", _alerte_ouverte),
                "rdv": (
                    "Rendez-vous tripartite à fixer",
                    lambda: and_(*en_attente.rdv_a_fixer(aujourd_hui())),
                ),
                "binome": (
                    "Accompagnés sans binôme",
                    lambda: and_(_suivi(), _sous_mesure_sans_binome()),
                ),
                "relais": ("Hors mesure, sans coordonnateur", _relais_sans_coordonnateur),
                "fin": (f"Mesure finissant dans {_FIN_PROCHE_JOURS} jours", _mesure_finissante),
            },
        ),
    }
    colonnes_export = [
        "code",
        "nom",
        "prenom",
        "date_naissance",
        "mds_id",
        "referent",
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
    show_template = "tandem/jeune.html"
    form_template = "tandem/jeune_saisie.html"
    au_menu = AuMenu(menu.SUIVI, 10)

    def _init_properties(self) -> None:
        super()._init_properties()
        for nom in (nouvelles.DERNIER, nouvelles.PROCHAIN):
            self.tris[nom] = (Jeune.nom_tri, [])

    def trier(self, requete, tri: str):
        """By a day that is computed, only when it is asked for."""
        if tri.removeprefix("-") in (nouvelles.DERNIER, nouvelles.PROCHAIN):
            return nouvelles.trier(requete, tri, aujourd_hui())
        return super().trier(requete, tri)

    def valider(self, form, fiche) -> None:
        if isinstance(form.date_naissance.data, date) and fiche.id is None:
            _verifier_naissance(form)
        for champ in ("repere_le", "contact_le"):
            if champ in form:
                pas_demain(form, champ)
        ecrire_les_agents(form, fiche)

    def apres_creation(self, fiche) -> None:
        """Orient in the same screen; who said « not the same youth » is not asked again."""
        _orienter(fiche)
        perimetre = acces.perimetre()
        if not _dit_pas_un_doublon() or not perimetre.peut("fusion", "creer", fiche.mds_id):
            return
        for autre in doublons(fiche.nom, fiche.prenom, fiche.date_naissance, fiche.id):
            if perimetre.peut("fusion", "creer", autre.mds_id):
                distinction.dire(fiche, autre)

    def calculer(self, fiches):
        """Where each youth stands: one statement for all."""
        le = aujourd_hui()
        for jeune, vu in phases.resumer(fiches, le):
            phase = vu.phase.abrege
            if jeune.deces_le:
                phase = f"Décédé(e) le {en_texte(jeune.deces_le)}"
            yield (
                age_revolu(jeune.date_naissance, jeune.deces_le or le),
                vu.binome and vu.binome.coordonnateur,
                vu.binome and vu.binome.referent_ase,
                vu.nouvelles.dernier_contact,
                vu.nouvelles.prochain_rdv,
                phase,
                fiche_jeune.ACTES.get(vu.phase.acte, vu.phase.suite),
            )

    def peut_sur(self, acte: str, fiche) -> bool:
        return not fiche.est_anonyme and super().peut_sur(acte, fiche)

    def colonnes_de_la_liste(self) -> list[str]:
        """What 1,280 pixels hold: the MDS for whoever reads several, else the référent.

        What would say the same on each row is left out: the MDS to whoever reads the youths of
        one, oneself in the list of one's own.
        """
        perimetre = acces.perimetre()
        lues = perimetre.mds("jeune", "lire")
        en_trop = {"mds_id"}
        if isinstance(lues, acces.Toutes) or len(lues) > 1:
            en_trop = {"referent"}
        if portefeuille.demande(request.args) == portefeuille.MIENS:
            en_trop |= {SOI[role] for role in perimetre.roles if role in SOI}
        return [colonne for colonne in self.list_columns if colonne not in en_trop]

    def boutons_de_liste(self, demande) -> list[tuple[str, str]]:
        return portefeuille.passer_la_main(demande.valeurs)

    def boutons(self, fiche) -> list[tuple[str, str]]:
        if fiche.est_anonyme:
            return []
        perimetre = acces.perimetre()
        liens = []
        if perimetre.peut("transfert", "creer", fiche.mds_id):
            ou = adresse(f"/transferts/ajouter?jeune={fiche.id}")
            liens.append(("Demander un transfert", ou))
        if perimetre.peut("fusion", "creer", fiche.mds_id):
            ou = adresse(f"/fusions/choisir?jeune={fiche.id}")
            liens.append(("Fusionner avec un doublon", ou))
        if fiche.deces_le is None and peut_sortir(perimetre, fiche):
            liens.insert(0, ("Préparer la sortie", adresse(f"/sortie/{fiche.id}")))
        if self.peut_sur("modifier", fiche) and fiche.deces_le is None:
            liens.append(("Déclarer le décès", adresse(f"/deces/{fiche.id}")))
        if self.peut_sur("copier", fiche):
            ou = adresse(f"{self.route_base}/{fiche.id}/exporter")
            liens.append(("Copie du dossier pour la personne", ou))
        return liens

    @expose("/<cle>/exporter", methods=["GET", "POST"])
    @has_access
    @permission_name("copier")
    def copie(self, cle: str):
        """The right of access (RGPD, article 15).

        All that is recorded of the youth, in a workbook to hand over.
        """
        fiche = self.obtenir(cle)
        if not self.peut_sur("copier", fiche):
            abort(403)
        motif = lire_motif()
        if request.method == "POST" and motif:
            le = aujourd_hui()
            code = fiche.code
            feuilles, nombres = copie.preparer_copie(fiche, le)
            lignes = sum(nombres.values())
            if attente := differe.differer(f"Copie du dossier {code}", lignes):
                return attente
            return envoyer_classeur(
                feuilles,
                f"copie-dossier-{code}-{le:%Y-%m-%d}.xlsx",
                motif=motif,
                fichier=lambda: FichierSorti(
                    "Copie du dossier",
                    "jeune",
                    lignes,
                    [int(cle)],
                    cle=cle,
                    jeune_id=int(cle),
                    detail={"copie": "droit d’accès (article 15)"},
                ),
            )
        manque = request.method == "POST"
        page = render_template(
            "tandem/copie.html", fiche=fiche, fil=self.fil(jeune=fiche), manque=manque
        )
        if manque:
            return page, 422
        return page

    def afficher(self, fiche):
        perimetre = acces.perimetre()
        if fiche.est_anonyme:
            perimetre = perimetre.en_lecture()
        vu = dossier.ouvrir(fiche, aujourd_hui(), perimetre)
        sections = [(titre, self._lignes(fiche, f["fields"])) for titre, f in self.show_fieldsets]
        page = PageJeune(
            fiche,
            vu,
            fiche_jeune.suite_de(vu, perimetre),
            dossier.fusions(fiche),
            transfert.en_cours(fiche),
            perimetre.peut("rencontre", "creer", fiche.mds_id),
            perimetre.peut("accompagnement", "creer", fiche.mds_id),
            peut_sortir(perimetre, fiche),
        )
        return render_template(
            self.show_template,
            page=page,
            vue=self,
            fiche=fiche,
            titre=self.titre(fiche),
            cle=fiche.id,
            fil=self.fil(fiche),
            retour=self.retour_a_la_ligne(fiche),
            onglets=fiche_jeune.onglets(vu, perimetre, sections),
            boutons=[*self.boutons(fiche), *self._historique(fiche)],
            peut_modifier=self.peut_sur("modifier", fiche),
            peut_supprimer=self.peut_sur("supprimer", fiche),
        )

    def _lignes(self, fiche, colonnes: list[str]) -> list[tuple[str, Markup]]:
        """(label, value) of each column."""
        proprietes = [self.propriete(colonne) for colonne in colonnes]
        return [(p.libelle, en_html(p.texte(fiche))) for p in proprietes]


def _orienter(jeune: Jeune) -> None:
    """The orientation that the form of a new youth describes, in place of its date alone."""
    dites = {
        "vers": getattr(jeune, "orientation_vers", None),
        "vers_id": getattr(jeune, "orientation_vers_id", None),
        "motif_code": getattr(jeune, "orientation_motif", None),
        "est_urgente": getattr(jeune, "orientation_urgente", None) or None,
        "objectifs": getattr(jeune, "orientation_objectifs", None),
    }
    if jeune.contact_le and any(dites.values()):
        db.session.add(Orientation(jeune_id=jeune.id, contact_le=jeune.contact_le, **dites))
        db.session.flush()


def _dit_pas_un_doublon() -> bool:
    return request.form.get("pas_un_doublon") == "oui"


def _verifier_naissance(form) -> None:
    """Refuse an age that cannot be, then a name and a day of birth that already have a file."""
    naissance = form.date_naissance.data
    if raison := refus_de_la_naissance(naissance, aujourd_hui(), est_nouveau=True):
        formulaire.refuser(form, raison, "date_naissance")
    elif form.nom.data and form.prenom.data and not _dit_pas_un_doublon():
        form.doublons = doublons(form.nom.data, form.prenom.data, naissance)
        if form.doublons:
            formulaire.refuser(
                form,
                "Ce jeune a peut-être déjà un dossier : regardez avant d’en créer un autre.",
            )


class RattachementView(VuePeriode):
    datamodel = SQLAInterface(Rattachement)
    route_base = "/rattachements"
    sous_le_menu = "JeuneView"
    ressource = "rattachement"
    nom = "un rattachement"
    pluriel = "Rattachements"
    aide_liste = (
        "La MDS d’un jeune, d’un jour à un autre. Sans rattachement enregistré, c’est celle du "
        "dossier depuis toujours."
    )
    list_columns = ["jeune_id", "mds_rattachement_id", "du", "au"]
    add_columns = ["jeune_id", "mds_rattachement_id", "du", "au"]
    search_columns = ["mds_rattachement_id", "du", "au", "jeune_id"]
    champs_propres = {"mds_rattachement_id": ChampAutreMds("MDS de rattachement", requis=True)}
    onglet = OngletDuJeune(
        ("mds_rattachement", "du", "au"),
        "Ajouter un rattachement",
        110,
        calculees={"mds_rattachement": Calculee("MDS", lambda ligne: ligne.mds_rattachement)},
    )


VUES = (JeuneView, RattachementView)
