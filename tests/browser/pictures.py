"""Small PNG files of a page, for the README: at most 256 colours, which flat surfaces and text hardly need."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import numpy.typing as npt
from playwright.async_api import Page

Colours = npt.NDArray[np.int32]

_PIXELS = """async (png) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const bytes = canvas.getImageData(0, 0, image.width, image.height).data;
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return [image.width, image.height, btoa(text)];
}"""


async def picture(page: Page) -> bytes:
    """Return what the window shows as a PNG with a palette; Chromium's own is three times the size."""
    shot = base64.b64encode(await page.screenshot()).decode()
    empty = await page.context.new_page()  # no Content-Security-Policy stands in the way there
    width, height, encoded = await empty.evaluate(_PIXELS, shot)
    await empty.close()
    red, green, blue, _ = np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(-1, 4).T.astype(np.int32)
    packed, which, counts = np.unique(red << 16 | green << 8 | blue, return_inverse=True, return_counts=True)
    colours = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1)
    palette = _palette(colours[np.argsort(-counts, kind="stable")])
    indexed = _distances(colours, palette).argmin(axis=1).astype(np.uint8)[which.reshape(height, width)]
    rows = np.hstack([np.zeros((height, 1), np.uint8), indexed])  # each row begins with its filter: none
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _palette(colours: Colours) -> Colours:
    """Return 256 of `colours`, commonest first: half the commonest, half those that lie farthest from any other.

    The commonest alone would lose a small spot of a colour of its own, such as the arrow in the mark.
    """
    palette = colours[:128]
    nearest = _distances(colours, palette).min(axis=1)
    for _ in range(128):
        farthest = colours[[nearest.argmax()]]
        palette = np.concatenate([palette, farthest])
        nearest = np.minimum(nearest, _distances(colours, farthest)[:, 0])
    return palette


def _distances(colours: Colours, others: Colours) -> Colours:
    squared: Colours = ((colours[:, None, :] - others[None, :, :]) ** 2).sum(axis=2, dtype=np.int32)
    return squared


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
