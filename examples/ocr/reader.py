"""Reads the text in a picture: one model finds the lines, another reads each of them.

The models are PP-OCR's detection (differentiable binarisation) and recognition (CTC) in ONNX.
Lines must be roughly horizontal: boxes are upright rectangles.
"""

import ctypes
import math
import os
import pathlib
from collections import namedtuple

# Must be set before numpy is imported: its linear algebra is not used here, and each of its threads costs memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy  # noqa: E402
import onnxruntime  # noqa: E402
from PIL import Image  # noqa: E402

DETECTION_FILE = "PP-OCRv6_det_small.onnx"
RECOGNITION_FILE = "PP-OCRv6_rec_small.onnx"

LONGEST_SIDE = 960  # pixels given to the detection model; its memory grows with the square
PATCH = 32  # the detection model's stride: sides are its multiples
TEXT_PROBABILITY = 0.3  # a pixel of text
LINE_PROBABILITY = 0.5  # a line of text: mean over its pixels
SHORTEST_SIDE = 3  # pixels of the probability map; less is noise
GROWTH = 1.6  # the model marks the core of a line; its box grows by area * GROWTH / perimeter
LINE_HEIGHT = 48  # pixels given to the recognition model
NARROWEST_LINE = 320
WIDEST_LINE = 3200

Box = namedtuple("Box", "left top right bottom")


class Reader:
    """The two models, loaded; not for use by two threads at a time."""

    def __init__(self, folder, threads):
        folder = pathlib.Path(folder)
        self._detection = _session(folder / DETECTION_FILE, threads)
        self._recognition = _session(folder / RECOGNITION_FILE, threads)
        characters = self._recognition.get_modelmeta().custom_metadata_map["character"]
        # Symbol 0 is CTC's blank, the last one the space, which the list leaves out.
        self._symbols = ["", *characters.split("\n"), " "]

    def lines(self, image):
        """Yields the lines of a picture in reading order, each as soon as it is read."""
        try:
            for boxes in reading_order(self._find(image)):
                pieces = [self._read(image.crop(box)) for box in boxes]
                line = " ".join(piece for piece in pieces if piece)
                if line:
                    yield line
        finally:
            give_memory_back()

    def _find(self, image):
        scale = min(1.0, LONGEST_SIDE / max(image.size))
        width, height = (max(1, round(side * scale)) for side in image.size)
        canvas = Image.new("RGB", (_round_up(width), _round_up(height)), "white")
        canvas.paste(image.resize((width, height), Image.Resampling.BILINEAR))
        (output,) = self._detection.run(None, {"x": _as_input(canvas)})
        for box in find_boxes(output[0, 0]):
            yield Box(
                max(0, math.floor(box.left / scale)),
                max(0, math.floor(box.top / scale)),
                min(image.width, math.ceil(box.right / scale)),
                min(image.height, math.ceil(box.bottom / scale)),
            )

    def _read(self, line):
        width = min(WIDEST_LINE, max(1, math.ceil(line.width * LINE_HEIGHT / line.height)))
        pixels = _as_input(line.resize((width, LINE_HEIGHT), Image.Resampling.BILINEAR))
        if width < NARROWEST_LINE:
            pixels = numpy.pad(pixels, ((0, 0), (0, 0), (0, 0), (0, NARROWEST_LINE - width)))
        (output,) = self._recognition.run(None, {"x": pixels})
        best = output[0].argmax(axis=1)
        is_new = numpy.append(True, best[1:] != best[:-1])
        return "".join(self._symbols[symbol] for symbol in best[is_new]).strip()


def give_memory_back():
    """Returns what inference freed to the system: glibc would keep it, twice the models' own size after a page."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def patches(image):
    """How many patches of the detection model a picture fills: the work that it costs."""
    scale = min(1.0, LONGEST_SIDE / max(image.size))
    return math.prod(math.ceil(max(1, round(side * scale)) / PATCH) for side in image.size)


def find_boxes(probability):
    """The boxes of the lines in a map of text probability."""
    for rows, columns in connected_regions(probability > TEXT_PROBABILITY):
        box = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        width, height = box.right - box.left, box.bottom - box.top
        if min(width, height) < SHORTEST_SIDE or probability[rows, columns].mean() < LINE_PROBABILITY:
            continue
        grown = width * height * GROWTH / (2 * (width + height))
        yield Box(box.left - grown, box.top - grown, box.right + grown, box.bottom + grown)


def connected_regions(mask):
    """The rows and columns of the pixels of each region of a mask (8 neighbours), by joining runs of pixels."""
    height, width = mask.shape
    padded = numpy.zeros((height, width + 2), dtype=numpy.int8)
    padded[:, 1:-1] = mask
    steps = numpy.diff(padded, axis=1)
    run_rows, starts = numpy.nonzero(steps == 1)
    ends = numpy.nonzero(steps == -1)[1]
    parent = list(range(len(starts)))

    def root(run):
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    first_of_row = numpy.searchsorted(run_rows, numpy.arange(height + 1))
    for row in range(1, height):
        above, above_end = first_of_row[row - 1], first_of_row[row]
        for run in range(first_of_row[row], first_of_row[row + 1]):
            while above < above_end and ends[above] < starts[run]:
                above += 1
            touching = above
            while touching < above_end and starts[touching] <= ends[run]:
                parent[root(touching)] = root(run)
                touching += 1
    regions = {}
    for run in range(len(starts)):
        regions.setdefault(root(run), []).append(run)
    for runs in regions.values():
        rows = numpy.concatenate([numpy.full(ends[run] - starts[run], run_rows[run]) for run in runs])
        columns = numpy.concatenate([numpy.arange(starts[run], ends[run]) for run in runs])
        yield rows, columns


def reading_order(boxes):
    """Boxes by lines, top to bottom, each from left to right."""
    lines = []
    for box in sorted(boxes, key=lambda box: box.top + box.bottom):
        middle = (box.top + box.bottom) / 2
        if lines and lines[-1][-1].top <= middle <= lines[-1][-1].bottom:
            lines[-1].append(box)
        else:
            lines.append([box])
    return [sorted(line) for line in lines]


def _session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Give memory back after each picture instead of keeping the largest one's.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _as_input(image):
    """Pixels as the models were trained on them: blue first, -1 to 1, channels before rows."""
    pixels = numpy.asarray(image, dtype=numpy.float32)[:, :, ::-1]
    return numpy.ascontiguousarray((pixels / 127.5 - 1).transpose(2, 0, 1)[numpy.newaxis])


def _round_up(side):
    return math.ceil(side / PATCH) * PATCH
