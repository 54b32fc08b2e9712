#!/bin/sh
# A llama-server that answers at once: it takes llama-server's arguments and has fixed answers in its form (null_engine.sh).
#
#     null_llama_server.sh --host SOCKET [--port PORT] [ARGUMENT ...]
#
# Its chats have 50 tokens, of which the slot held 49; its embeddings 384 numbers. Ember starts it where
# EMBER_LLAMA_SERVER, or llama_server in the configuration, names it.
set -eu
socket=
port=
while [ $# -gt 0 ]; do
    case $1 in
    --version)
        echo "version: 0 (null)"
        exit
        ;;
    --host)
        socket=$2
        shift
        ;;
    --port)
        port=$2
        shift
        ;;
    esac
    shift
done
if [ -z "$socket" ]; then
    echo "null_llama_server.sh: --host is missing; give the path of a Unix socket" >&2
    exit 2
fi
folder=$(dirname "$socket")
locations=$folder/null-llama-locations.conf

chat='{"choices":[{"finish_reason":"stop","index":0,"message":{"role":"assistant","content":"Nothing, and at once."}}],'
chat=$chat'"created":1700000000,"model":"null","system_fingerprint":"b0-null","object":"chat.completion",'
chat=$chat'"usage":{"completion_tokens":6,"prompt_tokens":50,"total_tokens":56,"prompt_tokens_details":{"cached_tokens":49}},'
chat=$chat'"id":"chatcmpl-null","timings":{"cache_n":49,"prompt_n":1,"prompt_ms":0.1,"prompt_per_token_ms":0.1,'
chat=$chat'"prompt_per_second":10000.0,"predicted_n":6,"predicted_ms":0.6,"predicted_per_token_ms":0.1,'
chat=$chat'"predicted_per_second":10000.0}}'

# A quarter of a vector, with as many digits as llama-server writes; nginx takes no text of more than 4 kB.
numbers() {
    awk -v first="$1" 'BEGIN { for (i = first; i < first + 96; i++) printf "%s%.17f", (i > first ? "," : ""), sin(i + 1) / 14 }'
}

cat > "$locations" <<CONF
location = /health { return 200 '{"status":"ok"}'; }
location = /props { return 200 '{"total_slots":64,"model_path":"null"}'; }
location = /slots { return 200 '[]'; }
location /slots/ { return 200 '{"id_slot":0,"n_saved":0,"n_written":0,"n_restored":0,"n_read":0,"n_erased":0}'; }
location = /tokenize { return 200 '{"tokens":[1]}'; }
location ~ /(input_tokens|count_tokens)$ { return 200 '{"input_tokens":50}'; }
location ~ ^(/v1)?/embeddings$ {
    set \$a '$(numbers 0)';
    set \$b '$(numbers 96)';
    set \$c '$(numbers 192)';
    set \$d '$(numbers 288)';
    set \$usage '"usage":{"prompt_tokens":50,"total_tokens":50}';
    return 200 '{"model":"null","object":"list",\$usage,"data":[{"embedding":[\$a,\$b,\$c,\$d],"index":0,"object":"embedding"}]}';
}
location / { return 200 '$chat'; }
CONF
exec "$(dirname "$0")/null_engine.sh" "$socket" "$port" "$locations"
