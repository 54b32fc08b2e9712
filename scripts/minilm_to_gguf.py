#!/usr/bin/env python3
"""Converts a BERT sentence encoder such as all-MiniLM-L6-v2 to a GGUF file for llama-server.

Reads config.json, model.safetensors and the vocabulary (vocab.txt, else tokenizer.json) of a folder.
Matrices become F16; vectors, position and token-type embeddings stay F32, as the engine expects them.
"""

import argparse
import json
import pathlib
import struct

import gguf
import numpy

LAYER_NAMES = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
EMBEDDING_NAMES = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}
HALF_PRECISION_EMBEDDINGS = {"token_embd.weight"}
DTYPES = {"F32": "<f4", "F16": "<f2"}


def read_safetensors(path):
    """The float tensors of a file, by name: a length, a JSON header, then the raw numbers."""
    raw = path.read_bytes()
    (header_bytes,) = struct.unpack_from("<Q", raw)
    header = json.loads(raw[8 : 8 + header_bytes])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] not in DTYPES:
            continue
        start, end = (8 + header_bytes + offset for offset in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(raw[start:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def read_vocabulary(folder):
    """The word pieces in the order of their ids."""
    listing = folder / "vocab.txt"
    if listing.exists():
        return listing.read_text(encoding="utf-8").split("\n")[:-1]
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    ids = tokenizer["model"]["vocab"]
    return sorted(ids, key=ids.get)


def gguf_token(piece):
    """GGUF marks the start of a word, WordPiece its continuation."""
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        return piece, gguf.TokenType.CONTROL
    if piece.startswith("##"):
        return piece[2:], gguf.TokenType.NORMAL
    return f"\u2581{piece}", gguf.TokenType.NORMAL


def gguf_names(layers):
    """Each tensor's name in GGUF, by its name in the model."""
    names = dict(EMBEDDING_NAMES)
    for layer in range(layers):
        for theirs, ours in LAYER_NAMES.items():
            for kind in ("weight", "bias"):
                names[f"encoder.layer.{layer}.{theirs}.{kind}"] = f"blk.{layer}.{ours}.{kind}"
    return names


def stored(name, tensor):
    is_matrix = tensor.ndim == 2 and (name.startswith("blk.") or name in HALF_PRECISION_EMBEDDINGS)
    return tensor.astype(numpy.float16 if is_matrix else numpy.float32)


def describe_model(writer, config):
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)


def describe_tokenizer(writer, config, vocabulary):
    tokens, types = zip(*map(gguf_token, vocabulary))
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(list(tokens))
    writer.add_token_types(list(types))
    writer.add_token_type_count(config["type_vocab_size"])
    writer.add_bos_token_id(vocabulary.index("[CLS]"))
    writer.add_eos_token_id(vocabulary.index("[SEP]"))
    writer.add_sep_token_id(vocabulary.index("[SEP]"))
    writer.add_unk_token_id(vocabulary.index("[UNK]"))
    writer.add_pad_token_id(vocabulary.index("[PAD]"))
    writer.add_mask_token_id(vocabulary.index("[MASK]"))


def convert(folder, target):
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors = read_safetensors(folder / "model.safetensors")
    writer = gguf.GGUFWriter(target, "bert")
    describe_model(writer, config)
    describe_tokenizer(writer, config, read_vocabulary(folder))
    for theirs, ours in gguf_names(config["num_hidden_layers"]).items():
        writer.add_tensor(ours, stored(ours, tensors[theirs]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="the model's folder")
    parser.add_argument("target", type=pathlib.Path, help="the GGUF file to write")
    arguments = parser.parse_args()
    convert(arguments.folder, arguments.target)


if __name__ == "__main__":
    main()
