# What server programs are set to do, through the sieves. The programs' own ways to tell (`nginx -T`,
# `apache2ctl -S`) are not used: they create log files, pid files and directories, and resolve names.

collect_servers() {
    section nginx '
        command -v nginx >/dev/null || exit 127
        eval "$PIDS"
        echo "V $(nginx -v 2>&1 | sed -n "s|.*nginx/\([0-9.]*\).*|\1|p")"
        built=$(nginx -V 2>&1 | tr " " "\n")
        conf=$(echo "$built" | sed -n "s/^--conf-path=//p")
        conf=${conf:-/etc/nginx/nginx.conf}
        set --
        for pid in $(pids nginx); do
            case $(words $pid) in "nginx: master process "*) ;; *) continue ;; esac
            echo "P $pid"
            own=$(words $pid | sed -n "s/^nginx: master process .* -c \([^ ]*\).*/\1/p")
            case $own in /*|"") ;; *) continue ;; esac
            set -- "$@" "${own:-$conf}"
        done
        [ $# -gt 0 ] || set -- "$conf"
        for f do echo "R $f"; done
        SIFT=$NGINX
        set -- "${conf%/*}" "$@"
        eval "$FOLLOW"'
    section apache '
        bin=
        for b in apache2 httpd; do command -v $b >/dev/null && { bin=$b; break; }; done
        [ "$bin" ] || exit 127
        eval "$PIDS"
        built=$($bin -V)
        case $built in *"Server version: Apache"*) ;; *) exit 127 ;; esac # busybox has an httpd too
        echo "V $(echo "$built" | sed -n "s|^Server version: Apache/\([0-9.]*\).*|\1|p")"
        root=$(echo "$built" | sed -n "s/.*HTTPD_ROOT=\"\(.*\)\"/\1/p")
        conf=$(echo "$built" | sed -n "s/.*SERVER_CONFIG_FILE=\"\(.*\)\"/\1/p")
        case $conf in /*) ;; *) conf=$root/$conf ;; esac
        for pid in $(pids $bin); do echo "P $pid"; break; done
        $bin -l | sed -n "s/^ *\(mod_[a-z0-9_]*\)\.c/M \1/p"
        [ -r /etc/apache2/envvars ] && sed -n "s/^export \(APACHE_RUN_USER\|APACHE_LOG_DIR\)=\([A-Za-z0-9_\/-]*\).*/E \1=\2/p" /etc/apache2/envvars
        echo "R $conf"
        SIFT=$APACHE
        set -- "$root" "$conf"
        eval "$FOLLOW"'
    section postgres '
        set -- /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres /usr/libexec/postgresql*/postgres
        for f do shift; [ -x "$f" ] && set -- "$@" "$f"; done
        [ $# -gt 0 ] || command -v postgres >/dev/null || exit 127
        eval "$PIDS"
        KEEP="listen_addresses port ssl ssl_min_protocol_version ssl_ciphers password_encryption log_connections"
        KEEP="$KEEP log_disconnections log_statement log_line_prefix logging_collector log_destination data_directory"
        KEEP="$KEEP hba_file shared_preload_libraries pgaudit.log unix_socket_permissions"
        MARK=krb_server_keyfile
        export KEEP MARK
        set_to() { awk "$KEYED" "$2" | awk -F "\t" "\$1 == \"$1\" { v = \$2 } END { print v }"; }
        all=
        for pid in $(pids postgres) $(pids postmaster); do
            data=$(words $pid | awk "take { print; exit } \$0 == \"-D\" { take = 1 }")
            [ "$data" ] || continue
            own=$(words $pid | sed -n "s/^config_file=//p; s/^--config_file=//p")
            echo "P $pid $data ${own:-$data/postgresql.conf}"
            words $pid | awk "BEGIN { keep = \" $KEEP \" }
                was == \"-p\" { print \"A $pid port\t\" \$0 }
                was == \"-h\" { print \"A $pid listen_addresses\t\" \$0 }
                { was = \$0; sub(/^--/, \"\"); key = tolower(\$0); sub(/=.*/, \"\", key); gsub(/-/, \"_\", key)
                if (/=/ && index(keep, \" \" key \" \")) { sub(/^[^=]*=/, \"\"); print \"A $pid \" key \"\t\" \$0 } }"
            all="$all ${own:-$data/postgresql.conf} $data/postgresql.auto.conf"
        done
        for f in /etc/postgresql/*/*/postgresql.conf /var/lib/pgsql/data/postgresql.conf /var/lib/pgsql/*/data/postgresql.conf \
            /var/lib/postgresql/*/data/postgresql.conf /var/lib/postgresql/data/postgresql.conf; do
            [ -e "$f" ] && all="$all $f"
        done
        for f in $all; do
            case $f in *.auto.conf) ;; *) echo "R $f" ;; esac
            data=$(set_to data_directory "$f")
            data=${data:-${f%/*}}
            [ -d "$data" ] && { stat -c "D %a %n" "$data"; [ -f "$data/PG_VERSION" ] && echo "B $data $(cat "$data/PG_VERSION")"; all="$all $data/postgresql.auto.conf"; }
        done
        SIFT=$KEYED
        set -- - $all
        eval "$FOLLOW"
        SIFT=$HBA
        set -- -
        for f in $all; do
            case $f in *.auto.conf) continue ;; esac
            hba=$(set_to hba_file "$f")
            set -- "$@" "${hba:-${f%/*}/pg_hba.conf}"
        done
        eval "$FOLLOW"'
    section mysql '
        bin=
        for b in mariadbd mysqld; do command -v $b >/dev/null && { bin=$b; break; }; done
        [ "$bin" ] || exit 127
        eval "$PIDS"
        echo "V $($bin --version | sed "s/.*Ver \([^ ]*\).*/\1/")"
        KEEP=" bind-address port skip-networking require-secure-transport skip-grant-tables local-infile log-error"
        KEEP="$KEEP general-log ssl-cert ssl-key ssl skip-ssl tls-version datadir plugin-load-add plugin-load server-audit-logging"
        KEEP="$KEEP server-audit-events default-authentication-plugin authentication-policy log-raw secure-file-priv user "
        pass() { awk "BEGIN { keep = \"$KEEP\" } /^--/ { sub(/^--(loose-)?/, \"\"); key = tolower(\$0); sub(/=.*/, \"\", key); gsub(/_/, \"-\", key)
            if (index(keep, \" \" key \" \")) { if (/=/) sub(/^[^=]*=/, \"\"); else \$0 = \"\"; print \"$1 \" key \"\t\" \$0 } }"; }
        # the program itself resolves its files, groups and drop-ins; it says so and ends
        said=$($bin --print-defaults | tail -n 1 | awk "{ gsub(/ --/, \"\\n--\"); print }") || exit 69
        printf "%s\n" "$said" | pass K
        data=$(printf "%s\n" "$said" | sed -n "s/^--datadir=//p" | tail -n 1)
        [ -d "${data:-/var/lib/mysql}" ] && stat -c "D %a" "${data:-/var/lib/mysql}"
        for pid in $(pids $bin); do echo "P $pid"; words $pid | pass K; break; done
        for f in /etc/my.cnf /etc/mysql/my.cnf /etc/mysql/*.d/*.cnf /etc/my.cnf.d/*.cnf; do
            [ -e "$f" ] && [ ! -r "$f" ] && echo "N $f"
        done
        true'
    section redis '
        bin=
        for b in redis-server valkey-server; do command -v $b >/dev/null && { bin=$b; break; }; done
        [ "$bin" ] || exit 127
        eval "$PIDS"
        set --
        for pid in $(pids $bin); do
            echo "P $pid $(words $pid | head -n 1 | sed "s/.* //; s/[^0-9a-fA-F.:*]//g")"
            own=$(words $pid | sed -n "/^\/.*\.conf\$/p" | head -n 1)
            [ "$own" ] && set -- "$@" "$own"
        done
        for f in /etc/redis/*.conf /etc/redis.conf /etc/valkey/*.conf /etc/valkey.conf; do
            [ -f "$f" ] || continue
            case $f in *sentinel*) continue ;; esac
            set -- "$@" "$f"
        done
        for f do echo "R $f"; done
        KEEP="bind port protected-mode tls-port tls-auth-clients aclfile tls-protocols logfile unixsocketperm syslog-enabled"
        MARK="requirepass masterauth tls-cert-file"
        export KEEP MARK
        SIFT=$KEYED
        set -- - "$@"
        eval "$FOLLOW"
        for f do
            [ -f "$f" ] && [ -r "$f" ] || continue
            acl=$(awk "$KEYED" "$f" | sed -n "s/^aclfile	//p" | tail -n 1 | tr -d "\"")
            [ "$acl" ] || continue
            if [ -r "$acl" ]; then awk "$KEYED" "$acl" | sed "s|^|U $f |"; else echo "X $f"; fi
        done
        true'
    section mosquitto '
        command -v mosquitto >/dev/null || exit 127
        eval "$PIDS"
        set --
        for pid in $(pids mosquitto); do
            own=$(words $pid | awk "take { print; exit } \$0 == \"-c\" || \$0 == \"--config-file\" { take = 1 }")
            echo "P $pid"
            [ "$own" ] && set -- "$@" "$own" || echo "I $pid"
        done
        [ $# -gt 0 ] || set -- /etc/mosquitto/mosquitto.conf
        for f do echo "R $f"; done
        echo "V $(mosquitto -h | sed -n "s/^mosquitto version \([0-9.]*\).*/\1/p")"
        KEEP="listener port bind_address allow_anonymous per_listener_settings tls_version require_certificate protocol"
        KEEP="$KEEP log_dest log_type connection_messages use_identity_as_username socket_domain bridge_insecure connection address"
        MARK="password_file acl_file cafile capath certfile keyfile psk_file plugin auth_plugin bridge_cafile bridge_capath"
        export KEEP MARK
        SIFT=$KEYED
        set -- - "$@"
        eval "$FOLLOW"'
    section snmp '
        command -v snmpd >/dev/null || exit 127
        eval "$PIDS"
        for pid in $(pids snmpd); do echo "P $pid"; done
        KEEP="agentaddress" MARK="rouser rwuser"
        export KEEP MARK
        SIFT=$KEYED
        set -- - /etc/snmp/snmpd.conf /etc/snmp/snmpd.conf.d/*.conf /var/lib/snmp/snmpd.conf
        eval "$FOLLOW"'
}

