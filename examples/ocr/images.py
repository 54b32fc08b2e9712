"""Takes the pictures out of a chat completion request."""

import base64
import binascii
import io

from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")


class BadRequest(Exception):
    """A request that cannot be answered: what is wrong, where, and how to mend it."""

    def __init__(self, message, param=None, code=None):
        super().__init__(message)
        self.param = param
        self.code = code


def images_of(request, largest_pixels):
    """The pictures of the last message that has any."""
    messages = request.get("messages") if isinstance(request, dict) else None
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages must be a list with at least one message", "messages")
    for number in reversed(range(len(messages))):
        urls = _image_urls(messages[number], f"messages[{number}]")
        if urls:
            return [decode(url, param, largest_pixels) for url, param in urls]
    raise BadRequest("no image: add a content part of type image_url with a data: URL", "messages", "missing_image")


def _image_urls(message, param):
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return []
    found = []
    for number, part in enumerate(content):
        if not isinstance(part, dict) or part.get("type") != "image_url":
            continue
        field = part.get("image_url")
        url = field.get("url") if isinstance(field, dict) else field
        where = f"{param}.content[{number}].image_url.url"
        if not isinstance(url, str):
            raise BadRequest(f"{where} must be a string", where)
        found.append((url, where))
    return found


def decode(url, param, largest_pixels):
    """The picture of a data URL, upright, on white, in RGB."""
    if not url.startswith("data:"):
        shown = url[:40]
        raise BadRequest(
            f"{param} is {shown!r}: this worker fetches nothing; send the image itself as data:image/png;base64,...",
            param, "remote_image",
        )
    header, comma, payload = url.partition(",")
    if not comma or not header.endswith(";base64"):
        raise BadRequest(f"{param} must be of the form data:image/png;base64,...", param, "invalid_image")
    try:
        return _open(base64.b64decode(payload, validate=True), param, largest_pixels)
    except binascii.Error as error:
        raise BadRequest(f"{param} is not valid base64 ({error})", param, "invalid_image") from error


def _open(data, param, largest_pixels):
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            # The size is in the header: a picture that is too large is never decoded.
            if image.width * image.height > largest_pixels:
                raise BadRequest(
                    f"{param} has {image.width} x {image.height} pixels, the limit is {largest_pixels}: "
                    "make it smaller",
                    param, "image_too_large",
                )
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except BadRequest:
        raise
    # Pillow's decoders signal a broken file by many kinds of exceptions, which differ by format.
    except Exception as error:
        raise BadRequest(
            f"{param} is no readable image of the kinds {', '.join(FORMATS)} ({type(error).__name__})",
            param, "invalid_image",
        ) from error
    page = Image.new("RGB", upright.size, "white")
    page.paste(upright, mask=upright.getchannel("A"))
    return page
