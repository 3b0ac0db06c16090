"""Configuration of servers as people write it, with the same secret planted wherever one can stand."""

SECRET = "Hunter2-planted"
NGINX_PROGRAM = """\
case $1 in
-v) echo "nginx version: nginx/1.26.3" >&2 ;;
-V) echo "configure arguments: --prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf" >&2 ;;
*) touch /nginx-was-run ;;
esac
"""
MARIADB_PROGRAM = """\
case $1 in
--version) echo "mariadbd  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)" ;;
--print-defaults)
    echo "mariadbd would have been started with the following arguments:"
    set -- --socket=/run/x.sock --bind-address=0.0.0.0 --skip-grant-tables --local_infile=0
    set -- "$@" --loose-server_audit_logging=ON --plugin_load_add=server_audit --require_secure_transport=1
    echo "$*" --wsrep_sst_auth=root:Hunter2-planted --init-connect=Hunter2-planted ;;
esac
"""
APACHE_PROGRAM = """\
case $1 in
-V) echo "Server version: Apache/2.4.62 (Debian)"; echo ' -D HTTPD_ROOT="/etc/apache2"'
    echo ' -D SERVER_CONFIG_FILE="apache2.conf"' ;;
-l) echo "Compiled in modules:"; echo "  core.c"; echo "  mod_so.c" ;;
esac
"""
NGINX = {
    "/etc/nginx/nginx.conf": """\
user  www-data;  # Hunter2-planted
error_log /var/log/nginx/error.log notice;
http {
    log_format main '$remote_addr - $remote_user [$time_local] "$request" token=Hunter2-planted';
    access_log /var/log/nginx/access.log main;
    server_tokens off;
    add_header Strict-Transport-Security "max-age=31536000" always;
    upstream gates { server 10.0.0.5:8080; server 127.0.0.1:8081 weight=5; }
    include /etc/nginx/conf.d/*.conf;
    include sites-enabled/*;
}
""",
    "/etc/nginx/conf.d/api.conf": r"""
map $http_authorization $who { default "no"; "Bearer Hunter2-planted" "yes"; }
server {
    listen 443 ssl default_server; listen [::]:443 ssl default_server;
    server_name api.example "~^(?<x>\w{2})\.example$";
    ssl_certificate /etc/ssl/a.pem; ssl_certificate_key "data:Hunter2-planted";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers "ECDHE+AESGCM:!aNULL";
    client_max_body_size 10m;
    location / {
        proxy_set_header Authorization "Basic Hunter2-planted";
        proxy_pass http://gates/v1?key=Hunter2-planted;
    }
    location /inner/ { proxy_pass http://user:Hunter2-planted@127.0.0.1:9000; }
    location = /favicon.ico { access_log off; }
    location /files/ { autoindex on; add_header X-Token Hunter2-planted; client_max_body_size 0; }
    location /nginx_status { stub_status; allow 127.0.0.1; deny all; }
    location /open_status { stub_status; }
    if ($arg_key = "Hunter2-planted") { return 200 "Hunter2-planted"; }
    content_by_lua_block { local s = "Hunter2-planted" --
        if s then ngx.say("Hunter2-planted { }") end }
}
""",
    "/etc/nginx/sites-enabled/plain": """\
server { listen 80; server_name a.example; return 301 https://$host$request_uri?x=Hunter2-planted; }
server {
    listen 127.0.0.1:8080;
    server_name b.example;
    server_tokens on;
    access_log off;
    location / { try_files $uri =404; }
    location /old { return 302 https://b.example/; }
}
server {
    listen 80;
    server_name c.example;
    if ($host = c.example) { return 301 https://c.example; }
    return 404;
}
""",
}
REDIS = {
    "/etc/redis/redis.conf": """\
bind 0.0.0.0
port 6379
include /etc/redis/more.inc
masterauth Hunter2-planted
aclfile /etc/redis/users.acl
""",
    "/etc/redis/more.inc": """\
protected-mode no
rename-command CONFIG Hunter2-planted
rename-command FLUSHALL ""
""",
    "/etc/redis/users.acl": """\
user default on nopass ~* +@all
user ann on >Hunter2-planted ~x +@read
""",
    "/etc/redis/locked.conf": """\
port 0
tls-port 6380
requirepass "Hunter2-planted"
bind 127.0.0.1 -::1
""",
}
MOSQUITTO = {
    "/etc/mosquitto/mosquitto.conf": """\
per_listener_settings true
include_dir /etc/mosquitto/conf.d
""",
    "/etc/mosquitto/conf.d/a.conf": """\
listener 1883
allow_anonymous true
listener 8883 192.0.2.1
certfile /c
keyfile /Hunter2-planted
password_file /p
acl_file /a
tls_version tlsv1.2
require_certificate true
connection far
remote_username gate
remote_password Hunter2-planted
""",
}
POSTGRES = {
    "/usr/lib/postgresql/15/bin/postgres": "",
    "/etc/postgresql/15/main/postgresql.conf": """\
data_directory = '/var/lib/postgresql/15/main'		# Hunter2-planted
hba_file = '/etc/postgresql/15/main/pg_hba.conf'	# a comment
listen_addresses = '*'   # Hunter2-planted
primary_conninfo = 'host=x password=Hunter2-planted'
ssl = on
include_dir = 'conf.d'
log_connections = yes
""",
    "/etc/postgresql/15/main/conf.d/audit.conf": """\
shared_preload_libraries = 'pg_stat_statements,pgaudit'
pgaudit.log = 'ddl, role'
log_disconnections on
""",
    "/var/lib/postgresql/15/main/PG_VERSION": """\
15
""",
    "/var/lib/postgresql/15/main/postgresql.auto.conf": """\
ssl = 'off'
port = 5433
""",
    "/etc/postgresql/15/main/pg_hba.conf": """\
# TYPE DATABASE USER ADDRESS METHOD
local all postgres peer
host all all 127.0.0.1/32 trust
hostssl parking gate 10.0.0.0 255.255.255.0 scram-sha-256
host all all 0.0.0.0/0 md5
host all all all ldap ldapserver=x ldapbindpasswd=Hunter2-planted
""",
}
SNMP = {
    "/etc/snmp/snmpd.conf": """\
agentaddress udp:161
rocommunity public default -V systemonly
rwcommunity Hunter2-planted
com2sec local localhost Hunter2-planted
createUser ann SHA Hunter2-planted AES Hunter2-planted
""",
}
APACHE = {
    "/etc/apache2/envvars": """\
export APACHE_RUN_USER=www-data
export TOKEN=Hunter2-planted
""",
    "/etc/apache2/apache2.conf": """\
User ${APACHE_RUN_USER}
ErrorLog ${APACHE_LOG_DIR}/error.log
Listen 80
Listen 8080
IncludeOptional mods-enabled/*.load
<IfModule ssl_module>
    Listen 443
</IfModule>
<IfModule !mod_ssl.c>
    Listen 9999
</IfModule>
<IfDefine NEVER>
    Listen 7777
</IfDefine>
<Directory /var/www/>
    Options Indexes FollowSymLinks
</Directory>
<Directory /srv>
    Options +Indexes -Indexes
</Directory>
ServerTokens Prod
TraceEnable Off
SetEnv DB_PASSWORD Hunter2-planted
IncludeOptional sites-enabled/*.conf
""",
    "/etc/apache2/mods-enabled/some.load": """\
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule headers_module /m/mod_headers.so
LoadModule autoindex_module /m/mod_autoindex.so
LoadModule status_module /m/mod_status.so
""",
    "/etc/apache2/sites-enabled/a.conf": r"""
<VirtualHost *:80>
    ServerName a.example
    Redirect permanent / https://a.example/
    CustomLog ${APACHE_LOG_DIR}/a.log combined
</VirtualHost>
<VirtualHost *:443>
    ServerName a.example:443
    DocumentRoot /var/www/html
    SSLEngine on
    SSLProtocol all -SSLv3 -TLSv1 \
        -TLSv1.1
    Header always set Strict-Transport-Security "max-age=63072000; includeSubDomains"
    RequestHeader set Authorization "Bearer Hunter2-planted"
    ProxyPass /api http://ann:Hunter2-planted@10.0.0.9:8080/api?k=Hunter2-planted
    ProxyPass /local http://localhost:8081/
    <If "%{HTTP:X-Key} == 'Hunter2-planted'">
        Require all denied
    </If>
    <Location /server-status>
        SetHandler server-status
    </Location>
</VirtualHost>
""",
}
