#!/bin/sh
# An engine that answers at once: nginx with one worker and a fixed chat completion.
#
#     null_engine.sh SOCKET [PORT [LOCATIONS]]
#
# It listens on the Unix socket, and on the loopback port if one is given. LOCATIONS is a file with other answers, as
# nginx's configuration has them. Its files go beside the socket, into a folder that its caller removes.
set -eu
socket=$1
port=${2:-}
locations=${3:-}
folder=$(dirname "$socket")
if [ -z "$locations" ]; then
    locations=$folder/null-locations.conf
    answer='{"id":"chatcmpl-null","object":"chat.completion","created":1700000000,"model":"null",'
    answer=$answer'"choices":[{"index":0,"message":{"role":"assistant","content":"Nothing, and at once."},'
    answer=$answer'"finish_reason":"stop"}],"usage":{"prompt_tokens":180,"completion_tokens":6,"total_tokens":186}}'
    cat > "$locations" <<CONF
location = /health { return 200 '{"status":"ok"}'; }
location / { return 200 '$answer'; }
CONF
fi
# As root, the worker would become another user, who may not open the socket's folder.
user=
if [ "$(id -u)" = 0 ]; then user="user root;"; fi

cat > "$folder/null.conf" <<CONF
$user
daemon off;
worker_processes 1;
pid $folder/null.pid;
error_log stderr;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_body_temp_path $folder/null-body;
    proxy_temp_path $folder/null-proxy;
    fastcgi_temp_path $folder/null-fastcgi;
    uwsgi_temp_path $folder/null-uwsgi;
    scgi_temp_path $folder/null-scgi;
    default_type application/json;
    server {
        listen unix:$socket;
        ${port:+listen 127.0.0.1:$port;}
        include $locations;
    }
}
CONF
exec nginx -e stderr -p "$folder" -c "$folder/null.conf"
