"""What somebody is asked about: everything that the desk says in a story, and their own posts in it.

Words of the desk can be about anybody, so everybody is asked about all of them. Posts of others are not shown to
those who are asked: their authors may have said nothing yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from ..clock import to_ms
from ..model.story import Piece, PieceKind, PostAsItIs, Story, StoryPerson


def digest(story: Story, person: StoryPerson, pieces: Sequence[Piece], authors: Mapping[int, int]) -> str:
    """SHA-256 of what would be shown of somebody; `authors` are the accounts behind the posts, by post.

    Another digest is another question: a yes to the one is none to the other.
    """
    said = [story.title, story.summary, to_ms(story.until), story.author_id, story.desk_id, person.name]
    return _sha256(msgspec.json.encode([said, [_about(piece, person, authors) for piece in pieces]]))


def _about(piece: Piece, person: StoryPerson, authors: Mapping[int, int]) -> list[object]:
    if piece.kind is not PieceKind.POST:
        return [piece.kind.value, piece.day, piece.text]
    if person.account_id is not None and authors.get(piece.post_id or 0) == person.account_id:
        return ["post", piece.post_id, piece.post_version]
    return ["another's post"]


def evidence(sentences: Sequence[str], pieces: Sequence[Piece], posts: Mapping[int, PostAsItIs]) -> str:
    """What was agreed to, for the record: the sentences of the page as they stood, and a hash for each piece.

    `posts` are the person's own. A text that somebody brings can be compared with its hash; what was deleted cannot
    be read here.
    """
    lines = list(sentences)
    for place, piece in enumerate(pieces, 1):
        if piece.kind is not PieceKind.POST:
            lines.append(f"{place}. {piece.kind.value} {piece.day} sha256:{_sha256(piece.text.encode())}")
        elif post := posts.get(piece.post_id or 0):
            lines.append(f"{place}. post {post.id} version {post.version} sha256:{_sha256(post.text.encode())}")
        else:
            lines.append(f"{place}. a post of somebody else")
    return "\n".join(lines)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
