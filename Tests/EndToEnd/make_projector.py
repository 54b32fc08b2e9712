#!/usr/bin/env python3
"""Writes a vision projector of random weights, which makes a multimodal model of a language model.

A SigLIP tower (patch convolution, learned positions, transformer blocks) and a two-layer MLP into the language model's
width, of llama.cpp's projector type "janus_pro". That type puts no marker tokens around the picture, so any tokenizer
serves; "idefics3", SmolVLM's, asks for tokens that the text-only SmolLM2 lacks, and llama-server then refuses every
picture ("Invalid token").
Random weights see, but understand nothing: different pictures give different answers, and none a sensible one.
"""

import argparse
import dataclasses
import pathlib

import gguf
import numpy


@dataclasses.dataclass(frozen=True)
class Shape:
    """The size of a projector; the defaults take 1 MB and make 16 tokens of a picture."""

    image: int = 64
    patch: int = 16
    width: int = 64
    forward: int = 128
    blocks: int = 2
    heads: int = 2
    # What the language model takes: 576 is SmolLM2-135M's hidden size.
    embedding: int = 576

    @property
    def picture_tokens(self):
        return (self.image // self.patch) ** 2


def weights(shape, seed):
    """The tensors by name: matrices in F16, as published projectors have them, vectors and positions in F32."""
    random = numpy.random.default_rng(seed)
    tensors = {}

    def matrix(name, *dimensions):
        # Scaled by the inputs of a row, so that signals neither fade nor grow on their way.
        scale = numpy.prod(dimensions[1:]) ** -0.5
        tensors[f"{name}.weight"] = (random.standard_normal(dimensions) * scale).astype(numpy.float16)
        tensors[f"{name}.bias"] = numpy.zeros(dimensions[0], numpy.float32)

    def norm(name):
        tensors[f"{name}.weight"] = numpy.ones(shape.width, numpy.float32)
        tensors[f"{name}.bias"] = numpy.zeros(shape.width, numpy.float32)

    matrix("v.patch_embd", shape.width, 3, shape.patch, shape.patch)
    positions = random.standard_normal((shape.picture_tokens, shape.width))
    tensors["v.position_embd.weight"] = positions.astype(numpy.float32)
    for block in range(shape.blocks):
        norm(f"v.blk.{block}.ln1")
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            matrix(f"v.blk.{block}.{part}", shape.width, shape.width)
        norm(f"v.blk.{block}.ln2")
        matrix(f"v.blk.{block}.ffn_up", shape.forward, shape.width)
        matrix(f"v.blk.{block}.ffn_down", shape.width, shape.forward)
    norm("v.post_ln")
    matrix("mm.0", shape.embedding, shape.width)
    matrix("mm.1", shape.embedding, shape.embedding)
    return tensors


def add_header(writer, shape):
    writer.add_type(gguf.GGUFType.MMPROJ)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("janus_pro")
    writer.add_vision_image_size(shape.image)
    writer.add_vision_patch_size(shape.patch)
    writer.add_vision_embedding_length(shape.width)
    writer.add_vision_feed_forward_length(shape.forward)
    writer.add_vision_block_count(shape.blocks)
    writer.add_vision_head_count(shape.heads)
    writer.add_vision_projection_dim(shape.embedding)
    writer.add_vision_attention_layernorm_eps(1e-6)
    writer.add_vision_image_mean([0.5, 0.5, 0.5])
    writer.add_vision_image_std([0.5, 0.5, 0.5])
    writer.add_vision_use_gelu(True)


def make_projector(path, shape=Shape(), seed=1):
    """Writes the same file for the same shape and seed."""
    writer = gguf.GGUFWriter(str(path), arch="clip")
    add_header(writer, shape)
    for name, tensor in weights(shape, seed).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path, help="the GGUF file to write")
    parser.add_argument("--seed", type=int, default=1)
    for field in dataclasses.fields(Shape):
        parser.add_argument(f"--{field.name}", type=int, default=field.default)
    options = vars(parser.parse_args())
    path, seed = options.pop("file"), options.pop("seed")
    make_projector(path, Shape(**options), seed)


if __name__ == "__main__":
    main()
