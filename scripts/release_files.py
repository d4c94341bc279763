"""Files of a release, the same bytes each time. Called by release.sh.

    release_files.py archive OUT EPOCH [NAME=]FILE…   a .tar.gz or .zip; NAME is the name in it
    release_files.py sbom FILE VERSION                names our modules' version in a CycloneDX file
    release_files.py checksums FOLDER                 writes checksums.txt in the form of sha256sum
"""
import gzip
import hashlib
import io
import json
import os
import re
import sys
import tarfile
import time
import zipfile

MODULE = "github.com/technoshare/commentator"


def archive(out, epoch, *files):
    epoch = int(epoch)
    folder = re.sub(r"\.(tar\.gz|zip)$", "", os.path.basename(out))
    members = []  # name, mode, content
    for file in files:
        name, _, path = file.rpartition("=")
        with open(path, "rb") as f:
            mode = 0o755 if os.access(path, os.X_OK) else 0o644
            members.append((folder + "/" + (name or os.path.basename(path)), mode, f.read()))
    if out.endswith(".zip"):
        with zipfile.ZipFile(out, "w") as z:
            for name, mode, content in members:
                info = zipfile.ZipInfo(name, time.gmtime(max(epoch, 315532800))[:6])  # zip begins in 1980
                info.create_system, info.external_attr = 3, (0o100000 | mode) << 16
                z.writestr(info, content, zipfile.ZIP_DEFLATED, 9)
        return
    with open(out, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as gz:
        with tarfile.open(fileobj=gz, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, mode, content in members:
                info = tarfile.TarInfo(name)
                info.size, info.mode, info.mtime = len(content), mode, epoch
                tar.addfile(info, io.BytesIO(content))


def sbom(path, version):
    # Our modules are built from the tree, of which Go knows no version.
    with open(path) as f:
        text = f.read()
    for place, module in ("../../../otel", "otel"), ("../..", "collector"):  # as collector/build.sh puts them
        text = text.replace("pkg:golang/%s@(devel)" % place, "pkg:golang/%s/%s" % (MODULE, module))
        text = text.replace('"name": "%s"' % place, '"name": "%s/%s"' % (MODULE, module))
    ours = r'(pkg:golang/%s(?:/otel|/collector(?:/dist)?)?)(?:@[^?"]*)?(?=[?"])' % re.escape(MODULE)
    bom = json.loads(re.sub(ours, r"\1@" + version, text))
    for component in [bom["metadata"]["component"], *bom["components"]]:
        if component["name"] == MODULE or component["name"].startswith(MODULE + "/"):
            component["version"] = version
    with open(path, "w") as f:
        json.dump(bom, f, indent=2)
        f.write("\n")


def checksums(folder):
    lines = []
    for name in sorted(os.listdir(folder)):
        if name != "checksums.txt":
            with open(os.path.join(folder, name), "rb") as f:
                lines.append("%s  %s\n" % (hashlib.sha256(f.read()).hexdigest(), name))
    with open(os.path.join(folder, "checksums.txt"), "w") as f:
        f.writelines(lines)


if __name__ == "__main__":
    {"archive": archive, "sbom": sbom, "checksums": checksums}[sys.argv[1]](*sys.argv[2:])
