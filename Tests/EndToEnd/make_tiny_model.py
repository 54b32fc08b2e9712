"""Writes language models of random weights that llama-server runs: each keeps prompts in another way.

They have SmolLM2's tokenizer and chat template, and say nothing sensible. What they say depends on all that they have
read, so that a wrong state shows.
"""

import functools

import gguf
import numpy

WIDTH, HEADS, FORWARD = 64, 4, 128
HEAD = WIDTH // HEADS


@functools.cache
def tokenizer_of(path):
    """Keys with values and types, and how many tokens there are."""
    fields = gguf.GGUFReader(path).fields
    keys = {
        name: (field.contents(), *field.types[:2]) for name, field in fields.items() if name.startswith("tokenizer.")}
    return keys, len(fields["tokenizer.ggml.tokens"].data)


class Model:
    """A model's file as it is written."""

    def __init__(self, path, architecture, blocks, context, tokenizer, seed):
        self.writer = gguf.GGUFWriter(str(path), arch=architecture)
        self.random = numpy.random.default_rng(seed)
        self.blocks = blocks
        self.writer.add_context_length(context)
        self.writer.add_embedding_length(WIDTH)
        self.writer.add_block_count(blocks)
        self.writer.add_layer_norm_rms_eps(1e-6)
        words = self.copy_tokenizer(tokenizer)
        self.matrix("token_embd", words, WIDTH)
        # Another one than of the inputs, so that it does not repeat itself.
        self.add("output.weight", (self.random.standard_normal((words, WIDTH)) / 2).astype(numpy.float16))

    def copy_tokenizer(self, path):
        keys, count = tokenizer_of(path)
        for name, value in keys.items():
            self.writer.add_key_value(name, *value)
        return count

    def add(self, name, tensor):
        self.writer.add_tensor(name, tensor)

    def matrix(self, name, rows, columns):
        # Scaled by the inputs of a row, so that signals neither fade nor grow on their way.
        weights = self.random.standard_normal((rows, columns)) * columns**-0.5
        self.add(f"{name}.weight", weights.astype(numpy.float32))

    def norm(self, name, width=WIDTH):
        self.add(f"{name}.weight", numpy.ones(width, numpy.float32))

    def attention(self, block):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            self.matrix(f"blk.{block}.{part}", WIDTH, WIDTH)
        self.norm(f"blk.{block}.attn_q_norm", HEAD)
        self.norm(f"blk.{block}.attn_k_norm", HEAD)

    def forward(self, block):
        self.norm(f"blk.{block}.ffn_norm")
        self.matrix(f"blk.{block}.ffn_gate", FORWARD, WIDTH)
        self.matrix(f"blk.{block}.ffn_up", FORWARD, WIDTH)
        self.matrix(f"blk.{block}.ffn_down", WIDTH, FORWARD)

    def write(self):
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()


def make_plain(path, tokenizer, blocks=2, context=4096, seed=1):
    """Gemma 3 without windows: all layers keep all tokens."""
    make_sliding(path, tokenizer, None, blocks, context, seed)


def make_sliding(path, tokenizer, window=64, blocks=6, context=4096, seed=1):
    """Gemma 3: all layers but each sixth have a sliding window."""
    model = Model(path, "gemma3", blocks, context, tokenizer, seed)
    model.writer.add_feed_forward_length(FORWARD)
    model.writer.add_head_count(HEADS)
    model.writer.add_head_count_kv(HEADS)
    model.writer.add_key_length(HEAD)
    model.writer.add_value_length(HEAD)
    if window:
        model.writer.add_sliding_window(window)
    model.norm("output_norm")
    for block in range(blocks):
        model.norm(f"blk.{block}.attn_norm")
        model.attention(block)
        model.norm(f"blk.{block}.post_attention_norm")
        model.forward(block)
        model.norm(f"blk.{block}.post_ffw_norm")
    model.write()


def make_recurrent(path, tokenizer, blocks=2, context=4096, seed=1):
    """Mamba: each layer keeps one state in place of all tokens."""
    inner, state, rank, kernel = 2 * WIDTH, 16, 4, 4
    model = Model(path, "mamba", blocks, context, tokenizer, seed)
    model.writer.add_feed_forward_length(0)
    model.writer.add_head_count(0)
    model.writer.add_ssm_conv_kernel(kernel)
    model.writer.add_ssm_inner_size(inner)
    model.writer.add_ssm_state_size(state)
    model.writer.add_ssm_time_step_rank(rank)
    model.norm("output_norm")
    for block in range(blocks):
        name = f"blk.{block}"
        model.norm(f"{name}.attn_norm")
        model.matrix(f"{name}.ssm_in", 2 * inner, WIDTH)
        model.matrix(f"{name}.ssm_conv1d", inner, kernel)
        model.add(f"{name}.ssm_conv1d.bias", numpy.zeros(inner, numpy.float32))
        model.matrix(f"{name}.ssm_x", rank + 2 * state, inner)
        model.matrix(f"{name}.ssm_dt", inner, rank)
        # Steps so small that what was read long ago still counts.
        model.add(f"{name}.ssm_dt.bias", numpy.full(inner, -4, numpy.float32))
        model.add(f"{name}.ssm_a", -numpy.tile(numpy.arange(1, state + 1, dtype=numpy.float32), (inner, 1)))
        model.add(f"{name}.ssm_d", numpy.ones(inner, numpy.float32))
        model.matrix(f"{name}.ssm_out", WIDTH, inner)
    model.write()


def make_hybrid(path, tokenizer, blocks=4, context=4096, seed=1):
    """LFM2: every other layer is a short convolution, which keeps its last inputs alone."""
    kernel = 3
    heads = [HEADS if block % 2 else 0 for block in range(blocks)]
    model = Model(path, "lfm2", blocks, context, tokenizer, seed)
    model.writer.add_feed_forward_length(FORWARD)
    model.writer.add_head_count(HEADS)
    model.writer.add_head_count_kv(heads)
    model.writer.add_shortconv_l_cache(kernel)
    model.norm("token_embd_norm")
    for block in range(blocks):
        name = f"blk.{block}"
        model.norm(f"{name}.attn_norm")
        if heads[block]:
            model.attention(block)
        else:
            model.matrix(f"{name}.shortconv.conv", WIDTH, kernel)
            model.matrix(f"{name}.shortconv.in_proj", 3 * WIDTH, WIDTH)
            model.matrix(f"{name}.shortconv.out_proj", WIDTH, WIDTH)
        model.forward(block)
    model.write()


MAKERS = {"plain": make_plain, "sliding": make_sliding, "recurrent": make_recurrent, "hybrid": make_hybrid}
