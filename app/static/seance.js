/* The comité de suivi: lines moved without a page, and a meeting saved as it is typed. Each page also works without this file. */
"use strict";

/* The agenda: ↑ and ↓ move the line here; the ranks are saved with the rest. */
function ranger(liste) {
  liste.addEventListener("click", (e) => {
    const bouton = e.target.closest("[name=monter], [name=descendre]");
    if (!bouton) return;
    e.preventDefault();
    const ligne = bouton.closest("li");
    if (bouton.name === "monter") ligne.previousElementSibling?.before(ligne);
    else ligne.nextElementSibling?.after(ligne);
    [...liste.children].forEach((li, i) => { li.querySelector(".rang").value = i + 1; });
    bouton.focus();
    document.getElementById("annonce").textContent = `Rang ${[...liste.children].indexOf(ligne) + 1}`;
    liste.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

const dire = (phrase, { faux = false } = {}) => {
  const etat = document.getElementById("enregistre");
  etat.textContent = phrase;
  etat.classList.toggle("faux", faux);
};

/* Send a form without leaving the page; null when the network or the session fails: what was typed stays. */
async function envoyer(formulaire, bouton) {
  const corps = new FormData(formulaire, bouton ?? null);
  corps.set("csrf_token", csrf());
  let reponse;
  try {
    reponse = await fetch(formulaire.action, { method: "POST", body: new URLSearchParams(corps), headers: { Accept: "application/json" } });
  } catch {
    dire("Pas enregistré : le réseau ne répond pas. Ce que vous avez tapé est encore là.", { faux: true });
    return null;
  }
  if ([403, 404].includes(reponse.status)) {
    dire("Pas enregistré : ce comité ou ce jeune a changé depuis ; rechargez cette page.", { faux: true });
    return null;
  }
  if (reponse.redirected || !(reponse.headers.get("Content-Type") || "").includes("json")) {
    dire("Pas enregistré : reconnectez-vous dans un autre onglet, ou rechargez cette page.", { faux: true });
    return null;
  }
  return { statut: reponse.status, ...await reponse.json() };
}

/* Put the parts of the page that changed; the focus comes back where it was. */
function remplacer(morceaux) {
  for (const [nom, html] of Object.entries(morceaux)) {
    const avant = document.getElementById(nom), actif = document.activeElement?.id;
    const dedans = avant.contains(document.activeElement);
    const neuf = document.createRange().createContextualFragment(html.trim()).firstElementChild;
    avant.replaceWith(neuf);
    brancher(neuf);
    if (dedans) (document.getElementById(actif) ?? neuf.querySelector("input:not([type=hidden]), button, a"))?.focus();
  }
}

/* A task, a presence, what became of a decision: sent by their button, or as soon as they change. */
function brancher(ici) {
  ici.querySelectorAll("[data-envoyer]").forEach((formulaire) => {
    const partir = async (bouton) => {
      const lu = await envoyer(formulaire, bouton);
      if (!lu) return;
      if (lu.statut < 300) formulaire.dispatchEvent(new Event("enregistre"));
      const refus = formulaire.querySelector("[data-refus]");
      remplacer(lu.morceaux);
      const alerte = refus?.isConnected ? refus : document.querySelector(`#${formulaire.closest("section").id} [data-refus]`);
      if (alerte) { alerte.textContent = lu.refus || ""; alerte.hidden = !lu.refus; }
      if (lu.statut < 300) dire(`Enregistré à ${lu.heure}`);
      else if (lu.refus) dire(`Pas enregistré : ${lu.refus}`, { faux: true });
    };
    formulaire.addEventListener("submit", (e) => { e.preventDefault(); partir(e.submitter); });
    if ("desLeChangement" in formulaire.dataset) {
      formulaire.addEventListener("change", (e) => { if (e.target.type === "checkbox") partir(); });
    }
  });
  if (ici !== document && typeof brouillon === "function") ici.querySelectorAll("[data-brouillon]").forEach(brouillon);
  ici.querySelectorAll("details.deroule").forEach((bloc) => { if (typeof volet === "function" && ici !== document) volet(bloc); });
}

/* The decision: saved when one stops typing, when one leaves the field, before changing of youth. */
function decision(formulaire) {
  const texte = formulaire.querySelector("textarea"), vu = formulaire.querySelector("#est_vu");
  const version = formulaire.elements.version, conflit = document.getElementById("conflit");
  let attente = 0, sale = false, enCours = null;

  const montrer = (autre) => {
    conflit.querySelector("[data-qui]").textContent = autre.qui || "Une autre personne";
    conflit.querySelector("[data-quand]").textContent = autre.quand ? ` à ${autre.quand}` : "";
    conflit.querySelector("[data-texte]").textContent = autre.texte;
    conflit.hidden = false;
    version.value = autre.version;
    dire("Deux textes : choisissez", { faux: true });
  };
  const partir = async (bouton) => {
    clearTimeout(attente);
    if (!conflit.hidden && !bouton) return false;
    sale = false;
    const lu = await envoyer(formulaire, bouton);
    if (!lu) { sale = true; return false; }
    if (lu.conflit) { montrer(lu.conflit); sale = true; return false; }
    if (lu.refus) { dire(`Pas enregistré : ${lu.refus}`, { faux: true }); sale = true; return false; }
    if (bouton?.name === "garder") { location.reload(); return true; }
    version.value = lu.version;
    formulaire.dispatchEvent(new Event("enregistre"));
    remplacer(lu.morceaux);
    dire(`Enregistré à ${lu.heure}`);
    return true;
  };
  /* One sending at a time, so that each knows the version of the one before. */
  const enregistrer = async (bouton) => {
    if (enCours) await enCours;
    enCours = partir(bouton).finally(() => { enCours = null; });
    return enCours;
  };
  texte?.addEventListener("input", () => { sale = true; dire(""); clearTimeout(attente); attente = setTimeout(enregistrer, 1200); });
  texte?.addEventListener("blur", () => { if (sale) enregistrer(); });
  vu?.addEventListener("change", () => enregistrer());
  formulaire.addEventListener("submit", (e) => { e.preventDefault(); enregistrer(e.submitter?.name === "garder" ? e.submitter : undefined); });
  addEventListener("beforeunload", (e) => { if (sale) e.preventDefault(); });

  document.addEventListener("click", async (e) => {
    const lien = e.target.closest("a[href]");
    if (!lien || !(sale || enCours) || e.ctrlKey || e.metaKey || e.shiftKey || lien.target) return;
    e.preventDefault();
    if (enCours) await enCours;
    if (!sale || await enregistrer()) location.href = lien.href;
  });
}

/* ← → change of youth, D and T reach what one types, C hides or shows the names; never while something is being typed. */
function touches(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const cible = { ArrowLeft: "[rel=prev]", ArrowRight: "[rel=next]", c: "#affichage", d: "#decision", t: "#quoi" }[e.key.length === 1 ? e.key.toLowerCase() : e.key];
  const element = cible && document.querySelector(cible);
  if (!element) return;
  e.preventDefault();
  if (element.matches("a")) element.click(); else element.focus();
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("#rangs").forEach(ranger);
  if (!document.querySelector(".seance")) return;
  brancher(document);
  document.querySelectorAll("[data-seance]").forEach(decision);
  document.addEventListener("keydown", touches);
});
