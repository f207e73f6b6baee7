"""The files that stayed two years without a contact from the youth: proposed, then kept or made
nameless by a person."""

from datetime import date, timedelta
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import Row, func, or_, select, text
from sqlalchemy.exc import DBAPIError

from app import acces, erreurs, journal
from app.echanges.formats.ecriture import Colonne, Feuille
from app.extensions import db
from app.models import ActionCollective, Conservation, Instance, Jeune, Mds, TexteBilan
from app.regles import conservation as regles
from app.regles.age import ajouter_mois, aujourd_hui
from app.regles.parametres import CONSERVATION_DOSSIER_ANS, GARDE_AU_PLUS_ANS
from app.regles.texte import plier
from app.views.socle.affichage import nom_mds
from app.views.socle.export import envoyer_classeur, lire_motif
from app.views.socle.fiche import vue_de

A_DECIDER, GARDES, ANONYMISES = "a_decider", "gardes", "anonymises"
ETATS = {A_DECIDER: "À décider", GARDES: "Gardés", ANONYMISES: "Anonymisés"}
_CONDITIONS = {
    A_DECIDER: "x.decision is null or (x.decision = 'GARDE' and x.garder_jusqu_au <= current_date)",
    GARDES: "x.decision = 'GARDE' and x.garder_jusqu_au > current_date",
    ANONYMISES: "x.decision = 'ANONYMISE'",
}
_DOSSIERS = "select * from acces.dossiers_a_examiner(:limite) e where cast(:mds as int) is null or e.mds_id = :mds"
TAILLE = 25
AILLEURS = (
    (Instance.compte_rendu,),
    (ActionCollective.intitule, ActionCollective.description),
    (TexteBilan.recit,),
)
"""What people write beside the files."""
MENTIONS = 20
"""Of each kind, at most so many are shown."""


class ConservationView(BaseView):
    route_base, class_permission_name, default_view = "/conservation", "conservation", "index"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        etat, mds, page = _demande()
        nombres, dossiers = _lire(etat, mds, f"limit {TAILLE + 1} offset {(page - 1) * TAILLE}")
        if page > 1 and not dossiers:
            abort(404)
        perimetre = acces.perimetre()
        numeros = [d.jeune_id for d in dossiers[:TAILLE]]
        noms = (
            {
                j.id: f"{j.prenom} {j.nom}"
                for j in db.session.execute(
                    select(Jeune.id, Jeune.prenom, Jeune.nom).where(Jeune.id.in_(numeros))
                )
            }
            if perimetre.peut("jeune", "lire")
            else {}
        )
        suivante = urlencode({"etat": etat, **({"mds": mds} if mds else {}), "page": page + 1})
        return render_template(
            "tandem/conservation.html",
            dossiers=dossiers[:TAILLE],
            noms=noms,
            etat=etat,
            etats=ETATS,
            mds=mds,
            liste_mds=_mds_ouvertes(),
            nombres=nombres,
            page=page,
            suivante=suivante if len(dossiers) > TAILLE else "",
            ans=CONSERVATION_DOSSIER_ANS.valeur,
            proposable_le=regles.proposable_le,
            peut_exporter=perimetre.peut("conservation", "exporter"),
            fil=[("Accueil", f"{request.script_root}/")],
        )

    @expose("/exporter", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def export(self):
        etat, mds, _ = _demande()
        motif = lire_motif() or abort(400, description="Dites à quoi va servir cette liste.")
        _, dossiers = _lire(etat, mds)
        colonnes = (
            Colonne("Code dossier", "texte", lambda d: d.code, 18),
            Colonne("MDS", "texte", lambda d: nom_mds(d.mds_id), 26),
            Colonne(
                "Dernier contact venant du jeune",
                "date",
                lambda d: d.dernier_contact_le if d.est_venu else None,
            ),
            Colonne(
                "Dernière date du dossier, à défaut",
                "date",
                lambda d: None if d.est_venu else d.dernier_contact_le,
            ),
            Colonne(
                "Proposé depuis le",
                "date",
                lambda d: d.dernier_contact_le and regles.proposable_le(d.dernier_contact_le),
            ),
            Colonne("Suivi ou mesure en cours", "texte", lambda d: "Oui" if d.en_cours else "Non"),
            Colonne(
                "Décision",
                "texte",
                lambda d: {"GARDE": "Gardé", "ANONYMISE": "Anonymisé"}.get(d.decision, "À décider"),
                16,
            ),
            Colonne("Décidé le", "date", lambda d: d.decidee_le),
            Colonne("Garder jusqu’au", "date", lambda d: d.garder_jusqu_au),
        )
        return envoyer_classeur(
            [Feuille(f"Conservation, {ETATS[etat].lower()}", colonnes, dossiers)],
            f"conservation-{etat}-{aujourd_hui():%Y-%m-%d}.xlsx",
            motif=motif,
            table="conservation",
            detail=lambda: {"etat": etat, "mds": mds, "lignes": len(dossiers)},
        )

    @expose("/<cle>")
    @has_access
    @permission_name("lire")
    def show(self, cle: str):
        """The file, what is known of it, and what may be decided."""
        dossier, jeune = _trouver(cle)
        if jeune is not None:
            journal.consigner("lecture", table="jeune", cle=jeune.id, jeune_id=jeune.id)
        page = self._montrer(dossier, jeune)
        db.session.commit()
        return page

    @expose("/<cle>/garder", methods=["POST"])
    @has_access
    @permission_name("creer")
    def garder(self, cle: str):
        """Keep the file until a day; the same decision sent twice is taken once."""
        dossier, jeune = self._a_decider(cle)
        motif, saisie = lire_motif(), request.form.get("garder_jusqu_au", "").strip()
        try:
            terme = date.fromisoformat(saisie)
        except ValueError:
            terme = None
        if terme is None or not motif:
            manque = [
                (not motif, "motif-garder", "Dites pourquoi garder ce dossier."),
                (terme is None, "garder_jusqu_au", "Dites jusqu’à quel jour garder ce dossier."),
            ]
            return self._montrer(
                dossier, jeune, [(champ, phrase) for faux, champ, phrase in manque if faux]
            ), 422
        db.session.execute(
            text("select pg_advisory_xact_lock(hashtext('conservation'), :id)"), {"id": jeune.id}
        )
        dernieres = (
            select(Conservation)
            .where(Conservation.jeune_id == jeune.id)
            .order_by(Conservation.id.desc())
        )
        derniere = db.session.scalar(dernieres.limit(1))
        if derniere is None or (derniere.garder_jusqu_au, derniere.motif) != (terme, motif):
            db.session.add(
                Conservation(
                    jeune_id=jeune.id,
                    mds_id=jeune.mds_id,
                    decision="GARDE",
                    motif=motif,
                    garder_jusqu_au=terme,
                    dernier_contact_le=dossier.dernier_contact_le,
                    decidee_par=str(current_user),
                )
            )
        try:
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            phrase, champ = erreurs.expliquer(erreur)
            return self._montrer(*_trouver(cle), [(champ or "garder_jusqu_au", phrase)]), 422
        flash(
            f"Le dossier est gardé jusqu’au {terme:%d/%m/%Y} ; il sera alors proposé à nouveau.",
            "succes",
        )
        return redirect(f"{request.script_root}{self.route_base}/")

    @expose("/<cle>/anonymiser", methods=["POST"])
    @has_access
    @permission_name("creer")
    def anonymiser(self, cle: str):
        """Make the file nameless, for good; the code of the file, typed again, is the confirmation."""
        dossier, jeune = self._a_decider(cle)
        code = " ".join(request.form.get("code", "").replace("\0", "").split())[:40]
        try:
            fait = db.session.scalar(
                text("select acces.anonymiser(:id, :code, :ans, :motif, :par)"),
                {
                    "id": jeune.id,
                    "code": code,
                    "ans": CONSERVATION_DOSSIER_ANS.valeur,
                    "motif": regles.RAISON,
                    "par": str(current_user),
                },
            )
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            return self._montrer(*_trouver(cle), [("code", erreurs.expliquer(erreur)[0])]), 409
        if not fait:
            phrase = (
                "Ce n’est pas le code de ce dossier : recopiez-le tel qu’il est écrit ci-dessus."
            )
            return self._montrer(*_trouver(cle), [("code", phrase)]), 422
        flash(
            "Le dossier est anonymisé : plus rien n’y dit qui était la personne. Les chiffres n’ont pas changé.",
            "succes",
        )
        return redirect(f"{request.script_root}{self.route_base}/?etat={ANONYMISES}")

    def _a_decider(self, cle: str) -> tuple[Row, Jeune]:
        dossier, jeune = _trouver(cle)
        if jeune is None or not acces.perimetre().peut("conservation", "creer", dossier.mds_id):
            abort(404)
        return dossier, jeune

    def _montrer(
        self, dossier: Row, jeune: Jeune | None, fautes: list[tuple[str, str]] = ()
    ) -> str:
        le = aujourd_hui()
        peut = (
            jeune is not None
            and not jeune.est_anonyme
            and acces.perimetre().peut("conservation", "creer", dossier.mds_id)
        )
        return render_template(
            "tandem/conservation_dossier.html",
            dossier=dossier,
            jeune=jeune,
            mds=nom_mds(dossier.mds_id),
            ans=CONSERVATION_DOSSIER_ANS.valeur,
            proposable_le=dossier.dernier_contact_le
            and regles.proposable_le(dossier.dernier_contact_le),
            peut_decider=peut,
            mentions=_mentions(jeune) if peut and not dossier.en_cours else [],
            fautes=fautes,
            erreurs=dict(fautes),
            tard=ajouter_mois(le, 12 * GARDE_AU_PLUS_ANS.valeur),
            tot=le + timedelta(days=1),
            fil=[
                ("Accueil", f"{request.script_root}/"),
                ("Conservation des dossiers", f"{request.script_root}{self.route_base}/"),
            ],
        )


def _mentions(jeune: Jeune) -> list[tuple[str, str]]:
    """(what it is called, its address) of what is not of the file and holds the youth's name, as
    far as the person may read."""
    nom, trouves = plier(jeune.nom), []
    for colonnes in AILLEURS:
        classe = colonnes[0].class_
        vue = vue_de(classe.__tablename__)
        contient = or_(*(func.acces.plier(c).contains(nom, autoescape=True) for c in colonnes))
        for fiche in db.session.scalars(
            select(classe).where(contient).order_by(classe.le.desc()).limit(MENTIONS)
        ):
            trouves.append((vue.titre(fiche), f"{request.script_root}{vue.route_base}/{fiche.id}"))
    return trouves


def _mds_ouvertes() -> list[tuple[int, str]]:
    ou = acces.perimetre().mds("conservation", "lire")
    return [(m.id, m.nom) for m in db.session.scalars(select(Mds).order_by(Mds.nom)) if m.id in ou]


def _demande() -> tuple[str, int | None, int]:
    etat, mds, page = (request.values.get(nom, "") for nom in ("etat", "mds", "page"))
    if (etat or A_DECIDER) not in ETATS:
        abort(404)
    if not all(
        x == "" or (x.isascii() and x.isdigit() and len(x) < 7 and int(x) > 0) for x in (mds, page)
    ):
        abort(404)
    return etat or A_DECIDER, int(mds) if mds else None, int(page or 1)


def _lire(etat: str, mds: int | None, bornes: str = "") -> tuple[dict[str, int], list[Row]]:
    """How many files are in each state, and those in that one, the longest without a contact first;
    both from one reading of the MDS where the person may look."""
    comptes = ", ".join(
        f"count(*) filter (where {condition}) as {nom}" for nom, condition in _CONDITIONS.items()
    )
    lus = db.session.execute(
        text(
            f"with x as materialized ({_DOSSIERS}) select c.*, d.* from (select {comptes} from x) c"
            f" left join lateral (select * from x where {_CONDITIONS[etat]} order by dernier_contact_le, jeune_id {bornes}) d on true"
            " order by d.dernier_contact_le, d.jeune_id"
        ),
        {"limite": regles.limite(aujourd_hui()), "mds": mds},
    ).all()
    return {nom: getattr(lus[0], nom) for nom in ETATS}, [d for d in lus if d.jeune_id is not None]


def _trouver(cle: str) -> tuple[Row, Jeune | None]:
    """A file of the list, and the youth for who may read them; 404 for one that is not in the list,
    wherever it is."""
    if not (cle.isascii() and cle.isdigit() and len(cle) <= 9):
        abort(404)
    ordre = text("select * from acces.dossiers_a_examiner(:limite, :jeune)")
    dossier = db.session.execute(
        ordre, {"limite": regles.limite(aujourd_hui()), "jeune": int(cle)}
    ).one_or_none()
    return (dossier, db.session.get(Jeune, int(cle))) if dossier else abort(404)


VUES = (ConservationView,)
