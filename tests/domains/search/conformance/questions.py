"""What is asked of both engines. Times are told as (days from today, hour, minute) pairs."""

from __future__ import annotations

import itertools
from typing import Any

Asked = dict[str, Any]

VIETNAMESE = (
    "thuế", "thue", "THUẾ", "thuê", "thu", "th", "t", "dũng", "dung", "DŨNG", "Nguyễn Văn Dũng",
    "nguyen van dung", "văn dũng nguyễn", "đỗ", "do", "Đỗ Đức Đạt", "do duc dat", "đạt", "dat",
    "đ", "Đ", "d", "đất đai", "dat dai", "nhà đất", "nha dat", "sổ đỏ", "so do", "luật sư",
    "luat su", "bất động sản", "thừa kế", "ly hôn", "hòa giải", "hoà giải", "hoa giai", "tâm lý",
    "trị liệu", "sức khoẻ", "suc khoe", "quyết toán", "thu nhập cá nhân", "mười sáu năm",
    "16 năm", "16", "½", "hóa đơn điện tử", "hỏi nhanh", "tư vấn", "tu van", "trọn năm",
    "Ánh", "anh", "minh anh", "minh ánh", "ưng", "ung", "ý", "Hằng", "hà", "An Bình", "binh an",
    "hương xuân", "ẩn nháp", "đường dẫn",
)  # fmt: skip
ENGLISH = (
    "tax", "Tax advice", "income", "inc", "lawyer", "law property", "disputes land", "anxiety",
    "therapy", "expatriates", "divorce", "O'Brien", "obrien", "o brien", "mary-jane", "Mary Jane",
    "lawyers", "lawyers law", "taxes", "taxing questions", "expatriate", "disputing", "therapies",
    "divorces", "returning taxes", "hesitating", "e-mail", "don't", "C++", "50%", "hesitate", "quick question", "all year",
)  # fmt: skip
GERMAN = (
    "Müller", "muller", "mueller", "Jürgen", "jurgen", "Groß", "gross", "groß", "Weiß", "weiss",
    "Straße", "strasse", "STRASSE", "Maß", "mass", "Fußgänger", "Überweisung", "uberweisung",
    "Steuererklärung", "steuern", "Rechtsanwalt", "Erbe", "Scheidung", "Grundstücke",
    "Steuer", "Steuererklärungen", "Rechtsanwälte", "rechtsanwalte", "Scheidungen", "Beratungen",
    "Beratungen Steuer", "Gespräche", "Familie", "Auswanderern", "Größter Sorgfalten",
    "Psychologie", "Gespräch", "Ängsten", "Kurze Frage", "Beratung", "Größte Sorgfalt",
    "Söder", "Ömer", "Zoë", "zoe bronte", "José", "Łukasz", "lukasz soren",
)  # fmt: skip
SYNONYMS = (
    "attorney", "attorneys", "attorney land", "land attorney", "Anwälte", "anwalt hanoi", "levy",
    "levies", "Abgaben", "abgabe dung", "real estate", "real", "estate real", "Immobilien Recht",
    "worry", "worries thuế", "Ängste", "nỗi buồn", "moon", "thu moon", "luật sư thuế", "levyy",
    "attorney zzzqqq", "real estate attorney worry", "lo âu luật sư",
)  # fmt: skip
SLIPS = (
    "ngueyn van dung", "nguyen van dunk", "Schwarzenbergr", "schwarzenbreger", "jurgn muler",
    "wattson", "thua kee", "psycholgy", "inheritanse", "friderike", "hoang thuy lnh", "ngo bao chua",
    "rechtsanwlt", "dinh tien hoangg", "zzzqqq", "hóa đơn zzzqqq xxyyzz", "thue zzzqqqxx",
    "tax qqqqqqqq wwwwwww law",
)  # fmt: skip
NASTY = (
    "%", "_", "*", "*a*", "th*", "?", "thu?", "🙂", "👩‍⚖️ thuế", "'", '"', '"tax law"', "\\",
    "a' | 'b", "!!!", ":*", "'':*A & !x", "(((", "title:x AND y", "words:thue OR listed:true",
    "tenant:*", "+tax -law", "tax~2", "tax^10", "/tax.*/", "[1 TO 2]", '{"match_all":{}}',
    '}}],"query":{"match_all":{}}', "'; DROP TABLE search_cards; --", "1=1", "<script>",
    "${jndi:ldap://x}", "{{7*7}}", "%00", "\x00", "thuế\x00luật", "\u202ethue", "a" * 120,
    "thue " * 200, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", "x" * 1_000_000, "thuế " * 200_000,
    "é\u0301\u0323" * 30, "\ufffd", "   ", "﷽", "ﬁne", "Ⅳ", "①",
)  # fmt: skip

MORNING, EVENING = ((2, 6, 0), (2, 12, 0)), ((2, 18, 0), (2, 21, 0))
PLAIN: tuple[Asked, ...] = (
    {},
    *({"topic_slug": slug} for slug in ("luat", "nha-dat", "thue", "suc-khoe", "tam-ly")),
    {"price_max": 250_000}, {"price_min": 250_000}, {"price_min": 300_000, "price_max": 700_000},
    {"price_max": 1}, {"rating_min": 4.0}, {"rating_min": 4.5}, {"rating_min": 5.0},
    {"languages": ("vi",)}, {"languages": ("de", "fr")}, {"languages": ("xx",)},
    {"verified": True}, {"duration_minutes": 60}, {"duration_minutes": 45},
    {"duration_minutes": 5}, {"duration_minutes": 60, "price_max": 250_000},
    {"duration_minutes": 30, "price_min": 200_000, "price_max": 300_000},
    {"mode": "phone"}, {"mode": "in_person"}, {"mode": "phone", "duration_minutes": 60},
    {"mode": "video", "price_max": 250_000}, {"country": "DE"}, {"country": "XX"},
    {"country": "VN", "mode": "phone", "words": "thue"},
    *({"duration_minutes": 60, "sort": "price", **more} for more in (
        {}, {"mode": "video"}, {"price_max": 600_000}, {"price_min": 250_000}, {"words": "thue"},
        {"country": "VN", "verified": True}, {"window": EVENING}, {"window": EVENING, "price_max": 1},
    )),
    {"mode": "phone", "sort": "price"}, {"mode": "video", "window": MORNING, "price_min": 200_000},
    {"topic_slug": "luat", "languages": ("vi",), "rating_min": 3.0},
    {"topic_slug": "luat", "verified": True, "price_max": 600_000, "languages": ("vi", "en")},
)  # fmt: skip
TIMES: tuple[Asked, ...] = (
    {"window": EVENING}, {"window": MORNING}, {"windows": (MORNING, EVENING)},
    {"window": ((2, 20, 30), (2, 21, 0))}, {"window": ((2, 18, 1), (2, 18, 14))},
    {"window": ((2, 18, 0), (2, 18, 1))}, {"window": ((2, 18, 5), (2, 18, 10))},
    {"window": ((2, 9, 15), (2, 9, 45))}, {"window": ((3, 6, 10), (3, 6, 11))},
    {"window": ((3, 6, 11), (3, 6, 29))}, {"window": ((3, 6, 25), (3, 7, 5))},
    {"window": ((2, 20, 59), (3, 0, 0))}, {"window": ((1, 0, 0), (8, 0, 0))},
    {"window": ((0, 0, 0), (1, 0, 0))}, {"window": ((-9, 0, 0), (-1, 0, 0))},
    {"window": ((61, 0, 0), (75, 0, 0))}, {"window": ((90, 0, 0), (91, 0, 0))},
    {"window": ((-1, 0, 0), (200, 0, 0))}, {"window": EVENING, "duration_minutes": 60},
    {"window": EVENING, "duration_minutes": 90, "price_max": 600_000},
    {"window": EVENING, "price_max": 250_000, "rating_min": 4.0},
    {"window": ((2, 18, 2), (2, 18, 59)), "duration_minutes": 45},
    {"windows": tuple(((day, 18, 0), (day, 21, 0)) for day in range(1, 15))},
    {"windows": tuple(((day, 9, 7), (day, 9, 20)) for day in range(1, 43))},
    {"window": EVENING, "topic_slug": "luat", "verified": True},
    {"window": EVENING, "mode": "video", "country": "VN"},
    {"words": "thuế", "window": EVENING}, {"words": "luat", "window": MORNING, "price_max": 600_000},
    {"words": "ngueyn van dung", "window": ((1, 0, 0), (20, 0, 0))},
    {"grid": (MORNING, EVENING, ((2, 0, 0), (2, 5, 0)))},
    {"grid": (((0, 5, 0), (0, 12, 0)), ((0, 12, 0), (0, 18, 0)), ((0, 18, 0), (1, 0, 0)))},
    {"grid": (((2, 18, 7), (2, 18, 13)), MORNING), "window": EVENING, "words": "thu"},
)  # fmt: skip
SORTS: tuple[Asked, ...] = tuple(
    {"sort": sort, **more}
    for sort, more in itertools.product(
        ("best", "soonest", "price", "rating", "experience"),
        (
            {},
            {"words": "thuế"},
            {"words": "dung"},
            {"words": "levies"},
            {"words": "ngueyn van dung"},
            {"words": "thue xxyyzz"},
            {"duration_minutes": 60},
            {"window": EVENING},
            {"windows": (EVENING, ((4, 6, 11), (4, 6, 50))), "duration_minutes": 45},
            {"window": ((0, 0, 0), (3, 0, 0)), "price_max": 600_000},
            {"topic_slug": "luat", "verified": True, "words": "luật"},
            {"price_min": 200_000, "facets": False},
        ),
    )
)
WORDS = (*VIETNAMESE, *ENGLISH, *GERMAN, *SYNONYMS, *SLIPS, *NASTY)
ALL: tuple[Asked, ...] = (*({"words": words} for words in WORDS), *PLAIN, *TIMES, *SORTS)
