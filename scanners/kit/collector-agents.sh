# Jobs, containers, radio profiles, what agents leave behind, and whose the listening sockets are. KNOWN and STAMPS
# (names of programs, patterns of files) come from agents.toml. Of commands only known words and a digest are sent.

# `job SOURCE USER SCHEDULE COMMAND`: one line; `known FILE`: the known programs that a script names.
JOB='WORDS=$(echo $KNOWN | sed "s/\./\\\\./g; s/ /|/g")
known() {
    [ -f "$1" ] && [ -r "$1" ] || return 0
    head -c 65536 "$1" | grep -v "^[[:space:]]*#" | grep -woE "$WORDS"
}
job() {
    found=
    set -f
    first=${4%%[ 	]*}
    for w in $4; do
        w=${w#(}; b=${w##*/}; b=${b%%[;)|&]*}
        case " $KNOWN " in *" $b "*) [ "$b" ] && found="$found $b" ;; esac
        case $w in /*) [ -x "$w" ] && found="$found $(known "$w")" ;; esac
    done
    case $first in *[!A-Za-z0-9_./+-]*|"") ;; *) command -v "$first" >/dev/null && found="$found ${first##*/}" ;; esac
    set +f
    case $found in *[!\ ]*) found=$(echo $(printf "%s\n" $found | sort -u)) ;; *) found= ;; esac
    digest=$(printf "%s" "$4" | sha256sum)
    printf "%s\t%s\t%s\t%.16s\t%s\n" "$1" "$2" "$3" "$digest" "${found:+$found }"
}'
export JOB KNOWN STAMPS

collect_agents() {
    section stamps '
        for f in $STAMPS; do
            d=${f%/*}
            for mount in $NET; do case $f in "$mount"/*) continue 2 ;; esac; done
            if [ -e "$f" ]; then stat -c "%Y %n" "$f"
            elif [ -d "$d" ] && [ ! -x "$d" ]; then echo "? $f"; fi
        done
        true'
    section malware-logs '
        KEEP="logfile logsyslog"; MARK=; export KEEP MARK
        SIFT=$KEYED
        set -- - /etc/clamav/clamd.conf /etc/clamd.d/*.conf /etc/clamd.conf
        eval "$FOLLOW"'
    section cron '
        eval "$JOB"
        tab="	"
        crontab() { # FILE USER, where - means that the sixth word is the user
            [ -e "$1" ] || return 0
            [ -r "$1" ] || { echo "N $1"; return 0; }
            while read -r line || [ "$line" ]; do
                case $line in ""|\#*) continue ;; esac
                case $line in [A-Za-z_]*=*)
                    set=${line%%=*}
                    set=${set%"${set##*[! $tab]}"}
                    case $set in *[!A-Za-z0-9_]*) ;; *) continue ;; esac ;;
                esac
                case $line in
                    @*) when=${line%%[ $tab]*}; rest=${line#"$when"} ;;
                    *) rest=$line when=
                        for i in 1 2 3 4 5; do
                            rest=${rest#"${rest%%[! $tab]*}"}
                            when="$when ${rest%%[ $tab]*}"
                            case $rest in *[\ $tab]*) rest=${rest#*[ $tab]} ;; *) rest= ;; esac
                        done
                        when=${when# } ;;
                esac
                rest=${rest#"${rest%%[! $tab]*}"}
                who=$2
                if [ "$who" = - ]; then who=${rest%%[ $tab]*}; rest=${rest#"$who"}; rest=${rest#"${rest%%[! $tab]*}"}; fi
                case $when$who in *[!A-Za-z0-9_@*/,.\ ~\$-]*) when="?" who="?" ;; esac
                job "$1" "$who" "$when" "$rest"
            done <"$1"
        }
        crontab /etc/crontab -
        for f in /etc/cron.d/*; do case ${f##*/} in *.*|*~|"*") ;; *) crontab "$f" - ;; esac; done
        for d in /var/spool/cron/crontabs /var/spool/cron /etc/crontabs; do
            [ -d "$d" ] || continue
            if [ ! -r "$d" ] || [ ! -x "$d" ]; then echo "N $d"; continue; fi
            for f in "$d"/*; do [ -f "$f" ] && crontab "$f" "${f##*/}"; done
        done
        for word in hourly daily weekly monthly; do
            for f in /etc/cron.$word/* /etc/periodic/$word/*; do
                [ -f "$f" ] && [ -x "$f" ] || continue
                case ${f##*/} in *.*) case $f in /etc/periodic/*) ;; *) continue ;; esac ;; esac
                job "$f" root "@$word" "$f"
            done
        done
        true'
    section timers '
        command -v systemctl >/dev/null || exit 127
        [ -d /run/systemd/system ] || exit 69
        TZ=UTC; export TZ
        exec systemctl show --no-pager -p Id,Unit,UnitFileState,ActiveState,LastTriggerUSec,TimersCalendar,TimersMonotonic "*.timer"'
    section unit-runs '
        command -v systemctl >/dev/null || exit 127
        [ -d /run/systemd/system ] || exit 69
        TZ=UTC; export TZ
        eval "$JOB"
        systemctl show --no-pager -p Id,User,Result,ExecMainExitTimestamp,ExecMainStatus,ExecStart "*.service" |
            awk "/^ExecStart=/ { sub(/^ExecStart=\\{ path=/, \"\"); sub(/ ;.*/, \"\"); print \"Path=\" \$0; next } { print }" |
            while IFS= read -r line; do
                printf "%s\n" "$line"
                case $line in Path=/*)
                    named=$(known "${line#Path=}" | sort -u | tr "\n" " ")
                    [ "$named" ] && printf "Names=%s\n" "$named" ;;
                esac
            done
        true'
    section socket-owners '
        [ "$(id -u)" = 0 ] || exit 77
        for pid in $( (ss -lntup || netstat -lntup) | sed "s/pid=\([0-9]*\)/\n\1\n/g; s|\([0-9][0-9]*\)/[^ ]*|\n\1\n|g" | grep -E "^[0-9]+\$" | sort -u); do
            [ -d "/proc/$pid" ] || continue
            unit=$(sed -n "s|.*/\([^/]*\.service\).*|\1|p" /proc/$pid/cgroup | head -n 1)
            boxed=$(grep -qE "docker|libpod|kubepods|containerd|crio|/lxc" /proc/$pid/cgroup && echo box || echo -)
            echo "$pid $(sed -n "s/^Uid:[[:space:]]*[0-9]*[[:space:]]*\([0-9]*\).*/\1/p" /proc/$pid/status) $boxed ${unit:--} $(readlink /proc/$pid/exe)"
        done
        true'
    section containers '
        for s in /run/docker.sock /var/run/docker.sock /run/podman/podman.sock /run/containerd/containerd.sock; do
            [ -S "$s" ] && stat -c "S %a %U %G %n" "$s"
        done
        for b in docker podman containerd crio; do
            for d in /usr/bin /usr/local/bin /usr/sbin /bin; do [ -x $d/$b ] && { echo "B $b"; break; }; done
        done
        if [ -r /etc/docker/daemon.json ]; then
            for word in icc userns-remap no-new-privileges live-restore log-driver insecure-registries tlsverify hosts experimental; do
                grep -q "\"$word\"" /etc/docker/daemon.json || continue
                echo "J $word $(tr -d "\n" </etc/docker/daemon.json | sed -n "s|.*\"$word\"[[:space:]]*:[[:space:]]*\(\[[^]]*\]\|[^,}]*\).*|\1|p")"
            done
        elif [ -e /etc/docker/daemon.json ]; then echo "N /etc/docker/daemon.json"; fi
        [ -S /run/docker.sock ] || [ -S /var/run/docker.sock ] || exit 0
        PATH=$PATH:/usr/local/bin
        command -v docker >/dev/null || { echo "? its program is not there"; exit 0; }
        DOCKER_HOST=unix:///var/run/docker.sock DOCKER_CONFIG=/nonexistent; export DOCKER_HOST DOCKER_CONFIG
        ids=$(docker ps -q --no-trunc) || { echo "? it may not be asked"; exit 0; }
        echo "Q docker"
        [ "$ids" ] || exit 0
        t="	"
        f="C $t{{json .Name}}$t{{json .Config.Image}}$t{{json .HostConfig.Privileged}}$t{{json .Config.User}}"
        f="$f$t{{json .HostConfig.NetworkMode}}$t{{json .HostConfig.PidMode}}$t{{json .HostConfig.CapAdd}}$t{{json .NetworkSettings.Ports}}"
        f="$f$t[{{range \$i, \$m := .Mounts}}{{if \$i}},{{end}}{{json \$m.Source}}{{end}}]"
        docker inspect --format "$f" $ids'
    section wifi '
        found=
        for d in /sys/class/net/*/wireless /sys/class/net/*/phy80211; do [ -e "$d" ] && { d=${d%/*}; echo "I ${d##*/}"; }; done | sort -u
        KEEP="type id ssid mode hidden key-mgmt key_mgmt pairwise group proto auth-alg auth_alg eap ieee80211w pmf disabled autoconnect scan_ssid"
        MARK="psk wep-key0 wep-key1 wep-key2 wep-key3 wep_key0 wep_key1 wep_key2 wep_key3 password ca_cert ca-cert"
        export KEEP MARK
        SIFT=$KEYED
        set -- -
        for f in /etc/NetworkManager/system-connections/* /run/NetworkManager/system-connections/* \
            /usr/lib/NetworkManager/system-connections/* /etc/wpa_supplicant/*.conf /etc/wpa_supplicant.conf; do
            set -- "$@" "$f"
        done
        eval "$FOLLOW"
        SIFT="{ if (/^[[:space:]]*(#|\$)/) next
            value = \$0; sub(/^[^:]*:[[:space:]]*/, \"\", value); key = \$0; sub(/:.*/, \"\", key); word = key; gsub(/[[:space:]\\\"-]/, \"\", word)
            if (index(\$0, \":\") && (value == \"\" || word ~ /^(keymanagement|mode|hidden|method|dhcp4|version|renderer)\$/)) print \$0; else if (index(\$0, \":\")) print key \": MASKED\" }"
        set -- - /etc/netplan/*.yaml /run/netplan/*.yaml /lib/netplan/*.yaml
        eval "$FOLLOW"'
}

