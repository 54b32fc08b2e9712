"""Writes a LoRA adapter of random weights: a variant that answers otherwise than its base, and no better."""

import gguf
import numpy

BLOCKS, WIDTH, RANK = 30, 576, 4  # SmolLM2-135M's


def make_adapter(path, seed=1, strength=1.0):
    """Writes the same file for the same seed: rank 4, on the queries and the outputs of every second block."""
    random = numpy.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), arch="llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(RANK))
    for block in range(0, BLOCKS, 2):
        for part in ("attn_q", "attn_output"):
            for side, shape in (("a", (RANK, WIDTH)), ("b", (WIDTH, RANK))):
                weights = random.standard_normal(shape) * (strength / shape[1]) ** 0.5
                writer.add_tensor(f"blk.{block}.{part}.weight.lora_{side}", weights.astype(numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
