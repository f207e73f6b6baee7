"""A real time-stamping authority on loopback: ``openssl ts -reply`` behind an HTTP server."""

import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

REGLAGES = """
[ tsa ]
default_tsa = t
[ t ]
dir = {dossier}
serial = {dossier}/serie
signer_cert = {dossier}/tsa.pem
signer_key = {dossier}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""
USAGE = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def preparer(dossier: Path) -> Path:
    """Make the authority and the certificate that it signs with; the certificate to trust."""
    racine = dossier / "racine.pem"
    cle = dossier / "racine.key"
    nom = ["-subj", "/CN=Autorité des essais"]
    neuve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    _openssl("req", "-x509", *neuve, "-keyout", str(cle), "-out", str(racine), "-days", "2", *nom)
    demande = dossier / "tsa.csr"
    _openssl(
        "req", *neuve, "-keyout", str(dossier / "tsa.key"), "-out", str(demande), "-subj", "/CN=TSA"
    )
    (dossier / "usage").write_text(USAGE)
    (dossier / "serie").write_text("01\n")
    (dossier / "reglages").write_text(REGLAGES.format(dossier=dossier))
    signe = ["-CA", str(racine), "-CAkey", str(cle), "-CAcreateserial", "-days", "2"]
    sortie = ["-out", str(dossier / "tsa.pem"), "-extfile", str(dossier / "usage")]
    _openssl("x509", "-req", "-in", str(demande), *signe, *sortie)
    return racine


@contextmanager
def servir(dossier: Path):
    """The address of the authority of this folder."""

    class Reponse(BaseHTTPRequestHandler):
        def do_POST(self):
            demande = dossier / "demande.tsq"
            demande.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            rendu = dossier / "reponse.tsr"
            arguments = ["-reply", "-queryfile", str(demande), "-out", str(rendu)]
            _openssl("ts", "-config", str(dossier / "reglages"), *arguments)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(rendu.read_bytes())

        def log_message(self, *arguments):
            pass

    serveur = HTTPServer(("127.0.0.1", 0), Reponse)
    fil = threading.Thread(target=serveur.serve_forever)
    fil.start()
    try:
        yield f"http://127.0.0.1:{serveur.server_port}/"
    finally:
        serveur.shutdown()
        fil.join()
        serveur.server_close()
