# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the offsets of tfc-tokenize comparable with those of the `tokenizers` wheel."""

import unicodedata

from tokenizers import normalizers

STRIP = normalizers.BertNormalizer(False, False, True, False).normalize_str


def in_characters(answer, text):
    """The answer with offsets that count characters, as the wheel's do, and not bytes."""
    texts = text if isinstance(text, tuple) else (text,)
    places = []
    for part in texts:
        count, places_of = 0, {}
        for i, c in enumerate(part):
            places_of[count] = i
            count += len(c.encode())
        places_of[count] = len(part)
        places.append(places_of)
    answer["offsets"] = [
        (0, 0) if which is None else tuple(places[which].get(place) for place in span)
        for span, which in zip(answer["offsets"], answer["sequences"])
    ]
    return answer


def is_reordered(text):
    """Whether marks that strip_accents keeps may change places: the wheel then gives them the places of removed ones."""
    decomposed = unicodedata.normalize("NFD", "".join(text))
    return any(unicodedata.combining(c) and STRIP(c) for c in decomposed)
