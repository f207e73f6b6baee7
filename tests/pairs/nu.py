"""The floor: a Flask page with one statement and one template, nobody to recognise, no rights."""

import itertools
import os

from flask import redirect, render_template_string, request
from sqlalchemy import text

from tests.pairs.atelier import Client, Demande, servir
from tests.pairs.tables_sqlalchemy import compteur, db, ouvrir

PAGE = """<!doctype html><title>Jeunes</title><table>{% for ligne in lignes %}
<tr>{% for valeur in ligne %}<td>{{ valeur or "" }}</td>{% endfor %}</tr>{% endfor %}</table>"""
LISTE = """
select j.id, j.nom, j.prenom, j.date_naissance, m.nom, j.telephone, l.libelle, j.repere_le,
       j.oriente_par, j.contact_le, j.code
from jeune j join mds m on m.id = j.mds_id
left join lieu_accueil l on l.code = j.lieu_accueil_code
order by j.nom, j.prenom, j.id limit 25
"""
CREER = """
insert into rencontre (jeune_id, type_code, statut_code, le, jeune_present, compte_rendu)
values (:jeune, 'ENTRETIEN', 'TENUE', :le, true, :compte_rendu)
"""


def principal() -> None:
    app = ouvrir("nu", os.environ["PAIRS_BASE"])

    @app.get("/jeunes/")
    def liste():
        return render_template_string(PAGE, lignes=db.session.execute(text(LISTE)).all())

    @app.post("/rencontres/")
    def creer():
        db.session.execute(text(CREER), request.form.to_dict())
        db.session.commit()
        return redirect("/jeunes/")

    @app.post("/jeunes/<int:numero>")
    def enregistrer(numero):
        ordre = text("update jeune set objectif = :objectif where id = :numero")
        db.session.execute(ordre, {"objectif": request.form["objectif"], "numero": numero})
        db.session.commit()
        return redirect("/jeunes/")

    with app.app_context():
        jeune = db.session.scalar(text("select min(id) from jeune"))
    numeros = itertools.count(1)
    envoi = {"jeune": str(jeune), "le": "2026-10-14", "compte_rendu": "Point sur le logement."}
    servir(
        Client(app.wsgi_app),
        {
            "liste": lambda: Demande("/jeunes/"),
            "creer_rencontre": lambda: Demande("/rencontres/", envoi),
            "enregistrer": lambda: Demande(f"/jeunes/{jeune}", {"objectif": f"n° {next(numeros)}"}),
        },
        compteur(),
    )


if __name__ == "__main__":
    principal()
