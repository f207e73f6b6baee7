"""The plain tables, as Django reads them: it neither makes nor changes them."""

from django.db import models


class Mds(models.Model):
    code = models.CharField(max_length=10, null=True)
    nom = models.CharField(max_length=120)

    class Meta:
        managed = False
        db_table = "mds"

    def __str__(self):
        return self.nom


class Liste(models.Model):
    code = models.CharField(max_length=30, primary_key=True)
    libelle = models.CharField(max_length=120)

    class Meta:
        abstract = True

    def __str__(self):
        return self.libelle


class LieuAccueil(Liste):
    class Meta:
        managed = False
        db_table = "lieu_accueil"


class TypeRencontre(Liste):
    class Meta:
        managed = False
        db_table = "type_rencontre"


class StatutRencontre(Liste):
    class Meta:
        managed = False
        db_table = "statut_rencontre"


class LieuRencontre(Liste):
    class Meta:
        managed = False
        db_table = "lieu_rencontre"


def vers(classe, colonne, **options):
    return models.ForeignKey(classe, models.DO_NOTHING, db_column=colonne, **options)


def texte(taille):
    return models.CharField(max_length=taille, null=True, blank=True)


class Jeune(models.Model):
    code = models.CharField(max_length=20, unique=True)
    nom = models.CharField(max_length=200)
    prenom = models.CharField(max_length=200)
    date_naissance = models.DateField()
    mds = vers(Mds, "mds_id")
    telephone = texte(100)
    courriel = texte(320)
    lieu_accueil = vers(LieuAccueil, "lieu_accueil_code", null=True, blank=True)
    etablissement_accueil = texte(500)
    est_parent = models.BooleanField(null=True, blank=True)
    est_hors_departement = models.BooleanField(null=True, blank=True)
    repere_le = models.DateField(null=True, blank=True)
    oriente_par = texte(500)
    contact_le = models.DateField(null=True, blank=True)
    objectif = models.TextField(null=True, blank=True)
    observations = models.TextField(null=True, blank=True)

    class Meta:
        managed = False
        db_table = "jeune"

    def __str__(self):
        return f"{self.prenom} {self.nom}"


class Rencontre(models.Model):
    jeune = vers(Jeune, "jeune_id")
    type = vers(TypeRencontre, "type_code")
    le = models.DateField()
    statut = vers(StatutRencontre, "statut_code")
    heure = models.TimeField(null=True, blank=True)
    duree = models.IntegerField(null=True, blank=True)
    lieu = vers(LieuRencontre, "lieu_code", null=True, blank=True)
    adresse = texte(300)
    agents = texte(1000)
    fixee_le = models.DateField(null=True, blank=True)
    jeune_present = models.BooleanField(null=True, blank=True)
    coordonnateur_present = models.BooleanField(null=True, blank=True)
    service_ase_present = models.BooleanField(null=True, blank=True)
    lieu_accueil_present = models.BooleanField(null=True, blank=True)
    compte_rendu = models.TextField(null=True, blank=True)

    class Meta:
        managed = False
        db_table = "rencontre"
