"""What every answer of the service carries so that a browser keeps its guard up; errors carry it as well."""

from __future__ import annotations

from flask import Flask, Response, request

# Nothing from elsewhere, no inline script or style; Pico draws its arrows and check marks as data: images.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def guard(app: Flask, https: bool) -> None:
    """Put the headers on every response of this application."""

    @app.after_request
    def headers(response: Response) -> Response:
        put = response.headers.setdefault
        put("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        put("X-Content-Type-Options", "nosniff")
        put("X-Frame-Options", "DENY")
        put("Cross-Origin-Opener-Policy", "same-origin")
        put("Cross-Origin-Resource-Policy", "same-origin")
        put("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        # Nothing here is for a search engine, and no address of ours goes to another site.
        put("X-Robots-Tag", "noindex, nofollow")
        put("Referrer-Policy", "no-referrer")
        if https:
            put("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint == "static":
            put("Cache-Control", "public, max-age=3600")
        else:
            put("Cache-Control", "no-store")
        return response
