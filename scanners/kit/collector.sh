# Reads what the host says of itself and changes nothing: POSIX sh, no temporary files, no network, no package cache.
# The sender puts `M=<random word>` before it; each section stands between `M B name` and `M E name rc`.
# Codes of a section: 0 seen, 66 there is nothing to read, 69 not supported here, 77 not permitted,
# 124 and 137 took too long, 127 its program is missing. A section ends after 20 seconds if there is a `timeout`.

LC_ALL=C
export LC_ALL

# --- words that the sections share, handed down in the environment

# Names that hang on a dead server: nothing below them is touched.
NET=$(awk '$3 ~ /^(nfs|cifs|smb|9p|afs|autofs|ceph|gluster|lustre|ncp|fuse\.)/ {print $2}' /proc/mounts 2>/dev/null)
# FILE...: every readable file as `F path`, then its lines behind `|`, without empty ones and comments.
DUMP='n=1
for f do
    [ -f "$f" ] || continue
    n=0
    if [ -r "$f" ]; then echo "F $f"; sed -e "/^[[:space:]]*\$/d" -e "$DROP" -e "s/^/|/" "$f"; else echo "N $f"; fi
done
[ $n = 0 ] || exit 66'
DROP='/^[[:space:]]*[#;]/d'
# apt's lists joined with what is installed; the order of fields in a stanza differs between Debian and Ubuntu.
JOIN='function out() { if (p in have) print "C " p " " a " " v; p = "" }
$1 == "#I" { if (substr($2, 2, 1) == "i") have[$3] = 1; next }
$1 == "#F" { out(); print "F " $2; next }
$1 == "#X" { out(); print "X " $2; next }
$1 == "Package:" { out(); p = $2 }
$1 == "Version:" { v = $2 }
$1 == "Architecture:" { a = $2 }
END { out() }'
RELEASE='FNR == 1 { print "R " FILENAME; head = 1 }
/^(MD5Sum|SHA1|SHA256|SHA512):/ { head = 0 }
head && /^(Origin|Label|Suite|Codename|NotAutomatic|ButAutomaticUpgrades):/'
# apk(5): P name, V version, A architecture, o origin; an empty line ends a package.
APK='/^P:/ { p = substr($0, 3) }
/^V:/ { v = substr($0, 3) }
/^A:/ { a = substr($0, 3) }
/^o:/ { o = substr($0, 3) }
/^$/ { if (p != "") print p "\t" v "\t" a "\t" o; p = v = a = o = "" }
END { if (p != "") print p "\t" v "\t" a "\t" o }'
# What kind of password it is; the hash itself never leaves the host.
KIND='function kind(h) {
    if (h == "") return "none"
    if (h ~ /^[!*]/) return "locked"
    if (h ~ /^\$6\$/) return "sha512"
    if (h ~ /^\$5\$/) return "sha256"
    if (h ~ /^\$g?y\$/) return "yescrypt"
    if (h ~ /^\$2[abxy]?\$/) return "bcrypt"
    if (h ~ /^\$1\$/) return "md5"
    if (length(h) == 13) return "des"
    return "other"
}'
SHADOW="$KIND"'
{ print $1 ":" kind($2) ":" $3 ":" $5 }'
PASSWD="$KIND"'
NF >= 7 { print $1 ":" ($2 == "x" ? "shadow" : kind($2)) ":" $3 ":" $4 ":" $6 ":" $7 }'
export NET DUMP DROP JOIN RELEASE APK SHADOW PASSWD

# --- how a section is run

limit=
if timeout -k 2 20 true; then limit="timeout -k 2 20"; elif timeout 20 true; then limit="timeout 20"; fi 2>/dev/null

section() { # NAME BODY WORD...
    name=$1 body=$2
    shift 2
    printf '%s B %s\n' "$M" "$name"
    $limit sh -c "$body" - "$@" </dev/null 2>/dev/null
    printf '\n%s E %s %s\n' "$M" "$name" "$?"
}

# --- the sections; `files` below means a dump of configuration files

collect() {
    section id 'id -un; id -u'
    section uname 'uname -s; uname -r; uname -m'
    section os-release 'cat /etc/os-release || cat /usr/lib/os-release || exit 66'
    section hostname 'hostname || cat /proc/sys/kernel/hostname'
    section container '
        for f in /.dockerenv /run/.containerenv /run/systemd/container; do [ -e $f ] && echo $f; done
        tr "\000" "\n" </proc/1/environ | grep "^container="
        true'
    section processes 'cat /proc/[0-9]*/comm | sort -u; true'
    section boot-time 'grep ^btime /proc/stat'

    section dpkg '
        command -v dpkg-query >/dev/null || exit 127
        t="	"
        dpkg-query -W -f "\${db:Status-Abbrev}$t\${Package}$t\${Version}$t\${Architecture}$t\${source:Package}$t\${source:Version}\n"'
    section rpm '
        command -v rpm >/dev/null || exit 127
        t="	"
        rpm -qa --qf "%{NAME}$t%{EPOCH}$t%{VERSION}$t%{RELEASE}$t%{ARCH}$t%{SOURCERPM}$t%{INSTALLTIME}\n"'
    section apk '
        for f in /lib/apk/db/installed /usr/lib/apk/db/installed; do [ -f $f ] && exec awk "$APK" $f; done
        exit 127'
    section apt-releases '
        set -- /var/lib/apt/lists/*_InRelease /var/lib/apt/lists/*_Release
        for f do shift; [ -f "$f" ] && set -- "$@" "$f"; done
        [ $# -gt 0 ] || exit 66
        awk "$RELEASE" "$@"'
    section apt-lists '
        command -v dpkg-query >/dev/null || exit 127
        set -- /var/lib/apt/lists/*_Packages /var/lib/apt/lists/*_Packages.*
        for f do shift; [ -f "$f" ] && set -- "$@" "$f"; done
        [ $# -gt 0 ] || exit 66
        {
            dpkg-query -W -f "#I \${db:Status-Abbrev} \${Package}\n"
            for f do
                case $f in
                    *_Packages) z=cat ;; *.lz4) z="lz4 -dc" ;; *.gz) z="gzip -dc" ;;
                    *.xz) z="xz -dc" ;; *.zst) z="zstd -dc" ;; *.bz2) z="bzip2 -dc" ;; *) continue ;;
                esac
                if [ -r "$f" ] && command -v ${z%% *} >/dev/null; then
                    echo "#F $f"
                    $z <"$f" || echo "#X $f"
                else
                    echo "#X $f"
                fi
            done
        } | grep -E "^(#[IFX]|Package:|Version:|Architecture:) " | awk "$JOIN"'
    section apt-preferences "$DUMP" /etc/apt/preferences /etc/apt/preferences.d/*
    section apk-updates '
        command -v apk >/dev/null || exit 127
        for f in /var/cache/apk/APKINDEX.*.tar.gz /etc/apk/cache/APKINDEX.*.tar.gz /lib/apk/db/APKINDEX.*; do
            [ -f "$f" ] && exec apk --no-network version -l "<" 2>&1
        done
        exit 66'
    section metadata-times '
        for f in /var/lib/apt/lists /var/lib/apt/lists/partial /var/lib/apt/lists/*Release \
            /var/lib/apt/periodic/update-success-stamp /var/cache/dnf/*/repodata/repomd.xml \
            /var/cache/dnf/last_makecache /var/cache/libdnf5/*/repodata/repomd.xml \
            /var/cache/yum/*/*/*/repomd.xml /var/cache/apk/APKINDEX.*.tar.gz /etc/apk/cache/APKINDEX.*.tar.gz; do
            [ -e "$f" ] && stat -c "%Y %n" "$f"
        done
        true'
    section reboot-required '
        [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ] || exit 66
        cat /run/reboot-required.pkgs /var/run/reboot-required.pkgs | sort -u; true'
    section deleted-libraries '
        [ "$(id -u)" = 0 ] || exit 77
        grep -sE " /(usr/)?lib[^ ]*\.so[^ ]* \(deleted\)\$" /proc/[0-9]*/maps | awk "
            { split(\$1, at, \"/\"); key = at[3] \" \" \$(NF - 1); if (!(key in seen)) { seen[key] = 1; print key } }
        " | while read -r pid library; do echo "$(cat /proc/$pid/comm) $library"; done | sort -u | head -n 500'

    section sshd '
        command -v sshd >/dev/null || exit 127
        sshd=$(command -v sshd)
        who=user=root,host=localhost,addr=127.0.0.1
        $sshd -T -C $who && exit
        $sshd -G -C $who && exit
        [ "$(id -u)" = 0 ] || exit 77
        $sshd -T -C $who 2>&1 >/dev/null | tail -n 2
        exit 69'
    # without what is secret, and without what is another each time
    section sysctl '
        command -v sysctl >/dev/null || exit 127
        sysctl -a | grep -vE "stable_secret|tcp_fastopen_key|kernel\.random\.(uuid|entropy_avail)|ns_last_pid"
        true'
    section passwd 'exec awk -F: "$PASSWD" /etc/passwd'
    section shadow '
        [ -e /etc/shadow ] || exit 66
        [ -r /etc/shadow ] || exit 77
        exec awk -F: "$SHADOW" /etc/shadow'
    section authorized-keys '
        cut -d: -f1,6 /etc/passwd | while IFS=: read -r name home; do
            case $home in /?*) ;; *) echo "$name 0"; continue ;; esac
            for mount in $NET; do
                case $home/ in "$mount"/*) echo "$name ?"; continue 2 ;; esac
                [ ! -h "$home" ] && [ ! -h "$home/.ssh" ] || { echo "$name ?"; continue 2; }
            done
            [ -d "$home" ] || { echo "$name 0"; continue; }
            [ -x "$home" ] || { echo "$name ?"; continue; }
            [ -d "$home/.ssh" ] || { echo "$name 0"; continue; }
            [ -x "$home/.ssh" ] || { echo "$name ?"; continue; }
            total=0
            for f in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
                [ -f "$f" ] || continue
                [ -r "$f" ] || { total="?"; break; }
                total=$((total + $(grep -cvE "^[[:space:]]*(#|\$)" "$f")))
            done
            echo "$name $total"
        done'
    section login-defs "$DUMP" /etc/login.defs
    section pam "$DUMP" /etc/pam.d/*
    section password-files "$DUMP" /etc/security/pwquality.conf /etc/security/pwquality.conf.d/*.conf \
        /etc/security/faillock.conf /etc/security/pwhistory.conf
    section sudoers '
        [ -e /etc/sudoers ] || exit 66
        [ -r /etc/sudoers ] || exit 77
        for f in /etc/sudoers /etc/sudoers.d/*; do
            case ${f##*/} in sudoers) ;; *.*|*~) continue ;; esac
            [ -f "$f" ] && grep -hE "^[^#]*(NOPASSWD|!authenticate)" "$f"
        done
        true'
    section audit '
        command -v auditd || exit 127
        [ "$(id -u)" = 0 ] || exit 77
        rules=$(auditctl -l) && { echo loaded; echo "$rules"; exit; }
        echo files
        cat /etc/audit/audit.rules /etc/audit/rules.d/*.rules | sort -u | grep "^-[aAwW]"
        true'
    section journald "$DUMP" /usr/lib/systemd/journald.conf /etc/systemd/journald.conf /run/systemd/journald.conf \
        /usr/lib/systemd/journald.conf.d/*.conf /usr/local/lib/systemd/journald.conf.d/*.conf \
        /run/systemd/journald.conf.d/*.conf /etc/systemd/journald.conf.d/*.conf
    section journal '
        [ -x /usr/lib/systemd/systemd-journald ] || [ -x /lib/systemd/systemd-journald ] || exit 127
        [ -d /var/log/journal ] && echo persistent
        [ -d /run/log/journal ] && echo volatile
        true'
    section syslog "$DUMP" /etc/rsyslog.conf /etc/rsyslog.d/*.conf /etc/syslog-ng/syslog-ng.conf \
        /etc/syslog-ng/conf.d/*.conf /etc/systemd/journal-upload.conf /etc/systemd/journal-upload.conf.d/*.conf \
        /etc/conf.d/syslog
    section clock '
        timedatectl show -p NTPSynchronized && exit
        tracking=$(chronyc -n tracking) && { echo "$tracking" | grep "^Leap status"; exit; }
        adjtimex </dev/null | grep "status:" && exit
        [ -e /run/systemd/timesync/synchronized ] && { echo NTPSynchronized=yes; exit; }
        exit 69'
    section time-files "$DUMP" /etc/chrony.conf /etc/chrony/chrony.conf /etc/chrony/conf.d/*.conf \
        /etc/chrony/sources.d/*.sources /etc/ntp.conf /etc/ntpsec/ntp.conf /etc/openntpd/ntpd.conf /etc/ntpd.conf \
        /etc/conf.d/ntpd
    # timesyncd writes its built-in servers as comments, so comments stay
    section timesyncd "DROP=/^\$/d; $DUMP" /usr/lib/systemd/timesyncd.conf /etc/systemd/timesyncd.conf \
        /usr/lib/systemd/timesyncd.conf.d/*.conf /run/systemd/timesyncd.conf.d/*.conf \
        /etc/systemd/timesyncd.conf.d/*.conf

    section nft '
        command -v nft >/dev/null || exit 127
        [ "$(id -u)" = 0 ] || exit 77
        exec nft list ruleset'
    for tool in iptables ip6tables; do
        section $tool '
            command -v $1-save >/dev/null || exit 127
            [ "$(id -u)" = 0 ] || exit 77
            exec $1-save' $tool
    done
    section firewall-files "$DUMP" /etc/ufw/ufw.conf /etc/default/ufw
    section sockets '
        said=$(ss -lntup) && { echo ss; echo "$said"; exit; }
        said=$(netstat -lntup || netstat -lntu) && { echo netstat; echo "$said"; exit; }
        echo proc
        for f in tcp tcp6 udp udp6; do [ -r /proc/net/$f ] && sed "s/^/$f /" /proc/net/$f; done'
    section mounts 'cat /proc/mounts'
    section files '
        for f do
            for mount in $NET; do case $f in "$mount"/*) continue 2 ;; esac; done
            [ ! -d "${f%/*}" ] || [ -x "${f%/*}" ] || { echo "? $f"; continue; }
            [ -e "$f" ] && stat -L -c "%a %U %G %n" "$f"
        done
        true' /etc/passwd /etc/passwd- /etc/shadow /etc/shadow- /etc/group /etc/group- /etc/gshadow /etc/gshadow- \
        /etc/ssh/sshd_config /etc/ssh/ssh_host_*_key /etc/sudoers /etc/crontab /etc/ssl/private \
        /etc/audit/auditd.conf /etc/chrony.conf /etc/chrony/chrony.conf /etc/chrony/chrony.keys \
        /boot/grub/grub.cfg /boot/grub2/grub.cfg /var/log /var/log/auth.log /var/log/secure /var/log/syslog \
        /var/log/messages /var/log/kern.log /var/log/wtmp /var/log/btmp /var/log/journal /var/log/audit \
        /var/log/audit/audit.log
    section unit-files '
        command -v systemctl >/dev/null || exit 127
        exec systemctl list-unit-files --type=service,socket,timer --no-legend --no-pager'
    section units '
        command -v systemctl >/dev/null || exit 127
        [ -d /run/systemd/system ] || exit 69
        exec systemctl list-units --all --type=service,socket --no-legend --no-pager --plain'
    section openrc '
        [ -d /etc/runlevels ] || exit 127
        for f in /etc/init.d/*; do [ -x "$f" ] && echo "present ${f##*/}"; done
        for f in /etc/runlevels/*/*; do [ -h "$f" ] && echo "enabled ${f##*/}"; done
        for f in /run/openrc/started/*; do [ -h "$f" ] && echo "active ${f##*/}"; done
        true'
    # the other parts stand before this one, in files of their own
    collect_servers
    collect_agents
    printf '%s END\n' "$M"
}

# stdin is this script itself: it is read to its end here before anything runs, and no section may read from it
collect </dev/null
