#!/usr/bin/env python3
"""Checks an exported log: python3 reader.py FOLDER LOG-VERIFIER-KEY

Written from the specifications alone (RFC 6962 section 2.1, RFC 8032 section 5.1, C2SP tlog-tiles, tlog-checkpoint, signed-note,
tlog-cosignature), with the standard library alone: it shares nothing with the program that wrote the export. One line, and the
exit code 0 if everything fits, 1 if something does not.
"""
import base64
import hashlib
import os
import sys

# RFC 8032, Ed25519.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    result = (0, 1, 1, 0)
    while n:
        if n & 1:
            result = add(result, point)
        point = add(point, point)
        n >>= 1
    return result


def x_of(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P:
        return None
    return P - x if (x & 1) != sign else x


def point_of(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = x_of(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def signed(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    left, right = times(s, BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


class Wrong(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Wrong(what)


# RFC 6962.
def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """Whole subtrees from the left, as (height, hash)."""

    def __init__(self):
        self.size, self.parts = 0, []

    def push(self, hash_):
        height, done = 0, []
        while self.parts and self.parts[-1][0] == height:
            hash_ = node(self.parts.pop()[1], hash_)
            height += 1
            if height % 8 == 0:
                done.append((height // 8, self.size >> height, hash_))
        self.parts.append((height, hash_))
        self.size += 1
        return done

    def root(self):
        if not self.parts:
            return hashlib.sha256(b"").digest()
        result = self.parts[-1][1]
        for _, left in reversed(self.parts[:-1]):
            result = node(left, result)
        return result


def grouped(number):
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups))


def tile(folder, level, number, width):
    path = os.path.join(folder, "tile", str(level), grouped(number))
    with open(path if width == 256 else f"{path}.p/{width}", "rb") as file:
        return file.read()


def entries(bundle):
    at = 0
    while at < len(bundle):
        need(at + 2 <= len(bundle), "a bundle is cut short")
        length = int.from_bytes(bundle[at:at + 2], "big")
        need(at + 2 + length <= len(bundle), "a bundle is cut short")
        yield bundle[at + 2:at + 2 + length]
        at += 2 + length


# C2SP signed-note.
def key_of(text):
    name, id_, data = text.split("+", 2)
    data = base64.b64decode(data, validate=True)
    need(hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8] == id_, f"the id of the key {name}")
    need(len(data) == 33 and data[0] in (1, 4), f"the kind of the key {name}")
    return name, bytes.fromhex(id_), data[0], data[1:]


def note_of(data):
    text, _, lines = data.decode().rpartition("\n\n")
    need(text and lines.endswith("\n"), "a note without signatures")
    signatures = []
    for line in lines[:-1].split("\n"):
        dash, name, value = line.split(" ")
        need(dash == "\u2014", "a signature line")
        raw = base64.b64decode(value, validate=True)
        need(base64.b64encode(raw).decode() == value, "a signature's base64")
        signatures.append((name, raw[:4], raw[4:]))
    return text + "\n", signatures


def check_note(data, log, others):
    """Size and root, and how many cosigned. `log` grows by a key that an older one hands over to."""
    text, signatures = note_of(data)
    lines = text.split("\n")
    need(len(lines) >= 4, "a checkpoint's lines")
    origin, size, root = lines[0], lines[1], base64.b64decode(lines[2], validate=True)
    need(str(int(size)) == size and len(root) == 32 and base64.b64encode(root).decode() == lines[2], "a checkpoint's lines")
    by_log, new, cosigned = False, [], 0
    for name, id_, signature in signatures:
        key = next((k for k in log + others if k[0] == name and k[1] == id_), None)
        need(key is not None, f"size {size}: a signature by {name}, whom nobody knows")
        if key[2] == 1:
            need(name == origin and signed(key[3], text.encode(), signature), f"size {size}: the log's signature")
            by_log = by_log or key in log
            if key not in log:
                new.append(key)
        else:
            need(len(signature) == 72, f"size {size}: the cosignature of {name}")
            message = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n".encode() + text.encode()
            need(signed(key[3], message, signature[8:]), f"size {size}: the cosignature of {name}")
            cosigned += 1
    need(by_log, f"size {size}: no known key of the log signed it")
    log.extend(new)
    return origin, int(size), root, cosigned


def sizes(folder):
    found = []
    for path, _, names in os.walk(os.path.join(folder, "checkpoints")):
        groups = os.path.relpath(path, os.path.join(folder, "checkpoints"))
        above = "" if groups == "." else groups.replace(os.sep, "").replace("x", "")
        found += [(int(above + name), os.path.join(path, name)) for name in names if not name.startswith(".")]
    return sorted(found)


def check(folder, key):
    log = [key_of(key)]
    with open(os.path.join(folder, "keys"), encoding="utf-8") as file:
        others = [k for k in map(key_of, file.read().splitlines()) if k not in log]
    with open(os.path.join(folder, "checkpoint"), "rb") as file:
        last = file.read()
    size = int(last.decode().split("\n")[1])
    waiting, tree, counted, cosigned = sizes(folder), Tree(), 0, 0
    need(waiting and waiting[-1][0] == size, "the last checkpoint is not among all of them")
    kept = {}
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        hashes = tile(folder, 0, number, width)
        need(len(hashes) == 32 * width, f"tile 0/{number}")
        bundle = list(entries(tile(folder, "entries", number, width)))
        need(len(bundle) == width, f"bundle {number}")
        for index, entry in enumerate(bundle):
            hash_ = leaf(entry)
            need(hash_ == hashes[32 * index:32 * index + 32], f"entry {tree.size}")
            for level, position, whole in tree.push(hash_):
                count = size >> (8 * level)
                where = (level, position // 256)
                if where not in kept:
                    kept = {k: v for k, v in kept.items() if k[0] != level}
                    kept[where] = tile(folder, *where, min(256, count - where[1] * 256))
                at = 32 * (position % 256)
                need(kept[where][at:at + 32] == whole, f"tile {level}/{where[1]}")
            while waiting and waiting[0][0] == tree.size:
                filed, path = waiting.pop(0)
                with open(path, "rb") as file:
                    note = file.read()
                _, said, root, by = check_note(note, log, others)
                need(said == filed and root == tree.root(), f"the root of size {filed}")
                need(filed != size or note == last, "the last checkpoint is another among all of them")
                counted, cosigned = counted + 1, cosigned + by
    need(not waiting, "a checkpoint beyond the end")
    return f"{size} entries, {counted} checkpoints, {cosigned} cosignatures: everything fits"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: reader.py FOLDER LOG-VERIFIER-KEY")
    try:
        print(check(sys.argv[1], sys.argv[2]))
    except (Wrong, ValueError, OSError, IndexError) as error:
        print(f"does not fit: {error}")
        sys.exit(1)
