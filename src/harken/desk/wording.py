"""Words that a desk for health care can always say: neutral about who is whose patient, with a way to talk in private.

They come with the placeholders of desk/saved.py, and pass desk/checking.py, which a test asserts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_OFFERS: Mapping[str, Sequence[str]] = {
    "en": (
        "Thank you for writing, {name}. I can't talk about anything personal where everybody reads along. {channel}",
        "We never say in public whether somebody is a patient anywhere. I would like to help: {channel}",
        "I'm sorry that you are going through this. Please talk to us in private: {channel}"),
    "de": (
        "Danke für Ihre Nachricht, {name}. Über Persönliches sprechen wir nicht, wo alle mitlesen. {channel}",
        "Wir sagen nie öffentlich, ob jemand irgendwo Patient ist. Ich möchte gern helfen: {channel}",
        "Das tut mir leid. Bitte sprechen Sie vertraulich mit uns: {channel}"),
    "es": (
        "Gracias por escribir, {name}. No hablamos de nada personal donde todos leen. {channel}",
        "Nunca decimos en público si alguien es paciente de algún lugar. Quiero ayudar: {channel}",
        "Lo siento mucho. Por favor hable con nosotros en privado: {channel}"),
    "ja": (
        "{name}さん、ご連絡ありがとうございます。個人的なことは、皆が読める場所ではお話しできません。{channel}",
        "どなたが患者かどうかを公の場で申し上げることはありません。お力になりたいので、こちらへどうぞ: {channel}",
        "お辛いですね。どうぞこちらで直接お話しください: {channel}"),
}


def offers(language: str | None) -> Sequence[str]:
    """What may be said instead, in the language of whoever asks where we have it, else in English."""
    return _OFFERS.get((language or "en").split("-")[0], _OFFERS["en"])
