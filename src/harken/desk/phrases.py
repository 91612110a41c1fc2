"""The phrases of desk/checking.py: what a desk for health care should not say, in English, German and Spanish."""

from __future__ import annotations

import enum
import re

import msgspec


class Reason(enum.StrEnum):
    """Why words should not be said."""

    PATIENT = "patient"  # they confirm that somebody is or was a patient
    DATE = "date"  # when somebody was here, or comes
    STAFF = "staff"  # who takes care of somebody
    DIAGNOSIS = "diagnosis"  # what somebody has
    NOTE = "note"  # they stand in the desk's private notes


class Rule(msgspec.Struct, frozen=True):
    """Words for which a text is stopped, and what in their sentence makes them harmless."""

    reason: Reason
    said: re.Pattern[str]
    unless: re.Pattern[str] | None = None  # in the same sentence
    unless_before: re.Pattern[str] | None = None  # in the same sentence, before the words
    needs: tuple[re.Pattern[str], ...] = ()  # each of them in the same sentence
    unless_any: tuple[re.Pattern[str], ...] = ()  # like `unless`


def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_KIN = (r"(?:mother|mom|mum|father|dad|son|daughter|child|kid|baby|wife|husband|partner|brother|sister|parents?"
        r"|grand(?:mother|father|ma|pa|son|daughter)|aunt|uncle|friend|girl|boy)")
_KIN_DE = r"(?:Mutter|Vater|Sohn|Tochter|Kind|Frau|Mann|Partner\w*|Bruder|Schwester|Eltern|Oma|Opa|Gro(?:ß|ss)\w+)"
_KIN_ES = r"(?:madre|padre|mamá|papá|hij[oa]|espos[oa]|marido|mujer|herman[oa]|abuel[oa]|bebé|niñ[oa])"
_YOUR = rf"(?:your|(?:your )?{_KIN}'s)"
_CARE = (
    r"(?:visits?|appointments?|stay|treatments?|surger(?:y|ies)|operations?|procedures?|chart|files?|records?|results?|"
    r"labs?|tests?|x-?rays?|scans?|mri|ct|biops(?:y|ies)|prescriptions?|medications?|meds|referrals?|follow-?ups?|"
    r"check-?ups?|discharge|admission|claims?|case|therapist|surgeon|care team|cast|stitches|wound|recovery|injury|"
    r"mammogram|colonoscopy|ultrasound|delivery|vaccination|dose|therapy|rehab|bloodwork|blood work|blood pressure|"
    r"bill|co-?pay|room|bed|hospitali[sz]ation|progress|iv|drip|pap smear|smear|wait|chemo(?:therapy)?|radiation|"
    r"antibiotics|dialysis|transplant|implant|repair|replacement|injections?|shots?|pills?|dressing|bandage|sutures|"
    r"insulin|inhaler|catheter|e[ck]g|swab|sample|blood|painkillers|braces|filling|root canal|incision|anesthesia|"
    r"physio(?:therapy)? sessions?|therapy sessions?|sessions|an[ae]+sthesia|infusions?|transfusion|bypass|balance|"
    r"physical|screening|physiotherapy|hearing aid|wheelchair|crutches|epidural|c-section|labou?r)")
_BODY = (r"(?:knees?|hips?|back|shoulders?|heart|lungs?|legs?|arms?|wrist|hands?|foot|feet|ankle|eyes?|ears?|tooth|"
         r"teeth|"
         r"skin|liver|kidneys?|stomach|brain|throat|bones?|spine|neck|head|nose|jaw|finger|toe|belly|breast|prostate)")
_ILL = (
    r"(?:diabetes|cancer|tumou?rs?|depression|dementia|lupus|hiv|aids|asthma|pregnancy|infection|fractures?|migraines?|"
    r"epilepsy|seizures?|stroke|heart (?:attack|condition|failure|disease)|hepatitis|anxiety|bipolar|schizophrenia|"
    r"autism|adhd|alzheimer'?s?|parkinson'?s?|copd|pneumonia|covid|addiction|anorexia|bulimia|(?:eating )?disorder|"
    r"arthritis|miscarriage|abortion|high blood pressure|cholesterol|sti|std|herpes|syphilis|multiple sclerosis|"
    r"leuka?emia|lymphoma|celiac(?: disease)?|crohn'?s|ulcers?|disease|syndrome|condition|diagnos[ie]s|hernia|sepsis|"
    r"jaundice|measles|mumps|croup|eczema|cysts?|polyps?|shingles|gout|reflux|an[ae]?emia|thyroid|preeclampsia|"
    r"endometriosis|h[ae]?emorrhoids|bronchitis|tonsillitis|glaucoma|cataracts?|"
    r"concussion|broken (?!link|page|lift|elevator|door|phone|window|machine)\w+|"
    r"overdose|allergy|ptsd|psychosis|kidney (?:stones?|failure)|gallstones?|appendicitis)")
_CARE_DE = (
    r"(?:Termine?|Besuchs?|Aufenthalts?|Behandlung|Akte|Krankenakte|Befunde?n?|Rezepte?|Operation|OP|Eingriffs?|"
    r"Röntgenbild\w*|Blutwerte?n?|Werte|Laborwerte?n?|Therapie|Therapeut\w*|Diagnose|Rechnung|Überweisung|Entlassung|"
    r"Nachsorge|Untersuchung|Ergebnisse?n?|Medikamente?n?|Impfung|Geburt|Zimmer|Fall|MRT|CT|Verletzung|Wunde)")
_ILL_DE = (
    r"(?:Diabetes|Zucker|Krebs\w*|Tumor|Depressionen|Depression|Demenz|Lupus|HIV|Asthma|Schwangerschaft|Infektion|"
    r"Bruch|"
    r"Migräne|Epilepsie|Schlaganfall|Herz(?:infarkt|schwäche|leiden)|Angststörung|Psychose|Sucht\w*|Erkrankung|"
    r"Krankheit|Störung|Rheuma|Bluthochdruck|Allergie|Fehlgeburt|Leukämie|Borreliose|Lungenentzündung)")
_CARE_ES = (
    r"(?:citas?|visitas?|tratamiento|operación|cirugía|resultados?|expediente|historia(?:l)?(?: clínic[oa])?|recetas?|"
    r"radiografías?|análisis|estancia|consulta|ingreso|alta|biopsia|medicación|diagnóstico|factura|vacuna|caso|parto)")
_ILL_ES = (
    r"(?:diabetes|cáncer|tumor|depresión|demencia|lupus|vih|sida|asma|embarazo|infección|fractura|migrañas?|epilepsia|"
    r"derrame|infarto|ansiedad|hepatitis|esquizofrenia|adicción|enfermedad|trastorno|artritis|aborto|hipertensión|"
    r"alergia|leucemia|neumonía)")
_DONE = (
    r"(?:admitted|discharged|treated|seen|examined|operated on|diagnosed|hospitali[sz]ed|released|transferred|"
    r"vaccinated|"
    r"prescribed|referred|scheduled|x-?rayed|cared for|looked after)")
_ARRANGING = _compiled(
    r"\b(?:book|make|schedule|request|arrange|cancel|move|get|change|vereinbar\w*|buchen|absagen|verschieben|machen|"
    r"pedir|reservar|solicitar|cancelar|cambiar)\b")
_OPEN_QUESTION = _compiled(r"\b(?:if|whether|when(?:ever)? (?:some|any)|any(?:one|body)|some(?:one|body)|wenn|ob|"
                           r"falls|si|"
                           r"cualquier\w*|alguien|jemand)\b")
GATHERING = _compiled(
    r"\b(?:talks?|lectures?|lunch|dinner|breakfast|coffee|walk|event|class|course|meeting|group|guide|books?|article|"
    r"webinar|party|open house|wrote|concert|choir|fair|drive|Vortrag|Kurs|Buch|Artikel|Treffen|Mittagessen|Kaffee|"
    r"Frühstück|Fest|charla|libro|curso|artículo|reunión|almuerzo|comida|café|fiesta)\b")

_NAME = r"(?-i:[A-ZÀ-Þ][\w'’-]+)"
_STAFF = (
    rf"(?:\b(?:dr|dra|prof|doctor|doctora|nurse|midwife|schwester|pfleger|ärztin|arzt|enfermer[oa])\b\.?(?: {_NAME})"
    rf"|\bour (?:\w+ )?(?:nurse|surgeon|therapist|social worker|doctor|midwife|pharmacist|receptionist) {_NAME})")
TIME = _compiled(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|yesterday|tonight|last (?:week|month|year|night|"
    r"spring|summer|fall|autumn|winter)|next (?:week|month)|(?:january|february|march|april|may|june|july|august|"
    r"september|october|november|december) \d{1,2}|\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:january|february|march|april|may|"
    r"june|july|august|september|october|november|december)|in (?:january|february|march|april|june|july|august|"
    r"september|october|november|december)|\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|uhr|h)\b|at \d{1,2}(?::\d\d)?|noon|"
    r"\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{4}-\d\d-\d\d|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|heute|morgen|"
    r"gestern|"
    r"letzte woche|\d{1,2}\. ?(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|"
    r"\d{1,2}\.)|lunes|martes|miércoles|jueves|viernes|sábado|domingo|hoy|mañana|ayer|"
    r"\d{1,2} de (?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)|"
    r"a las \d{1,2}(?::\d\d)?)")


def _rule(reason: Reason, said: str, unless: re.Pattern[str] | None = None, before: re.Pattern[str] | None = None
          ) -> Rule:
    return Rule(reason, _compiled(said), unless, before)


_PATIENT, _DATE, _WHO, _WHAT = Reason.PATIENT, Reason.DATE, Reason.STAFF, Reason.DIAGNOSIS
_ADJ = r"(?:(?!\b(?:own|local|first)\b)[\w-]+ ){0,2}"
RULES = [
    # Something of theirs that only a patient has. To speak of an appointment that is yet to be made is no disclosure.
    _rule(_PATIENT, rf"\b{_YOUR} {_ADJ}{_CARE}\b(?! (?:first|before))", before=_OPEN_QUESTION),
    _rule(_PATIENT, rf"\b{_YOUR} (?:first )?(?:appointment|visit)\b", unless=_ARRANGING, before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\b(?:being|as|be|are|were|was|never|not) (?:already )?(?:a |an |our |one of )?(?:\w+ )?patients? "
                    r"(?:of (?:ours|mine|our)|here|with us|at our|in our)\b", before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\b(?:one of (?:our|my) (?:\w+ )?patients|being (?:a|our) patient|as our patient|"
                    r"you (?:as|are) (?:a|our) patient|patient of ours)\b", before=_OPEN_QUESTION),
    # They were here, or something was done.
    _rule(_PATIENT, rf"\byou(?:'re| are| were|'ve been| have been| had been)(?: \w+)? (?:{_DONE}|here\b|with us\b|"
                    r"coming (?:here|to (?:us|our))|in (?:our|good) (?:hands|care|ward|clinic|hospital)|on the ward|"
                    r"at our|"
                    r"feeling (?:better|well))", before=_compiled(r"\b(?:if|whether|until|wherever|glad that|just)\b")),
    _rule(_PATIENT, r"\b(?:usted|you) (?:came|visited|stayed|refused|missed|signed|owe|still owe|agreed to|declined|"
                    r"cancell?ed|"
                    r"walked out|needed|woke up|arrived|waited|received|se fue|checked (?:in|out)|left (?:early|"
                    r"before)|"
                    r"told (?:the|our|us)|saw (?:our|the|dr)|went home)\b", before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\byou were\b(?! (?:right|wrong|kind|asking|looking|wondering|saying|able|hoping|told|born|so "
                    r"kind))",
          before=_compiled(r"\b(?:if|whether|until|where|wherever|wish|as if|sad|sorry that)\b")),
    _rule(_PATIENT, r"\b(?:as (?:i|we|dr\.? \w+) (?:told|said to|explained to|discussed with) you|as (?:we )?discussed|"
                    r"did (?:all|everything) (?:they|we|he|she|i) could|into the world|come back (?:in|on|for) |"
                    r"(?:take|took|taking|remove|removed) (?:out )?(?:the|your) (?:stitches|staples|cast|drain))\b"),
    _rule(_PATIENT, rf"\b(?:good luck|all the best|best of luck) (?:with|for|on) (?:the |your )?(?:\w+ )?{_CARE}\b"),
    _rule(_PATIENT, rf"\b(?:your {_BODY} (?:is|was|are|were) (?:still|better|worse|healing|healed|broken|fine)|"
                    rf"your \w+ {_CARE})\b", unless=_ARRANGING, before=_OPEN_QUESTION),
    _rule(_WHAT, rf"\b(?:the|your) (?:{_ILL}|{_CARE}|lump|mole|growth) (?:is|was|are|were|came back|looks?|turned "
                 rf"out)(?: to be)?"
                 r" (?:benign|malignant|normal|abnormal|clear|clean|negative|positive|routine|nothing to worry)\b",
          before=_OPEN_QUESTION),
    _rule(_PATIENT, rf"\b(?:your {_KIN}|he|she|they)(?: \w+)?(?: (?:was|were|is|has|have|had))?(?: never| not)?(?: "
                    rf"been)? "
                    rf"(?:{_DONE}|a patient|in room \w+)\b", before=_compiled(r"\b(?:if|whether|unless)\b")),
    _rule(_PATIENT, rf"\byour {_KIN} (?:was|did|had|got|came|went|is (?:in|doing|here|with)|has been)\b",
          before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\b(?:treat(?:ed|ing)?|saw|seen|seeing|drew|let|helped|examin(?:ed|ing)|diagnosed|admitted|"
                    r"discharged|operated on|prescribed|billed|"
                    r"measured|cared for|took (?:\w+ )?care of|take care of|looked after|kept|x-?rayed|vaccinated|"
                    r"visited|"
                    rf"remember|fixed|fed|stitched|bandaged|did(?! you\b)) (?:on )?"
                    rf"(?:you\b|him\b|her\b|them\b|your (?:{_KIN}|"
                    rf"family|\w+ "
                    rf"insurance|insurance|{_BODY})\b)",
          before=_compiled(r"\b(?:will|would|can|could|people who|if|how|please)\b(?:(?!, |\bwho\b).)*$")),
    _rule(_PATIENT, r"\b(?:looked you up|have you down|know your case|knows your case|look(?:ed|ing)? (?:at|into) your|"
                    r"called you (?:\w+ )?(?:times|about|back)|we prescribed|we (?:have )?(?:offered|gave|sent) you|"
                    r"could not give you|that we offered you|visited your)\b"),
    _rule(_PATIENT, r"\b(?:thank you|thanks) for (?:coming in|choosing|trusting|visiting|staying|being (?:a|our|"
                    r"with)|your "
                    r"(?:visit|trust|stay|loyalty))\b", unless=GATHERING),
    _rule(_PATIENT, r"\b(?:good|great|nice|lovely|pleasure|glad) (?:to (?:see|meet|have)|seeing|meeting|having) you\b",
          unless=GATHERING),
    _rule(_PATIENT, r"\b(?:our|the) (?:records|files|system|notes) (?:show|say|indicate|tell)|\bno record of (?:you|"
                    r"him|her)"
                    r"|\b(?:sorry|apologi[sz]e) (?:about|for) the (?:long )?wait\b|\bthe cast comes off\b"),
    _rule(_PATIENT, r"\b(?:hope|glad|happy|good) (?:that )?(?:you're|you are|you feel)(?: \w+)? (?:feeling |doing "
                    r")?better\b"),
    _rule(_PATIENT, r"\bas (?:i|we|they) (?:already )?(?:explained|said|told|discussed|agreed|mentioned)\b|"
                    r"\byou should have (?:told|come|called|said|asked|taken)\b|\bsent (?:you )?(?:the|an) ambulance\b|"
                    r"\byou (?:slept|woke|fainted|threw up|cried|screamed|walked out|recovered|healed)\b|"
                    r"\b(?:joy|pleasure|honou?r|privilege) (?:to|of) (?:watch|see|help|treat|care|deliver|know)\w*\b",
          before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\b(?:everyone|everybody|all of us|the (?:whole )?team|folks|crew|friends) (?:in|at|on|from) "
                    r"(?:the |our )?(?:oncology|n?icu|maternity|cardiology|radiology|surgery|p[ae]+diatrics|neurology|"
                    r"orthop[ae]+dics|ward|chemo|dialysis|rehab|recovery|er|emergency)\b|"
                    r"\b(?:meeting|seeing) you\b[^.!?]*\b(?:ward|unit|er|emergency room|office|practice|clinic|"
                    r"hospital)\b"),
    _rule(_PATIENT, r"\byour (?:\w+ )?(?:lithium|aspirin|morphine|methadone|warfarin|prednisone|antidepressants?|"
                    r"\w{3,}(?:statin|pril|olol|cillin|mycin|prazole|sartan|formin|oxetine|azepam|codone))\b",
          before=_OPEN_QUESTION),
    _rule(_WHO, r"\byour \w*(?:ologist|iatrist|therapist|surgeon|midwife|nurse|doctor) (?:will|has|said|says|"
                r"is (?:on|in|"
                r"away|back)|was|wants|asked|told|already)\b|\bour (?:\w+ )?\w*(?:ologists?|iatrists?|therapists?|"
                r"surgeons?|nurses?|doctors?|midwi(?:fe|ves)|team) (?:\w+ed|gave|saw|took|put|did|found|said|"
                r"told) (?:to )?"
                r"(?:you|your|him|her|his)\b", before=_OPEN_QUESTION),
    _rule(_WHO, rf"\bDr\.? {_NAME} (?:said|says|decided|thinks|told|meldet|sagt|hat|ruft|dice|"
                rf"dijo)\b", unless=GATHERING),
    _rule(_DATE, r"\byour (?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{1,2} ?(?:am|pm)) (?:\w+ )?(?!plan|talk)\w+"),
    # German.
    _rule(_PATIENT, rf"\b(?:Ihr|dein)(?:e|en|em|er|es)? (?:\w+ )?{_CARE_DE}\b", unless=_ARRANGING,
          before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\b(?:als|unsere?|keine?) Patient(?:in)?(?: unserer| unseres| bei uns| dieser)|\bPatient(?:in)? "
                    r"bei uns|"
                    r"\bbei uns (?:in Behandlung|behandelt|operiert|gut versorgt|aufgenommen|versorgt|entlassen)",
          before=_OPEN_QUESTION),
    _rule(_PATIENT, rf"\b(?:haben|hat) (?:wir )?(?:Sie|dich|ihn|Ihre[nm]? {_KIN_DE})\b[^.!?]*\b(?:behandelt|operiert|"
                    r"untersucht|betreut|versorgt|entlassen|aufgenommen|geröntgt|geimpft|überwiesen)\b"),
    _rule(_PATIENT, rf"\b(?:Ihre?n?m?|dein\w*) (?:\w+ )?(?:{_KIN_DE}|Knie|Hüfte|Rücken|Schulter|Herz|Lunge|Bein|Arm|"
                    rf"Hand|Fuß|Zahn|Auge)"
                    r" (?:haben wir|hat unser|wurde)\b|\bwir haben (?:Sie|Ihr\w*|ihn)\b[^.!?]*ge\w+t\b|\bdie "
                    r"Geburt\b[^.!?]*\b"
                    r"verlaufen|\bzu[mr] (?:Fädenziehen|Kontrolle|Nachsorge|Nachuntersuchung|Impfung)\b|"
                    r"\bSie haben\b[^.!?]*\b(?:verlassen|abgelehnt|unterschrieben|verpasst|versäumt|bekommen|"
                    r"erhalten)\b",
          before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\b(?:Sie waren|Sie sind|waren Sie|als Sie)\b[^.!?]*\b(?:bei uns|hier|auf der Station|in der "
                    r"Praxis)\b",
          before=_OPEN_QUESTION),
    _rule(_PATIENT, rf"\bIhre? {_KIN_DE} (?:wurde|war|ist|hat)\b|\b(?:es )?Ihnen (?:wieder |nach der Operation "
                    rf")?besser "
                    r"geht|\bnach (?:der Operation|dem Eingriff|der OP)\b[^.!?]*\b(?:Sie|Ihnen)|\bIhnen nach (?:der|"
                    r"dem) "
                    r"(?:Operation|Eingriff|OP)", before=_OPEN_QUESTION,
          unless=_compiled(r"\?\s*$")),
    _rule(_DATE, r"\b(?:Bis (?:morgen|heute|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|nächste Woche)|wir sehen "
                 r"(?:uns|Sie) "
                 r"(?:morgen|am|um|nächste))\b", unless=GATHERING, before=_compiled(r"\w")),
    _rule(_WHAT, rf"\b(?:Ihr|dein)(?:e|en|em|er|es)? (?:\w+ )?{_ILL_DE}\b|\bSie (?:haben|leiden an|leiden unter) "
                 rf"(?:ein\w* )?(?:\w+ )?{_ILL_DE}\b", before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\bIhre?n? \w+ haben wir\b|\bwegen (?:der|Ihrer) (?:Ergebnisse|Befunde|Werte|Untersuchung)\b"),
    # Spanish.
    _rule(_PATIENT, rf"\bsu {_KIN_ES} (?:ya )?(?:se portó|salió|está|estuvo|fue|tuvo|ingresó)\b|"
                    r"\ble (?:\w+[aei]mos)\b[^.!?]*\b(?:informe|resonancia|medicación|receta|resultados?|vacuna|cita|"
                    r"radiografía|dosis|operación|tratamiento|puntos|yeso)\b", before=_OPEN_QUESTION),
    _rule(_PATIENT, rf"\b(?:sus?|tus?) (?:\w+ )?{_CARE_ES}\b", unless=_ARRANGING, before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\bpacientes? (?:nuestr[oa]s?|de (?:nuestra|esta))|\bcomo paciente\b", before=_OPEN_QUESTION),
    _rule(_PATIENT, r"\b(?:le|la|lo|les) (?:quitamos|pusimos|dimos|hicimos|recetamos|operaron|ingresaron|atendieron|"
                    r"vio|viera)\b|"
                    r"\bnacimiento de su\b|\bdado? de alta\b|\bpuntos\b[^.!?]*\b(?:quitar|quitamos)",
          before=_compiled(r"\ba mi\b")),
    _rule(_PATIENT, r"\bcuando (?:estuvo|vino|ingresó|nos visitó)\b|\busted (?:estuvo|vino|ingresó|faltó)\b|\b(?:le|"
                    r"lo|la) "
                    r"(?:atendimos|tratamos|operamos|vimos)\b|\b(?:atendimos|tratamos|operamos|vimos|dimos de "
                    r"alta)(?: \w+)? a "
                    rf"(?:usted|su {_KIN_ES})"),
    _rule(_PATIENT, r"\bgracias por (?:elegirnos|su (?:visita|confianza)|venir|confiar)|\bse (?:sienta|siente) mejor\b|"
                    r"\bdespués de la (?:cirugía|operación)\b",
          before=_compiled(r"\b(?:espero|esperamos|ojalá|deseamos|deseo)\b")),
    _rule(_DATE, r"\bnos vemos (?:mañana|hoy|el|a las|la próxima)\b", unless=GATHERING),
    _rule(_WHAT, rf"\b(?:su|tu) {_ILL_ES}\b|\b(?:usted|ud\.?) (?:tiene|padece|sufre)(?: de)? (?:un[oa]? )?{_ILL_ES}\b",
          before=_OPEN_QUESTION),
    # Somebody's next time here.
    _rule(_DATE, r"\b(?:we'll |we will |i'll )?see you (?:again )?(?:tomorrow|today|on|at|next|then|this)\b",
          unless=GATHERING),
    _rule(_DATE, r"\b(?:have you down for|you(?:'re| are) scheduled for|(?:is|are) scheduled for|kept you waiting|"
                 rf"(?:your {_KIN}|you) (?:is|are|has) (?:scheduled|expected|booked))\b", unless=GATHERING),
    # Who takes care of somebody.
    _rule(_WHO, rf"{_STAFF}[^.!?]{{0,80}}?\b(?:you|your|yours|him|her|Sie|Ihnen|Ihre?n?m?|usted|le|su)\b",
          unless=GATHERING),
    _rule(_WHO, rf"\b(?:you|your|she saw you|he saw you|Sie|Ihr\w*|usted|su)\b[^.!?]{{0,60}}?{_STAFF}",
          unless=GATHERING),
    _rule(_WHO, r"\byour (?:doctor|nurse|therapist|surgeon|midwife|physician|dentist) (?:here|with us|at our|in our)\b",
          before=_OPEN_QUESTION),
    # What somebody has.
    _rule(_WHAT, rf"\b{_YOUR} (?!(?:risk|question|worry)\b)(?:[\w-]+ )?{_ILL}\b", before=_OPEN_QUESTION),
    _rule(_WHAT, rf"\byou (?:have|had|suffer(?:ed)? from|live with|are living with)(?: an?| the| got)?(?: [\w-]+)? "
                 rf"{_ILL}\b",
          before=_compiled(r"\b(?:if|when|whether|people|somebody|who)\b")),
    _rule(_WHAT, rf"\b(?:you|he|she|your {_KIN}) (?:were|was|are|is|have been|has been) diagnosed\b|\b{_ILL} (?:that "
                 rf")?you "
                 r"(?:had|have)\b", before=_compiled(r"\b(?:if|whether)\b")),
]
# What no list of phrases foresees: a sentence that names a person and a thing of the clinic and tells what has been.
PERSON = _compiled(r"\b(?:dr\.? \w+|you|you've|your|yours|he|she|his|him|her|Sie|Ihn?(?:en|r\w*)|usted|su|sus|le)\b")
CLINIC = _compiled(
    rf"\b(?:{_CARE}|{_ILL}|chemo|ward|unit|icu|er|emergency room|recovery room|ear tubes|infusion|swelling|pain pump|"
    rf"bypass|"
    r"blood thinner|scar|discharge|evaluation|radiation|balance with us|front desk|checked in|nurse|anesthesiologist|"
    r"hallway|waiting room|ultrasound|hospice|detox|counseling|session|exam|fever|symptoms|surgery|Aufnahme|Ambulanz|"
    r"Station|Narbe|Spiegelung|Darmspiegelung|Spritze|Sprechzimmer|Kreißsaal|Praxis|Klinik|Unterlagen|Verband|Gips|"
    rf"{_ILL_DE}|{_CARE_DE}|quirófano|ecografía|rodilla|urgencias|quimio\w*|puntos|yeso|herida|suero|{_CARE_ES}|"
    rf"{_ILL_ES})\b")
PAST = _compiled(
    r"\b(?:\w{3,}(?<!ne)(?<!spe)ed|went|gave|you've|you (?:never |just |already )?(?:had|did|didn't|asked|said|went|"
    r"finished|began|started|got|took|"
    r"yelled|"
    r"changed|left|left|saw|felt|fell|gave)|(?:was|were|been) (?:your|a champ|such)|since your|at discharge|(?:i|"
    r"we)(?: \w+)? "
    r"(?:told|reviewed|loved|discussed|sent|moved|did|had|heard|talked|noticed|took|gave|found|looked|asked|noted|"
    r"filed|"
    r"spoke)|sent us|finishing|working for you|our (?:\w+ )?(?:staff|desk|nurses?|doctors?|team|folks|surgeons?) "
    r"(?:says?|"
    r"said|told|did|were|was)|(?:dr\.? \w+|he|she) (?:said|says|told|thinks)|was late|with us|your \w+(?: \w+)? "
    r"(?:was|has|had|"
    r"is|already|went)|one of our|move your|hope the|schon|haben|hat|wurde|war|waren|dann|ya|vino|salió|estuvo|fue|"
    r"dice que|"
    r"quedó|tuvo)\b")
GENERAL = _compiled(
    r"\b(?:if|whether|anyone|anybody|everyone|everybody|somebody|people|most|usually|normal|any|free|open|welcome|"
    r"insurance|"
    r"insurer|plan|goes (?:well|smoothly)|my own|is right|closed|approved|hat recht|geschlossen|zugelassen|"
    r"tiene razón|se aprobó|cerró|(?<!in )may|should(?! have)|can find|"
    r"can bring|can call|could you|would you|please call|first|"
    r"class|group|wenn|ob|"
    r"falls|"
    r"jemand|alle|dürfen|brauchen|können|si|alguien|todos|puede|pueden)\b")
