# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A folder in which one value is wrong, for each value that the importer reads: tfc says where and what it expected.

    python wrong-values.py FOLDER [--print]      # tfc is found by PATH; --print shows what tfc says
"""
import copy
import json
import pathlib
import runpy
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
GONE = object()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS = [*SPECIAL, "a", "b", "c", "d", "##e", "f", "g"]
TOKENIZER = {
    "version": "1.0", "truncation": {"max_length": 12, "stride": 0, "strategy": "LongestFirst", "direction": "Right"},
    "padding": None,
    "added_tokens": [dict(id=i, content=text, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
                     for i, text in enumerate(SPECIAL)],
    "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                   "lowercase": True},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "BertPreTokenizer"}]},
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                   {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
        "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                 {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {t: {"id": t, "ids": [WORDS.index(t)], "tokens": [t]} for t in ("[CLS]", "[SEP]")}},
    "decoder": None,
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
              "vocab": {word: i for i, word in enumerate(WORDS)}},
}
WITH_TOKENIZER = {"config_sentence_transformers.json": {}, "tokenizer.json": TOKENIZER}
WITH_VOCABULARY = {"vocab.txt": "\n".join(WORDS), "special_tokens_map.json": {"additional_special_tokens": ["a"]},
                   "tokenizer_config.json": {"do_lower_case": True, "added_tokens_decoder": {"0": {"content": "[PAD]"}}}}

# Of a sentence-transformers folder, and of a classifier's: the file, the place in it, the value, what tfc says, and its
# exit code where that is not 1.
POOLING, LIMITS, PROMPTS = "1_Pooling/config.json", "sentence_bert_config.json", "config_sentence_transformers.json"
SENTENCES = [
    ("modules.json", [], {}, '$: expected an array, found an object of 0 members'),
    ("modules.json", [], [], '$: expected the modules Transformer and Pooling', 3),
    ("modules.json", [0, "type"], 1, '$[0].type: expected a string, found 1'),
    ("modules.json", [0, "type"], GONE, '$[0]: the key "type" is missing'),
    ("modules.json", [0, "path"], 1, '$[0].path: expected a string, found 1'),
    ("modules.json", [1, "path"], "..", '$[1].path: expected the name of a folder inside this one, found ".."'),
    ("modules.json", [1, "type"], "Pooling2",
     '$[1].type: the module Pooling2 is not supported here; supported: Transformer, Pooling and, after them, Normalize', 3),
    ("modules.json", [1, "path"], "a\0b", '$[1].path: expected the name of a folder inside this one, found "a\\u0000b"'),
    ("modules.json", [1, "path"], "none", "none: no such folder"),
    ("modules.json", [3], {"type": "models.Dense"},
     '$[3].type: the module Dense is not supported here; supported: Transformer, Pooling and, after them, Normalize', 3),
    (POOLING, [], {}, '$: expected a pooling mode that is true, found an object of 0 members'),
    (POOLING, ["pooling_mode"], 1, '$.pooling_mode: expected a string, found 1'),
    (POOLING, ["pooling_mode"], "last",
     '$.pooling_mode: the pooling mode last is not supported; supported: cls_token, lasttoken, max_tokens, mean_sqrt_len_tokens, mean_tokens', 3),
    (POOLING, ["pooling_mode_mean_tokens"], "yes", '$.pooling_mode_mean_tokens: expected true or false, found "yes"'),
    (POOLING, ["pooling_mode_max_tokens"], True, '$.pooling_mode_max_tokens: several pooling modes at once are not supported', 3),
    (POOLING, ["embedding_dimension"], 9, '$.embedding_dimension: 9 disagrees with $.word_embedding_dimension, another spelling: 8'),
    (POOLING, ["embedding_dimension"], "8",
     '$.embedding_dimension: "8" disagrees with $.word_embedding_dimension, another spelling: 8'),
    (POOLING, ["word_embedding_dimension"], "8", '$.word_embedding_dimension: expected a positive integer, found "8"'),
    (POOLING, ["frobnicate"], True, '$: not supported and it may change the results: frobnicate = true', 3),
    (LIMITS, [], [], '$: expected an object, found an array of 0 elements'),
    (LIMITS, ["max_seq_length"], "12", '$.max_seq_length: expected a positive integer, found "12"'),
    (LIMITS, ["do_lower_case"], 1, '$.do_lower_case: expected true or false, found 1'),
    (LIMITS, ["do_lower_case"], True,
     '$: do_lower_case = true is not supported; a tokenizer says by itself whether it makes letters small', 3),
    (LIMITS, ["transformer_task"], 1, '$.transformer_task: expected a string, found 1'),
    (LIMITS, ["transformer_task"], "fill-mask",
     '$: transformer_task = "fill-mask" is not supported; supported: feature-extraction', 3),
    (PROMPTS, [], [], '$: expected an object, found an array of 0 elements'),
    (PROMPTS, ["default_prompt_name"], "query", '$.default_prompt_name: a default prompt is not supported', 3),
    ("config.json", ["layer_norm_eps"], "x", '$.layer_norm_eps: expected a number, found "x"'),
    ("config.json", ["layer_norm_eps"], 1, '$.layer_norm_eps: expected a number above 0 and below 1, found 1'),
    ("config.json", ["type_vocab_size"], "2", '$.type_vocab_size: expected a positive integer, found "2"'),
    ("config.json", ["hidden_act"], 1, '$.hidden_act: expected a string, found 1'),
    ("config.json", ["is_decoder"], 1, '$.is_decoder: expected true or false, found 1'),
    ("config.json", ["position_embedding_type"], 1, '$.position_embedding_type: expected a string, found 1'),
    ("config.json", ["pruned_heads"], 1, '$.pruned_heads: expected an object, found 1'),
    ("config.json", ["pruned_heads"], {"0": [1]}, '$.pruned_heads: pruned heads are not supported', 3),
    ("tokenizer.json", [], [], '$: expected an object, found an array of 0 elements'),
    ("tokenizer.json", ["version"], 1, '$.version: expected a string, found 1'),
    ("tokenizer.json", ["model"], GONE, '$: the key "model" is missing'),
    ("tokenizer.json", ["model", "type"], 1, '$.model.type: expected a string, found 1'),
    ("tokenizer.json", ["model", "type"], "Guess", '$.model: the model "Guess" is unknown; supported: WordPiece, BPE, WordLevel, Unigram'),
    ("tokenizer.json", ["model", "vocab"], [], '$.model.vocab: expected an object, found an array of 0 elements'),
    ("tokenizer.json", ["model", "vocab"], {},
     '$.model.unk_token: the unknown token "[UNK]" is not in model.vocab, which has 0 tokens'),
    ("tokenizer.json", ["model", "vocab", "a"], "4", '$.model.vocab.a: expected an integer, found "4"'),
    ("tokenizer.json", ["model", "vocab", "a"], 5, '$.model.vocab.b: id 5 is given twice, to "a" and to "b"'),
    ("tokenizer.json", ["model", "vocab", "a"], 1 << 40,
     '$.model.vocab.a: expected an id from 0 to 10, as the model\'s vocabulary has 11, found 1099511627776'),
    ("tokenizer.json", ["model", "unk_token"], "[NONE]",
     '$.model.unk_token: the unknown token "[NONE]" is not in model.vocab, which has 11 tokens'),
    ("tokenizer.json", ["model", "unk_token"], 1, '$.model.unk_token: expected a string, found 1'),
    ("tokenizer.json", ["model", "continuing_subword_prefix"], 1,
     '$.model.continuing_subword_prefix: expected a string, found 1'),
    ("tokenizer.json", ["model", "max_input_chars_per_word"], -1,
     '$.model.max_input_chars_per_word: expected an integer of at least 0, found -1'),
    ("tokenizer.json", ["added_tokens"], {}, '$.added_tokens: expected an array, found an object of 0 members'),
    ("tokenizer.json", ["added_tokens", 0, "content"], 1, '$.added_tokens[0].content: expected a string, found 1'),
    ("tokenizer.json", ["added_tokens", 0, "id"], "0", '$.added_tokens[0].id: expected an integer, found "0"'),
    ("tokenizer.json", ["added_tokens", 0, "id"], 7, '$.added_tokens[0].id: id 7 is given twice, to "d" and to "[PAD]"'),
    ("tokenizer.json", ["added_tokens", 0, "normalized"], 1, '$.added_tokens[0].normalized: expected true or false, found 1'),
    ("tokenizer.json", ["added_tokens", 0, "lstrip"], 1, '$.added_tokens[0].lstrip: expected true or false, found 1'),
    ("tokenizer.json", ["normalizer", "type"], 1, '$.normalizer.type: expected a string, found 1'),
    ("tokenizer.json", ["normalizer", "type"], "Scramble",
     '$.normalizer: the normalizer "Scramble" is unknown; supported: BertNormalizer, Lowercase, NFC, NFD, NFKC, '
     'NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip'),
    ("tokenizer.json", ["normalizer", "strip_accents"], 1, '$.normalizer.strip_accents: expected true or false, found 1'),
    ("tokenizer.json", ["normalizer", "lowercase"], 1, '$.normalizer.lowercase: expected true or false, found 1'),
    ("tokenizer.json", ["pre_tokenizer", "type"], "Sequences",
     '$.pre_tokenizer: the pre-tokenizer "Sequences" is unknown; supported: BertPreTokenizer, ByteLevel, CharDelimiterSplit, '
     'Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, Whitespace, WhitespaceSplit'),
    ("tokenizer.json", ["pre_tokenizer", "pretokenizers"], {},
     '$.pre_tokenizer.pretokenizers: expected an array, found an object of 0 members'),
    ("tokenizer.json", ["pre_tokenizer", "pretokenizers"], GONE, '$.pre_tokenizer: the key "pretokenizers" is missing'),
    ("tokenizer.json", ["pre_tokenizer", "pretokenizers", 0, "type"], "x",
     '$.pre_tokenizer.pretokenizers[0]: the pre-tokenizer "x" is unknown; supported: BertPreTokenizer, ByteLevel, CharDelimiterSplit, '
     'Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, Whitespace, WhitespaceSplit'),
    ("tokenizer.json", ["post_processor", "type"], 1, '$.post_processor.type: expected a string, found 1'),
    ("tokenizer.json", ["post_processor", "type"], "x",
     '$.post_processor: the post-processor "x" is unknown; supported: TemplateProcessing, BertProcessing, '
     'RobertaProcessing, ByteLevel, Sequence'),
    ("tokenizer.json", ["post_processor", "single"], {},
     '$.post_processor.single: expected an array, found an object of 0 members'),
    ("tokenizer.json", ["post_processor", "single", 0], {"x": 1},
     '$.post_processor.single[0]: expected a Sequence or a SpecialToken, found an object of 1 member'),
    ("tokenizer.json", ["post_processor", "single", 0, "SpecialToken", "id"], 1,
     '$.post_processor.single[0].SpecialToken.id: expected a string, found 1'),
    ("tokenizer.json", ["post_processor", "single", 0, "SpecialToken", "id"], "[MASK]",
     '$.post_processor.single[0].SpecialToken.id: "[MASK]" is not among special_tokens'),
    ("tokenizer.json", ["post_processor", "single", 0, "SpecialToken", "type_id"], -1,
     '$.post_processor.single[0].SpecialToken.type_id: expected an integer from 0 to 16777215, found -1'),
    ("tokenizer.json", ["post_processor", "single", 1, "Sequence", "id"], "B",
     '$.post_processor.single[1].Sequence.id: expected "A", found "B"'),
    ("tokenizer.json", ["post_processor", "pair", 1, "Sequence", "id"], "C",
     '$.post_processor.pair[1].Sequence.id: expected "A" or "B", found "C"'),
    ("tokenizer.json", ["post_processor", "special_tokens"], GONE,
     '$.post_processor.single[0].SpecialToken.id: "[CLS]" is not among special_tokens'),
    ("tokenizer.json", ["post_processor", "special_tokens", "[CLS]", "ids"], GONE,
     '$.post_processor.special_tokens["[CLS]"]: the key "ids" is missing'),
    ("tokenizer.json", ["post_processor", "special_tokens", "[CLS]", "tokens"], GONE,
     '$.post_processor.special_tokens["[CLS]"]: the key "tokens" is missing'),
    ("tokenizer.json", ["post_processor", "special_tokens", "[CLS]", "tokens"], "[CLS]",
     '$.post_processor.special_tokens["[CLS]"]: expected as many ids as tokens'),
    ("tokenizer.json", ["post_processor", "special_tokens", "[CLS]", "ids"], 2,
     '$.post_processor.special_tokens["[CLS]"]: expected as many ids as tokens'),
    ("tokenizer.json", ["post_processor", "special_tokens", "[CLS]", "tokens"], [],
     '$.post_processor.special_tokens["[CLS]"]: expected as many ids as tokens'),
    ("tokenizer.json", ["post_processor", "special_tokens", "[CLS]", "tokens"], [1],
     '$.post_processor.special_tokens["[CLS]"].tokens[0]: expected a string, found 1'),
    ("tokenizer.json", ["post_processor", "special_tokens", "[CLS]", "tokens"], ["x"],
     '$.post_processor.special_tokens["[CLS]"].tokens[0]: the special token "x" is not in the vocabulary of 11 tokens'),
    ("tokenizer.json", ["post_processor", "special_tokens", "[CLS]", "ids"], ["x"],
     '$.post_processor.special_tokens["[CLS]"].ids[0]: expected an integer, found "x"'),
    ("tokenizer.json", ["post_processor", "special_tokens", "[CLS]", "ids"], [3],
     '$.post_processor.special_tokens["[CLS]"].ids[0]: expected 2, the id of "[CLS]" in the vocabulary, found 3'),
    ("tokenizer.json", ["post_processor"], {"type": "BertProcessing", "sep": ["[SEP]", 3]},
     '$.post_processor: the key "cls" is missing'),
    ("tokenizer.json", ["post_processor"], {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]"]},
     '$.post_processor.cls: expected a token and its id, found an array of 1 element'),
    ("tokenizer.json", ["post_processor"], {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 2]},
     '$.post_processor.sep[1]: expected 3, the id of "[SEP]" in the vocabulary, found 2'),
    ("tokenizer.json", ["truncation", "max_length"], -1,
     '$.truncation.max_length: expected an integer of at least 0, found -1'),
    ("tokenizer.json", ["truncation", "max_length"], 1,
     '$.truncation.max_length: expected at least 2, the number of special tokens around a text, found 1'),
    ("tokenizer.json", ["truncation", "stride"], "x", '$.truncation.stride: expected an integer of at least 0, found "x"'),
    ("tokenizer.json", ["truncation", "stride"], 10,
     '$.truncation.stride: expected less than the 10 tokens that are kept of a text, found 10'),
    ("tokenizer.json", ["truncation", "strategy"], 1, '$.truncation.strategy: expected a string, found 1'),
    ("tokenizer.json", ["truncation", "strategy"], "Shortest",
     '$.truncation.strategy: expected "LongestFirst", "OnlyFirst" or "OnlySecond", found "Shortest"'),
    ("tokenizer.json", ["truncation", "direction"], 1, '$.truncation.direction: expected a string, found 1'),
    ("tokenizer.json", ["truncation", "direction"], "Up", '$.truncation.direction: expected "Left" or "Right", found "Up"'),
]
MAP, SETTINGS = "special_tokens_map.json", "tokenizer_config.json"  # beside a vocab.txt
VOCABULARY = [
    (MAP, [], [], '$: expected an object, found an array of 0 elements'),
    (MAP, ["unk_token"], 1, '$.unk_token: expected an object with the key "content", found 1'),
    (MAP, ["unk_token"], {}, '$.unk_token: the key "content" is missing'),
    (MAP, ["unk_token"], {"content": 1}, '$.unk_token.content: expected a string, found 1'),
    (MAP, ["unk_token"], "[NONE]", 'vocab.txt: the unknown token "[NONE]" is not among the 11 tokens'),
    (MAP, ["cls_token"], {"content": "[CLS]", "lstrip": 1}, '$.cls_token.lstrip: expected true or false, found 1'),
    (MAP, ["additional_special_tokens"], {}, '$.additional_special_tokens: expected an array, found an object of 0 members'),
    (MAP, ["additional_special_tokens"], [1],
     '$.additional_special_tokens[0]: expected an object with the key "content", found 1'),
    (MAP, ["additional_special_tokens"], ["new"],
     'vocab.txt: the special token "new": expected an id from 0 to 10, as the model\'s vocabulary has 11, found 11'),
    (SETTINGS, ["do_lower_case"], "yes", '$.do_lower_case: expected true or false, found "yes"'),
    (SETTINGS, ["added_tokens_decoder"], [], '$.added_tokens_decoder: expected an object, found an array of 0 elements'),
    (SETTINGS, ["added_tokens_decoder"], {"0": 1},
     '$.added_tokens_decoder["0"]: expected an object with the key "content", found 1'),
]
ROBERTA = [
    ("config.json", ["pad_token_id"], "1", '$.pad_token_id: expected an integer from 0 to 10, found "1"'),
    ("config.json", ["pad_token_id"], 11, '$.pad_token_id: expected an integer from 0 to 10, found 11'),
    ("config.json", ["tie_word_embeddings"], 1, '$.tie_word_embeddings: expected true or false, found 1'),
]
CLASSIFIER = [
    ("config.json", ["architectures"], "BertModel", '$.architectures: expected an array, found "BertModel"'),
    ("config.json", ["architectures"], [1], '$.architectures[0]: expected a string, found 1'),
    ("config.json", ["architectures"], ["GPT2Model"],
     '$.architectures[0]: the architecture GPT2Model is not supported; supported: BertModel, BertForMaskedLM, BertForPreTraining, '
     'BertForNextSentencePrediction, BertForSequenceClassification, BertForTokenClassification, BertForQuestionAnswering', 3),
    ("config.json", ["num_labels"], "3", '$.num_labels: expected a positive integer, found "3"'),
    ("config.json", ["id2label"], [], '$.id2label: expected an object, found an array of 0 elements'),
    ("config.json", ["id2label"], {}, '$.id2label: expected at least one label, found an object of 0 members'),
    ("config.json", ["id2label"], {"0": "a", "1": "b", "x": "c"},
     '$.id2label: expected the numbers 0 to 2 as keys, found an object of 3 members'),
    ("config.json", ["id2label"], {"0": "a", "1": "b", "1 ": "c"},
     '$.id2label: expected the numbers 0 to 2 as keys, found an object of 3 members'),
    ("config.json", ["id2label"], {"0": "a", "1": "b", "9": "c"},
     '$.id2label: expected the numbers 0 to 2 as keys, found an object of 3 members'),
    ("config.json", ["id2label"], {"0": "a", "1": "b", "01": "c"},
     '$.id2label: expected the numbers 0 to 2 as keys, found an object of 3 members'),
    ("config.json", ["id2label"], {"0": "a", "1": "b", "2": 3}, '$.id2label["2"]: expected a string, found 3'),
    ("config.json", ["num_labels"], 2, '$.num_labels: expected 3, the size of id2label, found 2'),
    ("config.json", ["problem_type"], 1, '$.problem_type: expected a string, found 1'),
]
ROTARY, GENERATION = "rope_parameters", "generation_config.json"
KINDS = "default, linear, dynamic, llama3, yarn"
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 8}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4}
LLAMA = [
    ("config.json", ["num_key_value_heads"], "2", '$.num_key_value_heads: expected a positive integer, found "2"'),
    ("config.json", ["head_dim"], 0, '$.head_dim: expected a positive integer, found 0'),
    ("config.json", ["head_dim"], 3,
     '$: rotary positions turn pairs of columns, expected an even number of them in a head, found 3', 3),
    ("config.json", ["head_dim"], 1 << 30, '$.num_attention_heads: expected at most 1 heads of 1073741824 columns, found 4'),
    ("config.json", ["num_attention_heads"], 3,
     '$.num_key_value_heads: expected a divisor of num_attention_heads = 3, found 2'),
    ("config.json", ["num_hidden_layers"], 1 << 20,
     '$.num_hidden_layers: expected at most 21 layers, one for each tensor of the weights, found 1048576'),
    ("config.json", ["max_position_embeddings"], 0, '$.max_position_embeddings: expected a positive integer, found 0'),
    ("config.json", ["rms_norm_eps"], 0, '$.rms_norm_eps: expected a number above 0 and below 1, found 0'),
    ("config.json", ["rms_norm_eps"], "x", '$.rms_norm_eps: expected a number, found "x"'),
    ("config.json", ["hidden_act"], 1, '$.hidden_act: expected a string, found 1'),
    ("config.json", ["attention_bias"], 1, '$.attention_bias: expected true or false, found 1'),
    ("config.json", ["mlp_bias"], "no", '$.mlp_bias: expected true or false, found "no"'),
    ("config.json", ["tie_word_embeddings"], 0, '$.tie_word_embeddings: expected true or false, found 0'),
    ("config.json", ["rope_interleaved"], 0, '$.rope_interleaved: expected true or false, found 0'),
    ("config.json", ["pruned_heads"], {"0": [1]}, '$.pruned_heads: pruned heads are not supported', 3),
    ("config.json", ["is_encoder_decoder"], True,
     '$.is_encoder_decoder: only decoders without an encoder are supported, expected false, found true', 3),
    ("config.json", ["rope_scaling"], {"type": "spiral", "factor": 2},
     '$.rope_scaling.type: rotary positions of the type "spiral" are not supported; supported: default, linear, dynamic, llama3, yarn', 3),
    ("config.json", ["rope_scaling"], {"type": "linear", "factor": 2},
     '$.rope_scaling: an object of 2 members disagrees with $.rope_parameters, another spelling: an object of 2 members'),
    ("config.json", [ROTARY], [], '$.rope_parameters: expected an object, found an array of 0 elements'),
    ("config.json", [ROTARY, "rope_type"], 1, '$.rope_parameters.rope_type: expected a string, found 1'),
    ("config.json", [ROTARY, "rope_type"], "longrope",
     f'$.rope_parameters.rope_type: rotary positions of the type "longrope" are not supported; supported: {KINDS}', 3),
    ("config.json", [ROTARY, "rope_theta"], "x", '$.rope_parameters.rope_theta: expected a number, found "x"'),
    ("config.json", [ROTARY, "rope_theta"], 1, '$.rope_parameters.rope_theta: expected a number above 1, found 1'),
    ("config.json", [ROTARY, "factor"], 2, '$.rope_parameters: not supported and it may change the results: factor = 2', 3),
    ("config.json", [ROTARY, "partial_rotary_factor"], 0.5,
     '$.rope_parameters.partial_rotary_factor: heads that are turned in part are not supported here, expected 1', 3),
    ("config.json", ["partial_rotary_factor"], "x", '$.partial_rotary_factor: expected a number, found "x"'),
    ("config.json", [ROTARY, "rope_type"], "linear", '$.rope_parameters: the key "factor" is missing'),
    ("config.json", [ROTARY], {"type": "dynamic", "factor": 0.5},
     '$.rope_parameters.factor: expected a number of at least 1, found 0.5'),
    ("config.json", [ROTARY], {**LLAMA3, "high_freq_factor": 1},
     '$.rope_parameters.high_freq_factor: expected more than low_freq_factor = 1, found 1'),
    ("config.json", [ROTARY], {**LLAMA3, "low_freq_factor": 0},
     '$.rope_parameters.low_freq_factor: expected a number above 0, found 0'),
    ("config.json", [ROTARY], {**LLAMA3, "original_max_position_embeddings": 0},
     '$.rope_parameters.original_max_position_embeddings: expected a positive integer, found 0'),
    ("config.json", [ROTARY], {**YARN, "beta_fast": "x"}, '$.rope_parameters.beta_fast: expected a number, found "x"'),
    ("config.json", [ROTARY], {**YARN, "beta_slow": 0}, '$.rope_parameters.beta_slow: expected a number above 0, found 0'),
    ("config.json", [ROTARY], {**YARN, "truncate": 0}, '$.rope_parameters.truncate: expected true or false, found 0'),
    ("config.json", [ROTARY], {**YARN, "mscale": "x"}, '$.rope_parameters.mscale: expected a number, found "x"'),
    ("config.json", [ROTARY], {**YARN, "attention_factor": 0},
     '$.rope_parameters.attention_factor: expected a number above 0, found 0'),
    ("config.json", [ROTARY], {**YARN, "factor": 1e300, "mscale": 1.7e308, "mscale_all_dim": 1},
     '$.rope_parameters: expected rotary positions whose angles are finite'),
    (GENERATION, [], [], '$: expected an object, found an array of 0 elements'),
    (GENERATION, ["eos_token_id"], "x", '$.eos_token_id: expected an integer from 0 to 10, found "x"'),
    (GENERATION, ["eos_token_id"], [2, 11], '$.eos_token_id[1]: expected an integer from 0 to 10, found 11'),
    (GENERATION, ["bos_token_id"], [1], '$.bos_token_id: expected the id of a token, found an array of 1 element'),
    (GENERATION, ["pad_token_id"], -2, '$.pad_token_id: expected an integer from 0 to 10, found -2'),
    (GENERATION, ["bad_words_ids"], 3, '$.bad_words_ids: expected an array, found 3'),
    (GENERATION, ["bad_words_ids"], [3], '$.bad_words_ids[0]: expected an array, found 3'),
    (GENERATION, ["bad_words_ids"], [["x"]], '$.bad_words_ids[0][0]: expected an integer from 0 to 10, found "x"'),
    (GENERATION, ["max_new_tokens"], -1, '$.max_new_tokens: expected an integer from 0 to 2147483647, found -1'),
    (GENERATION, ["top_k"], 1.5, '$.top_k: expected an integer from 0 to 2147483647, found 1.5'),
    (GENERATION, ["top_p"], 1.5, '$.top_p: expected a number from 0 to 1, found 1.5'),
    (GENERATION, ["temperature"], 0, '$.temperature: expected a number above 0, found 0'),
    (GENERATION, ["repetition_penalty"], "x", '$.repetition_penalty: expected a number, found "x"'),
    (GENERATION, ["do_sample"], 1, '$.do_sample: expected true or false, found 1'),
]
QWEN2 = [
    ("config.json", ["use_sliding_window"], 1, '$.use_sliding_window: expected true or false, found 1'),
    ("config.json", ["sliding_window"], 0, '$.sliding_window: expected a positive integer, found 0'),
    ("config.json", ["max_window_layers"], -1, '$.max_window_layers: expected an integer from 0 to 2147483647, found -1'),
    ("config.json", ["layer_types"], {}, '$.layer_types: expected an array, found an object of 0 members'),
    ("config.json", ["layer_types"], ["full_attention"],
     '$.layer_types: expected the types of 2 layers, found an array of 1 element'),
    ("config.json", ["layer_types"], ["full_attention", 1], '$.layer_types[1]: expected a string, found 1'),
    ("config.json", ["layer_types"], ["full_attention", "chunked_attention"],
     '$.layer_types[1]: layers of the type "chunked_attention" are not supported; supported: full_attention, sliding_attention', 3),
    ("config.json", ["layer_types"], ["full_attention", "sliding_attention"],
     '$.layer_types: expected use_sliding_window = true and a sliding_window where a layer is sliding_attention'),
    ("config.json", ["num_key_value_heads"], GONE,
     '$: num_key_value_heads: expected a divisor of num_attention_heads = 4, found none, which stands for 32'),
]
GPT2 = [
    ("config.json", ["n_inner"], 0, '$.n_inner: expected a positive integer, found 0'),
    ("config.json", ["n_head"], 3, '$.n_head: expected a divisor of n_embd = 8, found 3'),
    ("config.json", ["scale_attn_weights"], 1, '$.scale_attn_weights: expected true or false, found 1'),
    ("config.json", ["scale_attn_by_inverse_layer_idx"], "x",
     '$.scale_attn_by_inverse_layer_idx: expected true or false, found "x"'),
    ("config.json", ["hidden_size"], 9, '$.hidden_size: 9 disagrees with $.n_embd, another spelling: 8'),
]


def changed(document, place, value):
    """The document with another value at the place, which is a list of keys and indices."""
    if not place:
        return value
    document = copy.deepcopy(document)
    inside = document
    for key in place[:-1]:
        inside = inside[key]
    if value is GONE:
        del inside[place[-1]]
    elif place[-1] == len(inside) and isinstance(inside, list):
        inside.append(value)
    else:
        inside[place[-1]] = value
    return document


def folder(path, extra, maker, *options):
    """A good folder, and its JSON files by name."""
    sys.argv[1:] = [str(path), *options]
    runpy.run_path(HERE / f"Inputs/make-{maker}.py", run_name="__main__")
    for name, document in extra.items():
        (path / name).write_text(document if isinstance(document, str) else json.dumps(document))
    return {str(file.relative_to(path)): json.loads(file.read_text()) for file in path.rglob("*.json")}


def compiled(path):
    return subprocess.run(["tfc", path, "--cpu=x86-64", "-o", path / "model.so"], capture_output=True, text=True)


def main():
    work, show = pathlib.Path(sys.argv[1]), "--print" in sys.argv
    failures = 0
    for name, options, extra, cases in (
            ("sentences", ["encoder", "--sentences", "mean_tokens"], WITH_TOKENIZER, SENTENCES),
            ("roberta", ["encoder", "--family", "roberta", "--head", "ForMaskedLM"], {}, ROBERTA),
            ("classifier", ["encoder", "--head", "ForSequenceClassification"], {}, CLASSIFIER),
            ("vocabulary", ["encoder"], WITH_VOCABULARY, VOCABULARY),
            ("llama", ["decoder", "--family", "llama"], {GENERATION: {}}, LLAMA),
            ("qwen2", ["decoder", "--family", "qwen2"], {}, QWEN2),
            ("gpt2", ["decoder", "--family", "gpt2"], {}, GPT2)):
        path = work / name
        files = folder(path, extra, *options)
        good = compiled(path)
        assert good.returncode == 0 and not good.stderr, good.stderr
        for file, place, value, expected, *code in cases:
            (path / file).write_text(json.dumps(changed(files[file], place, value)))
            done = compiled(path)
            said = done.stderr.replace(f"{path}/", "").strip()
            (path / file).write_text(json.dumps(files[file]))
            if show:
                print(f"{done.returncode} {file} {place} {'gone' if value is GONE else json.dumps(value)}: {said}")
            elif [done.returncode] != (code or [1]) or said not in (f"error: {file}: {expected}", f"error: {expected}"):
                failures += 1
                print(f"{file}, {place} = {value}: exit code {done.returncode}, {said!r}; expected {expected!r}")
    assert not failures, f"{failures} answers are not as expected"


if __name__ == "__main__":
    main()
