"""Adding, changing and deleting a record: within the person's rights, once, and never over somebody
else's change."""

import uuid

from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app.extensions import db
from app.views.socle import choix, dates, formulaire
from app.views.socle.affichage import cible_de
from app.views.socle.fiche import retour_local


class Edition:
    """The routes that write; mixed into ``VueTandem``."""

    def parents(self) -> dict[str, object]:
        """The records that the address names as parents (``?jeune=12``), by column; 404 for one
        that is not visible."""
        trouves = {}
        for nom in self.add_columns:
            prop = self.propriete(nom)
            table = cible_de(prop.colonne) if prop.colonne is not None else None
            if table in choix.CHERCHABLES and (
                numero := request.args.get(prop.nom.removesuffix("_id"))
            ):
                parent = (
                    choix.trouver(table, int(numero))
                    if numero.isascii() and numero.isdigit() and len(numero) <= 9
                    else None
                )
                trouves[prop.nom] = parent if parent is not None else abort(404)
        return trouves

    @expose("/ajouter", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def add(self):
        parents, jeton = self.parents(), formulaire.jeton_recu()
        if request.method == "GET":
            form = self.add_form(data={**self.initiales(), **{c: p.id for c, p in parents.items()}})
            form.preparer()
            return self._formulaire(form, None, parents=parents)
        if deja := formulaire.deja_envoye(jeton):
            return self._suite(deja)
        form = self.add_form(request.form)
        for colonne, parent in parents.items():
            form[colonne].data, form[colonne].mots = parent.id, None
        form.preparer()
        fiche = self.modele()
        if self._valide(form, fiche):
            if deja := formulaire.reserver(jeton, self.modele.__tablename__):
                return self._suite(deja)
            formulaire.remplir(form, fiche, creation=True)
            self.avant_ecriture(fiche, creation=True)
            db.session.add(fiche)
            if formulaire.ecrire(form):
                cle = self.cle(fiche)
                formulaire.retenir(jeton, cle)
                self.apres_creation(fiche)
                if formulaire.ecrire(form, conclure=True):
                    flash(self.dit_creee, "succes")
                    return self._suite(cle)
        elif deja := formulaire.deja_envoye(
            jeton
        ):  # by the other click, whose record is the « duplicate » found here
            return self._suite(deja)
        return self._formulaire(form, None, parents=parents, jeton=jeton), 422

    def initiales(self) -> dict:
        """The values a new form proposes."""
        return {}

    @expose("/<cle>/modifier", methods=["GET", "POST"])
    @has_access
    @permission_name("modifier")
    def edit(self, cle: str):
        jeton = formulaire.jeton_recu()
        fiche = self.obtenir(cle)
        if not self.peut_sur("modifier", fiche):
            abort(403)
        if request.method == "GET":
            form = self.edit_form(obj=fiche)
            form.preparer(fiche)
            return self._formulaire(form, fiche)
        if formulaire.deja_envoye(jeton):
            return self._suite(cle)
        fiche = self.obtenir(cle, verrou=True)
        if formulaire.deja_envoye(jeton):  # by the other click, which held the record until now
            return self._suite(cle)
        db.session.refresh(fiche)
        version = getattr(fiche, "version", None)
        form = self.edit_form(request.form)
        form.preparer(fiche)
        complets = formulaire.trancher(form, fiche)
        lue = request.form.get("version", "")
        if version is not None and not (lue.isascii() and lue.isdigit() and len(lue) < 10):
            abort(400)
        if self._valide(form, fiche):
            conflit = None if version is None else formulaire.conflit(form, fiche, int(lue))
            if not complets or (conflit and conflit.differences):
                conflit = conflit or formulaire.conflit(form, fiche, -1)
                db.session.rollback()
                return self._formulaire(
                    form, self.obtenir(cle), jeton=jeton, conflit=conflit, version=version
                ), 409
            if formulaire.reserver(jeton, self.modele.__tablename__, cle):
                return self._suite(cle)
            formulaire.remplir(form, fiche, creation=False)
            self.avant_ecriture(fiche, creation=False)
            if formulaire.ecrire(form, conclure=True):
                flash("Modifications enregistrées.", "succes")
                return self._suite(cle)
        return self._formulaire(form, self.obtenir(cle), jeton=jeton, version=lue or version), 422

    def _valide(self, form, fiche) -> bool:
        valide = form.validate()
        self.valider(form, fiche)
        dates.verifier(form, self.modele, fiche)
        return valide and not any(c.errors for c in form) and not form.form_errors

    def _formulaire(self, form, fiche, **autres):
        parents = autres.get("parents") or {}
        return render_template(
            self.form_template,
            vue=self,
            form=form,
            fiche=fiche,
            fil=self.fil(fiche, parents.get("jeune_id")),
            retour=retour_local(""),
            titre=f"Modifier {self.le_nom}" if fiche else self.add_title,
            sous_titre=self.titre(fiche) if fiche else "",
            cle=self.cle(fiche) if fiche else None,
            sections=self.edit_fieldsets if fiche else self.add_fieldsets,
            jeton=autres.get("jeton") or uuid.uuid4(),
            parents=parents,
            conflit=autres.get("conflit"),
            version=autres.get("version") or getattr(fiche, "version", None),
            erreurs=[(c, e) for c in form for e in c.errors],
            generales=form.form_errors,
        )

    @expose("/<cle>/supprimer", methods=["GET", "POST"])
    @has_access
    @permission_name("supprimer")
    def delete(self, cle: str):
        fiche = self.obtenir(cle)
        if not self.peut_sur("supprimer", fiche):
            abort(403)
        fil, titre = self.fil(fiche), self.titre(fiche)
        apres = retour_local(fil[-1][1])
        refus = None
        if request.method == "POST":
            db.session.delete(fiche)
            if (refus := formulaire.conclure()) is None:
                suite = (
                    " L’historique du dossier permet de la rétablir." if self._suit_un_jeune else ""
                )
                flash(f"Fiche supprimée.{suite}", "succes")
                return redirect(apres)
        page = render_template(
            self.delete_template,
            vue=self,
            cle=cle,
            titre=titre,
            fil=fil,
            retour=retour_local(""),
            refus=refus,
        )
        return page, 409 if refus else 200

    def _suite(self, cle):
        """After saving: where the person came from, else the record."""
        return redirect(retour_local(f"{request.script_root}{self.route_base}/{cle}"))
