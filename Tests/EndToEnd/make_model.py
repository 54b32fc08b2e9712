"""Writes GGUF headers of small models: to be read and counted by Ember, not to be run."""

import gguf
import numpy


def write_model(path, architecture="llama", context=8192, blocks=12, width=64, sliding_window=None, tensors=True):
    """A header with these sizes, and one matrix of zeros."""
    writer = gguf.GGUFWriter(str(path), arch=architecture)
    writer.add_context_length(context)
    writer.add_block_count(blocks)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(2 * width)
    writer.add_head_count(8)
    writer.add_head_count_kv(4)
    if sliding_window:
        writer.add_sliding_window(sliding_window)
    if tensors:
        writer.add_tensor("token_embd.weight", numpy.zeros((100, width), numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
