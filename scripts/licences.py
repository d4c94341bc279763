"""Tells the licence of each module from its licence file; see licences.sh.

In: lines of module path, version and folder. Licences go by their SPDX names, and
are known by sentences that only their text has.
"""
import os
import re
import sys

# A licence that is not here has not been read: its terms may bind the binary.
ALLOWED = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0", "CC0-1.0", "Unlicense", "0BSD", "Zlib", "blessing"}
# Files that bind no code: this one says where the picture in a README is from.
NOT_OF_CODE = {("modernc.org/memory", "LICENSE-LOGO")}
# Modules below the top of their repository, where its licence file is; read in the headers of their source files.
IN_HEADERS = {"github.com/cloudwego/eino-ext/components/model/openai": "Apache-2.0", "github.com/cloudwego/eino-ext/libs/acl/openai": "Apache-2.0"}
OURS = "github.com/technoshare/commentator"
FILE = re.compile(r"^(un)?licen[sc]e|^copying|^mit-license", re.I)


def licence(text):
    """The SPDX name of a licence's text, or None. The order matters: some contain others."""
    words = re.sub(r"[^a-z0-9.]+", " ", text.lower())
    has = lambda *parts: all(p in words for p in parts)
    # It names the GNU licences that it goes together with.
    if has("mozilla public license", "version 2.0"):
        return "MPL-2.0"
    if has("gnu affero general public license"):
        return "AGPL"
    if has("apache license", "version 2.0"):
        return "Apache-2.0"
    if has("gnu lesser general public license"):
        return "LGPL"
    if has("gnu general public license"):
        return "GPL"
    if has("redistribution and use in source and binary forms"):
        return "BSD-3-Clause" if re.search(r"neither the names? of|may not be used to endorse", words) else "BSD-2-Clause"
    if has("permission is hereby granted free of charge", "substantial portions of the software"):
        return "MIT"
    if has("permission is hereby granted free of charge"):
        return "MIT-0"
    if has("permission to use copy modify and or distribute this software for any purpose"):
        return "ISC" if has("the above copyright notice and this permission notice") else "0BSD"
    if has("permission to use copy modify and distribute this software"):
        return "ISC"
    if has("this is free and unencumbered software released into the public domain"):
        return "Unlicense"
    if has("cc0 1.0 universal"):
        return "CC0-1.0"
    if has("this software is provided as is without any express or implied warranty", "altered source versions"):
        return "Zlib"
    if has("sqlite", "public domain"):
        return "blessing"
    return None


def of_module(module, folder):
    """The licences of a module's licence files; several files bind together."""
    found = set()
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if FILE.match(name) and os.path.isfile(path) and (module, name) not in NOT_OF_CODE:
            with open(path, encoding="utf-8", errors="replace") as f:
                found.add(licence(f.read(1 << 20)) or f"unknown ({name})")
    return found or {IN_HEADERS.get(module, "none")}


def main():
    counts, bad, total = {}, [], 0
    for line in sys.stdin:
        path, version, folder = line.split(maxsplit=2)
        if path.startswith(OURS):
            continue
        total += 1
        found = of_module(path, folder.strip())
        for name in found:
            counts[name] = counts.get(name, 0) + 1
        if "--list" in sys.argv:
            print(f"{path} {version}: {', '.join(sorted(found))}")
        if not found <= ALLOWED:
            bad.append(f"{path} {version}: {', '.join(sorted(found - ALLOWED))}")
    print(f"licences: {total} modules: " + ", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
    if bad or total == 0:
        print("licences: read these, and add them to scripts/licences.py or do without:\n  " + "\n  ".join(bad or ["no module was listed"]), file=sys.stderr)
        return 1
    return 0


sys.exit(main())
