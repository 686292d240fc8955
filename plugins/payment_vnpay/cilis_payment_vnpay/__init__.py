"""VNPay: bank apps, cards and QR codes of Vietnam, paid on VNPay's own page (API 2.1.0)."""
