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
# Most stanzas are of what is not installed: their lines are passed over without being cut into words.
JOIN='/^#/ {
    if (k) print "C " p " " a " " v
    k = 0
    if ($1 == "#I") { if (substr($2, 2, 1) == "i") have[$3] = 1 } else print substr($1, 2) " " $2
    next
}
/^P/ { if (k) print "C " p " " a " " v; p = substr($0, 10); k = p in have; next }
!k { next }
/^V/ { v = $2; next }
{ a = $2 }
END { if (k) print "C " p " " a " " v }'
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
NR == FNR { n[$2]++; next }
{ print $1 ":" kind($2) ":" $3 ":" $5 ":" $4 ":" $6 ":" $7 ":" $8 ":" (kind($2) ~ /none|locked/ || n[$2] == 1) }'
PASSWD="$KIND"'
NF >= 7 { print $1 ":" ($2 == "x" ? "shadow" : kind($2)) ":" $3 ":" $4 ":" $6 ":" $7 }'
# group(5) and gshadow(5): a group's password is as secret as a person's.
GROUP="$KIND"'
NF >= 4 { print $1 ":" ($2 == "x" ? "shadow" : kind($2)) ":" $3 ":" $4 }'
GSHADOW="$KIND"'
NF >= 4 { print $1 ":" kind($2) }'
# Files that sudoers(5) includes, four deep, as the arguments of a dump; names with a dot or a tilde are passed over.
SUDOERS='[ -e /etc/sudoers ] || exit 66
[ -r /etc/sudoers ] || exit 77
set -- /etc/sudoers
new=/etc/sudoers
for level in 1 2 3 4; do
    more=
    for f in $new; do
        [ -r "$f" ] || continue
        for at in $(sed -n "s/^[#@]include\(dir\)\{0,1\}[[:space:]]\{1,\}//p" "$f" | tr -d "\""); do
            case $at in /*) ;; *) at=/etc/$at ;; esac
            for mount in $NET; do case $at/ in "$mount"/*) continue 2 ;; esac; done
            if [ -d "$at" ]; then
                for each in "$at"/*; do case ${each##*/} in *.*|*"~"|"*") ;; *) more="$more $each" ;; esac; done
            else
                more="$more $at"
            fi
        done
    done
    new=$more
    set -- "$@" $more
done
'
# What sshd reads, with the files that it includes, as the arguments of a dump.
SSHD_FILES='[ -e /etc/ssh/sshd_config ] || exit 66
set -- /etc/ssh/sshd_config
for at in $(sed -n "s/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]]\{1,\}//p" /etc/ssh/sshd_config); do
    case $at in /*) ;; *) at=/etc/ssh/$at ;; esac
    for mount in $NET; do case $at in "$mount"/*) continue 2 ;; esac; done
    set -- "$@" $at
done
'
# FILE...: owner and mode of each that is there; `?` before one that may not be looked at.
STATS='for f do
    for mount in $NET; do case $f in "$mount"/*) continue 2 ;; esac; done
    [ ! -d "${f%/*}" ] || [ -x "${f%/*}" ] || { echo "? $f"; continue; }
    [ -e "$f" ] && stat -L -c "%a %U %G %n" "$f"
done
true'
# DIRECTORY...: keeps as arguments those that a search may enter; `?` before one with a network mount in or above it.
LOCAL='for d do
    shift
    for mount in $NET; do
        case $mount/ in "${d%/}"/*) echo "? $d"; continue 2 ;; esac
        case $d/ in "$mount"/*) echo "? $d"; continue 2 ;; esac
    done
    [ -d "$d" ] && [ ! -h "$d" ] && set -- "$@" "$d"
done
[ $# -gt 0 ] || exit 0
'
export NET DUMP DROP JOIN RELEASE APK SHADOW PASSWD GROUP GSHADOW

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
        f="%{NAME}$t%{EPOCH}$t%{VERSION}$t%{RELEASE}$t%{ARCH}$t%{SOURCERPM}$t%{INSTALLTIME}$t%{VENDOR}"
        rpm -qa --qf "$f$t%{MODULARITYLABEL}\n" || rpm -qa --qf "$f\n" # an old rpm knows no modules'
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
        exec awk -F: "$SHADOW" /etc/shadow /etc/shadow'
    # public halves are no secret; of a private key only whether a passphrase guards it
    section authorized-keys '
        where=$(sshd -T -C user=root,host=localhost,addr=127.0.0.1 | sed -n "s/^authorizedkeysfile //p")
        [ -n "$where" ] || where=".ssh/authorized_keys .ssh/authorized_keys2"
        [ "$where" != none ] || where=
        set -f
        cut -d: -f1,3,6 /etc/passwd | while IFS=: read -r name uid home; do
            for mount in $NET; do
                case $home/ in "$mount"/*) echo "A $name ?"; continue 2 ;; esac
                [ ! -h "$home" ] && [ ! -h "$home/.ssh" ] || { echo "A $name ?"; continue 2; }
            done
            seen=y
            for at in $where; do
                case $at in *%*) at=$(echo "$at" | sed "s|%h|$home|g;s|%u|$name|g;s|%U|$uid|g;s|%%|%|g") ;; esac
                case $at in
                    /*) f=$at ;;
                    *)  case $home in /?*) ;; *) continue ;; esac
                        f=$home/$at
                        if [ -d "$home" ] && [ ! -x "$home" ]; then seen="?"; break; fi
                        if [ -d "$home/.ssh" ] && [ ! -x "$home/.ssh" ]; then seen="?"; break; fi ;;
                esac
                [ -f "$f" ] || continue
                [ -r "$f" ] || { seen="?"; break; }
                echo "F $name $f"
                sed -e "/^[[:space:]]*\$/d" -e "/^[[:space:]]*#/d" -e "s/^/|/" "$f" | cut -c 1-12000 | head -n 500
            done
            echo "A $name $seen"
            [ -d "$home/.ssh" ] && [ -x "$home/.ssh" ] || continue
            set +f
            for f in "$home"/.ssh/id_*; do
                case $f in *.pub) continue ;; esac
                [ -f "$f" ] || continue
                if [ ! -r "$f" ]; then kind="?"
                elif sed -n "2,4p" "$f" | grep -qE "^Proc-Type: .*ENCRYPTED"; then kind=guarded
                elif grep -qE "^-----BEGIN ENCRYPTED" "$f"; then kind=guarded
                elif sed -n 1p "$f" | grep -q "BEGIN OPENSSH"; then
                    kind=guarded
                    sed -n 2p "$f" | grep -q "^b3BlbnNzaC1rZXktdjEAAAAABG5vbmU" && kind=open
                elif sed -n 1p "$f" | grep -q "^-----BEGIN .*PRIVATE KEY"; then kind=open
                else continue
                fi
                echo "P $kind $name $f"
            done
            set -f
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
        /etc/chrony/sources.d/*.sources /run/chrony-dhcp/*.sources /etc/ntp.conf /etc/ntpsec/ntp.conf /etc/openntpd/ntpd.conf /etc/ntpd.conf \
        /etc/conf.d/ntpd
    section timesyncd-links '
        command -v timedatectl >/dev/null || exit 127
        timedatectl show-timesync --value -p LinkNTPServers -p SystemNTPServers || exit 69'
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
    section addresses '
        command -v ip >/dev/null || exit 127
        exec ip -o addr show'
    section resolvers "DROP='/^[[:space:]]*nameserver[[:space:]]/!d'; $DUMP" /etc/resolv.conf /run/systemd/resolve/resolv.conf
    # logins in the addresses of proxies go
    section proxies '
        grep -ihsE "(^|[[:space:]])(https?|ftp|all)_proxy=|::Proxy[[:space:]]" /etc/environment /etc/profile.d/*.sh \
            /etc/apt/apt.conf /etc/apt/apt.conf.d/* | grep -v "^[[:space:]]*[#/]" | sed "s|//[^/[:space:]]*@|//|g" | cut -c 1-300
        true'
    # of AIDE and Wazuh what is compared and who is told; keys and passwords of theirs stand elsewhere
    section integrity "DROP='/^[[:space:]]*[=!]\\{0,1\\}\\/\\|^[[:space:]]*[-!]\\/\\|^report_url\\|^MAILTO=\\|<directories\\|<ignore>\\|<address>/!d'; $DUMP" \
        /etc/aide.conf /etc/aide/aide.conf /etc/aide/aide.conf.d/* /etc/default/aide /var/ossec/etc/ossec.conf
    section firewall-files "$DUMP" /etc/ufw/ufw.conf /etc/default/ufw
    section sockets '
        said=$(ss -lntup) && { echo ss; echo "$said"; exit; }
        said=$(netstat -lntup || netstat -lntu) && { echo netstat; echo "$said"; exit; }
        echo proc
        for f in tcp tcp6 udp udp6; do [ -r /proc/net/$f ] && sed "s/^/$f /" /proc/net/$f; done'
    section mounts 'cat /proc/mounts'
    section files "$STATS" /etc/passwd /etc/passwd- /etc/shadow /etc/shadow- /etc/group /etc/group- /etc/gshadow /etc/gshadow- \
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

    # --- people and what they may do
    section group 'exec awk -F: "$GROUP" /etc/group'
    section gshadow '
        [ -e /etc/gshadow ] || exit 66
        [ -r /etc/gshadow ] || exit 77
        exec awk -F: "$GSHADOW" /etc/gshadow'
    section last-login '
        command -v lastlog >/dev/null && { echo lastlog; lastlog | cut -c 1-400; exit; }
        command -v lslogins >/dev/null || exit 127
        echo lslogins
        exec lslogins --raw --time-format=iso -o USER,LAST-LOGIN'
    section homes '
        cut -d: -f6 /etc/passwd | sort -u | while read -r home; do
            case $home in /*) ;; *) echo "- $home"; continue ;; esac
            for mount in $NET; do case $home/ in "$mount"/*) echo "? $home"; continue 2 ;; esac; done
            if [ -d "$home" ]; then
                stat -L -c "%a %U %G %n" "$home"
                for f in .rhosts .shosts .netrc; do [ -e "$home/$f" ] && echo "! $home/$f"; done
            else
                echo "- $home"
            fi
        done
        true'
    # comments go, but for those that are none: #include and #1000
    section sudo-files "DROP='/^[[:space:]]*#[^i0-9]/d;/^[[:space:]]*#\$/d'; $SUDOERS$DUMP"
    section sshd-files "$SSHD_FILES$DUMP"
    section ssh-host-keys '
        n=66
        for f in $(sshd -T -C user=root,host=localhost,addr=127.0.0.1 | sed -n "s/^hostkey //p") \
            /etc/ssh/ssh_host_*_key; do
            [ -f "$f.pub" ] && [ -r "$f.pub" ] || continue
            n=0
            echo "F $f.pub"
            head -n 1 "$f.pub" | cut -c 1-12000 | sed "s/^/|/"
        done
        exit $n'
    section useradd "$DUMP" /etc/default/useradd
    # of what shells read at their start only the lines on idle time, masks and PATH: the rest may hold secrets
    section shell-files "DROP='/TMOUT\|umask\|^[[:space:]]*\(export[[:space:]]\)\{0,1\}[[:space:]]*PATH=[^;&|\`]*\$/!d;/^[[:space:]]*#/d'; $DUMP" /etc/profile /etc/profile.d/*.sh \
        /etc/bash.bashrc /etc/bashrc /etc/environment
    section autologin '
        grep -isE "^[^#;]*(autologin|(automatic|timed)login|login[[:space:]]+-f)" /etc/gdm3/*.conf /etc/gdm/*.conf \
            /etc/lightdm/*.conf /etc/lightdm/lightdm.conf.d/*.conf /etc/sddm.conf /etc/sddm.conf.d/*.conf \
            /etc/systemd/system/*getty@*.service.d/*.conf /etc/inittab | cut -c 1-300
        grep -isE "^user=[^[:space:]]" /etc/sddm.conf /etc/sddm.conf.d/*.conf | cut -c 1-300
        true'
    section desktop-sessions '
        for f in /usr/share/xsessions/*.desktop /usr/share/wayland-sessions/*.desktop; do
            [ -e "$f" ] && echo "${f##*/}"
        done
        true'
    section dconf "$DUMP" /etc/dconf/profile/user /etc/dconf/db/*.d/* /etc/dconf/db/*.d/locks/*

    # --- the kernel, the start, disks
    section modules '
        [ -r /proc/modules ] && sed "s/ .*//;s/^/L /" /proc/modules
        d=/lib/modules/$(uname -r)
        [ -r $d/modules.dep ] && echo D && cat $d/modules.dep $d/modules.builtin | sed -n "s|^[^:]*/\([^/:]*\)\.ko.*|A \1|p" |
            grep -E "^A (usb.storage|uas|cramfs|freevxfs|jffs2|hfs|hfsplus|squashfs|udf|dccp|sctp|rds|tipc|firewire.*)\$"
        true'
    section modprobe "DROP='/^[[:space:]]*\(install\|blacklist\)[[:space:]]/!d'; $DUMP" /lib/modprobe.d/*.conf \
        /usr/lib/modprobe.d/*.conf /usr/local/lib/modprobe.d/*.conf /run/modprobe.d/*.conf /etc/modprobe.d/*.conf
    section boot '
        [ -d /sys/firmware/efi ] && echo "efi yes" || echo "efi no"
        for f in /sys/firmware/efi/efivars/SecureBoot-*; do
            [ -r "$f" ] && echo "secureboot $(od -An -tu1 "$f" | tr -s " \n" "  " | sed "s/ *\$//;s/.* //")"
        done
        [ -r /sys/module/apparmor/parameters/enabled ] && echo "apparmor $(cat /sys/module/apparmor/parameters/enabled)"
        [ -r /sys/fs/selinux/enforce ] && echo "selinux $(cat /sys/fs/selinux/enforce)"
        [ -r /sys/kernel/security/lockdown ] && echo "lockdown $(cat /sys/kernel/security/lockdown)"
        [ -r /sys/kernel/security/lsm ] && echo "lsm $(cat /sys/kernel/security/lsm)"
        for word in $(cat /proc/cmdline); do
            case $word in audit=*|audit_backlog_limit=*|selinux=*|enforcing=*|apparmor=*|security=*|lsm=*|lockdown=*|module.sig_enforce=*)
                echo "word $word" ;;
            esac
        done
        for f in /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub2/user.cfg; do
            [ -e "$f" ] || continue
            if [ ! -r "$f" ]; then echo "grub ?"
            elif grep -qE "^[[:space:]]*password_pbkdf2 .*grub\.pbkdf2|^GRUB2_PASSWORD=grub\.pbkdf2" "$f"; then echo "grub locked"
            else echo "grub open"
            fi
        done
        true'
    section disks '
        command -v lsblk >/dev/null || exit 127
        lsblk -Pno KNAME,TYPE,PKNAME,MOUNTPOINT || exit 69'
    section unlocks '
        for f in /etc/pam.d/*; do [ -r "$f" ] && grep -qE "^[^#]*pam_mount" "$f" && echo "pam_mount ${f##*/}"; done
        [ -e /etc/crypttab ] || exit 0
        [ -r /etc/crypttab ] || { echo "N /etc/crypttab"; exit 0; }
        sed "/^[[:space:]]*#/d" /etc/crypttab | while read -r name device key rest; do
            [ "$name" ] || continue
            case $key in
                /dev/*|none|-|"") echo "U $name" ;;
                /*) if [ -e "$key" ]; then stat -c "U $name %a %U %n" "$key"; else echo "U $name ? ? $key"; fi ;;
                *) echo "U $name ? ? ?" ;;
            esac
        done
        true'
    section swaps 'cat /proc/swaps'
    section core-dumps "DROP='/^[^#;]*\(core\|Storage\|ProcessSizeMax\)/!d'; $DUMP" /etc/security/limits.conf \
        /etc/security/limits.d/*.conf /etc/systemd/coredump.conf /etc/systemd/coredump.conf.d/*.conf

    # --- audit, logs, time
    section audit-state '
        command -v auditctl >/dev/null || exit 127
        [ "$(id -u)" = 0 ] || exit 77
        auditctl -s || exit 69'
    section audit-files "$DUMP" /etc/audit/auditd.conf /etc/audit/audisp-remote.conf /etc/audisp/audisp-remote.conf \
        /etc/audit/plugins.d/*.conf /etc/audisp/plugins.d/*.conf
    section logrotate "$DUMP" /etc/logrotate.conf /etc/logrotate.d/*
    # L LOG BORN WRITTEN SIZE PATH for each file of a log, S when the system was set up, T now, D and U kilobytes
    section kept-logs '
        [ -d /var/log ] || exit 66
        for log in /var/log/auth.log /var/log/secure /var/log/syslog /var/log/messages /var/log/audit/audit.log; do
            d=${log%/*}
            [ -d "$d" ] || continue
            [ -x "$d" ] && [ -r "$d" ] || { echo "N $d"; continue; }
            for f in "$log"*; do [ -f "$f" ] && stat -c "L $log %W %Y %s %n" "$f" | sed "s/ ? / 0 /"; done
        done
        if [ -d /var/log/journal ]; then
            [ -r /var/log/journal ] && find /var/log/journal -xdev -type f -name "*.journal*" -exec \
                stat -c "L /var/log/journal %W %Y %s %n" {} + | sed "s/ ? / 0 /" | head -n 2000 ||
                echo "N /var/log/journal"
        fi
        born=$(stat -c %W / | sed "s/?/0/")
        [ "$born" -gt 0 ] || born=$(stat -c %Y /etc/machine-id)
        echo "S $born"
        echo "T $(date +%s)"
        df -Pk /var/log | awk "NR == 2 { print \"D \" \$4 }"
        du -xsk /var/log | awk "{ print \"U \" \$1 }"
        true'
    section clock-users '
        eval "$PIDS"
        for name in chronyd ntpd systemd-timesyn; do
            for p in $(pids $name); do stat -c %U /proc/$p; done
        done | sort -u'
    section clock-offset '
        said=$(chronyc -n tracking) && { echo chrony; echo "$said"; exit; }
        # in some systems ntpq is a program in Python, so it is only asked if there is somebody to answer
        if [ ! -e /proc/1/comm ] || cat /proc/[0-9]*/comm | grep -qx ntpd; then
            said=$(ntpq -c rv) && [ -n "$said" ] && { echo ntp; echo "$said"; exit; }
        fi
        said=$(timedatectl timesync-status) && { echo timesyncd; echo "$said"; exit; }
        exit 69'

    # --- owners and modes; what is searched is bounded by depth and by the section's time
    section more-files "$STATS" /etc/cron.allow /etc/at.allow /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly \
        /var/spool/cron /var/spool/cron/crontabs /etc/sudoers.d /etc/sudoers.d/* /etc/security/opasswd /etc/crypttab \
        /etc/nftables.conf /etc/sysconfig/nftables.conf /etc/iptables /etc/iptables/rules.v4 /etc/iptables/rules.v6 \
        /etc/sysconfig/iptables /etc/ufw /etc/ufw/user.rules /etc/ufw/user6.rules /etc/firewalld /etc/firewalld/zones \
        /etc/firewalld/zones/*.xml /etc/audit /etc/audit/rules.d /etc/audit/audit.rules /etc/rsyslog.conf \
        /etc/ntp.conf /etc/ntpsec/ntp.conf /etc/systemd/timesyncd.conf /etc/ssl/private/* /etc/pki/tls/private/* \
        /etc/letsencrypt/archive/*/privkey*.pem
    section loose-files "$LOCAL"'
        find "$@" -xdev -maxdepth 3 -path /root -prune -o \( -type f -o -type d \) -perm -0002 ! -perm -1000 -exec stat -c "%a %U %G %n" {} + |
            sort -u | head -n 500
        true' / /etc /var /opt /srv /home /usr/local
    section unowned-files "$LOCAL"'
        find /dev/null -nouser || exit 69
        find "$@" -xdev -maxdepth 3 \( -nouser -o -nogroup \) -print | sort -u | head -n 500
        true' /etc /var /opt /srv /home /usr/local /root
    section suid-files "command -v sha256sum >/dev/null || exit 127
$LOCAL"'
        IFS="
"
        set -f
        set -- $(find "$@" -xdev -maxdepth 3 -type f \( -perm -4000 -o -perm -2000 \) -print | sort -u | head -n 200)
        [ $# -gt 0 ] || exit 0
        stat -c "S %a %U %G %n" "$@"
        sha256sum "$@"
        true' /bin /sbin /usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/libexec /usr/local /opt
    # the other parts stand before this one, in files of their own
    collect_servers
    collect_agents
    printf '%s END\n' "$M"
}

# stdin is this script itself: it is read to its end here before anything runs, and no section may read from it
collect </dev/null
