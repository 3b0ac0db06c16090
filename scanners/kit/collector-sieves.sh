# Sieves for configuration files. None of these is sent as it stands, for such files hold passwords: known words
# pass, and nothing else.

# BASE FILE...: each file through the awk program $SIFT and with the words that it keeps, as `F path` and `|line`,
# `N path` if it cannot be read; and the files that it includes, relative to BASE, or to its own place if that is `-`.
FOLLOW='base=$1; shift; n=0; tab="	"; nl="
"; seen=$nl
BOUND="{ if ((bound += length(\$0)) > 500000) exit }$nl"
while [ $# -gt 0 ] && [ $n -lt 300 ]; do
    f=$1; shift
    case $seen in *"$nl$f$nl"*) continue ;; esac
    seen=$seen$f$nl
    for mount in $NET; do case $f in "$mount"/*) echo "N $f"; continue 2 ;; esac; done
    if [ -d "$f" ]; then set -- "$@" "$f"/*; continue; fi
    if [ ! -f "$f" ]; then
        d=${f%/*}
        if [ -d "$d" ] && { [ ! -x "$d" ] || [ ! -r "$d" ]; }; then echo "N $f"; fi
        continue
    fi
    n=$((n + 1))
    [ -r "$f" ] || { echo "N $f"; continue; }
    echo "F $f"
    said=$(awk "$BOUND$SIFT" "$f")
    # by the shell itself, since a program for each of a hundred files is most of what this costs
    set -f; IFS=$nl
    for w in $said; do printf "|%s\n" "$w"; done
    set +f; unset IFS
    case $said in *"; include$tab"*) ;; *) continue ;; esac
    set -f
    for p in $(printf "%s\n" "$said" | sed -n "s/^; include$tab//p"); do
        case $p in /*) ;; *) [ "$base" = - ] && p=${f%/*}/$p || p=$base/$p ;; esac
        set +f
        set -- "$@" $p
        set -f
    done
    set +f
done
[ $# = 0 ] || echo "N $1"'
# `pids NAME`: processes of that program, save those of containers on this host.
PIDS='boxed="docker|libpod|kubepods|containerd|crio|/lxc"
pids() {
    for p in /proc/[0-9]*; do
        read -r c <$p/comm && [ "$c" = "$1" ] || continue
        grep -qE "$boxed" $p/cgroup && ! grep -qE "$boxed" /proc/1/cgroup && continue
        echo "${p#/proc/}"
    done 2>/dev/null
}
# words PID: the arguments of a process, one a line, never shown as they are
words() { tr "\000" "\n" <"/proc/$1/cmdline"; }'
# nginx: words of one directive a line, `; name`, `{ name` and `}`, joined by tabs.
NGINX='function push() { if (had) words[++n] = w; w = ""; had = 0 }
function origin(u) {
    sub(/\/\/[^\/@]*@/, "//", u)
    if (match(u, /^[a-z]+:\/\/[^\/?#]*/)) return substr(u, 1, RLENGTH)
    return u ~ /^unix:/ ? "unix:" : (u ~ /^[^\/]+$/ ? u : "")
}
function line(kind, from, to,   i, s) {
    s = kind " " words[1]
    for (i = from; i <= to && i <= n; i++) { gsub(/[\t\n]/, " ", words[i]); s = s "\t" words[i] }
    print s
}
function simple(   d, i) {
    d = words[1]
    if (index(keep, " " d " ")) line(";", 2, n)
    else if (d ~ /^(proxy|grpc|fastcgi|uwsgi|scgi)_pass$/) { words[2] = origin(words[2]); line(";", 2, 2) }
    else if (d == "server" && inside == "upstream") { words[2] = origin(words[2]); line(";", 2, 2) }
    else if (d == "access_log" || d == "error_log") { sub(/:.*/, ":", words[2]); line(";", 2, 3) }
    else if (d == "return") {
        words[3] = words[3] ~ /^https:/ || words[2] ~ /^https:/ ? "https" : ""
        if (words[2] !~ /^[0-9]+$/) words[2] = "302"
        n = 3; line(";", 2, 3)
    } else if (d == "rewrite") { words[3] = words[3] ~ /^https:/ ? "https" : ""; words[2] = words[n]; n = 3; line(";", 2, 3) }
    else if (d == "add_header") {
        if (tolower(words[2]) == "strict-transport-security") line(";", 2, 3)
        else line(";", 9, 9)
    } else if (d == "auth_basic") { words[2] = words[2] == "off" ? "off" : "on"; line(";", 2, 2) }
    else if (d == "log_format") {
        for (i = 3; i <= n; i++) { gsub(/[^$a-z0-9_]+/, " ", words[i]); gsub(/(^| )[^$ ][^ $]*/, " ", words[i]) }
        line(";", 2, n)
    }
}
BEGIN { keep = " listen server_name server_tokens autoindex ssl ssl_protocols ssl_ciphers user include stub_status" \
    " client_max_body_size allow deny ssl_verify_client modsecurity load_module proxy_ssl_verify satisfy " }
{
    text = $0 "\n"; size = length(text)
    for (i = 1; i <= size; i++) {
        c = substr(text, i, 1)
        if (lua) { if (c == "{") lua++; else if (c == "}" && --lua == 0) print "}"; continue }
        if (escaped) { w = w c; escaped = 0; continue }
        if (c == "\\") { w = w c; escaped = had = 1; continue }
        if (quote != "") { if (c == quote) quote = ""; else w = w c; continue }
        if (c == "#" && !had) break
        if ((c == "\"" || c == "\047") && !had) { quote = c; had = 1; continue }
        if (c == "{" && w ~ /\$$/) { w = w c; variable = 1; continue }
        if (c == "}" && variable) { w = w c; variable = 0; continue }
        if (c ~ /[ \t\r\n]/) { push(); continue }
        if (c == ";") { push(); if (n) simple(); n = 0; continue }
        if (c == "{") {
            push()
            if (words[1] ~ /_by_lua_block$/) { lua = 1; line("{", 9, 9) }
            else line("{", 2, words[1] ~ /^(location|upstream)$/ ? n : 0)
            stack[++depth] = inside; inside = words[1]; n = 0; continue
        }
        if (c == "}") { print "}"; inside = stack[depth]; if (depth) depth--; n = 0; continue }
        w = w c; had = 1
    }
}'
# Apache: one directive a line as above; sections keep their words only where these cannot be expressions.
APACHE='BEGIN {
    keep = " listen servername serveralias servertokens serversignature sslengine sslprotocol sslciphersuite options" \
        " traceenable user group loadmodule serverroot customlog errorlog transferlog sethandler secruleengine" \
        " limitrequestbody require sslverifyclient documentroot sslproxyverify protocols "
    kept = " virtualhost directory directorymatch location locationmatch files filesmatch ifmodule ifdefine ifversion "
}
function form(s,   out) {
    if (s !~ /%/) { sub(/\t.*/, "", s); return s ~ /^[A-Za-z0-9_-]+$/ ? s : "" }
    while (match(s, /%>?[A-Za-z]/)) { out = out (out == "" ? "" : "\t") substr(s, RSTART, RLENGTH); s = substr(s, RSTART + RLENGTH) }
    return out
}
function plain(s) { gsub(/"/, "", s); gsub(/[ \t]+/, "\t", s); sub(/^\t/, "", s); sub(/\t$/, "", s); return s }
{
    sub(/\r$/, "")
    if (sub(/\\$/, "")) { held = held $0; next }
    $0 = held $0; held = ""
    sub(/^[ \t]+/, ""); sub(/[ \t]+$/, "")
    if ($0 == "" || /^#/) next
    if (/^<\//) { print "}"; next }
    if (/^</) {
        name = tolower($1); sub(/^</, "", name); sub(/>$/, "", name)
        rest = $0; sub(/^<[^ \t>]+/, "", rest); sub(/>$/, "", rest)
        print "{ " name (index(kept, " " name " ") ? "\t" plain(rest) : ""); next
    }
    name = tolower($1); rest = $0; sub(/^[^ \t]+/, "", rest); rest = plain(rest)
    if (name == "include" || name == "includeoptional") print "; include\t" rest
    else if (name == "customlog" || name == "transferlog" || name == "errorlog") {
        path = rest ~ /^\|/ ? "|" : substr(rest, 1, match(rest "\t", /\t/) - 1)
        print "; " name "\t" path (name == "customlog" ? "\t" form(substr(rest, match(rest "\t", /\t/) + 1)) : "")
    }
    else if (name == "logformat") {
        last = rest; sub(/.*\t/, "", last)
        if (last ~ /^[A-Za-z0-9_-]+$/) print "; logformat\t" last "\t" form(rest)
    }
    else if (name == "require") print "; require\t" (rest ~ /^all\t/ ? rest : substr(rest, 1, match(rest "\t", /\t/) - 1))
    else if (index(keep, " " name " ")) print "; " name "\t" rest
    else if (name ~ /^(proxypass|proxypassmatch)$/ && match(rest, /(https?|ajp|fcgi|wss?|h2c?):\/\/[^\/\t]*/)) {
        u = substr(rest, RSTART, RLENGTH); sub(/\/\/.*@/, "//", u); print "; proxypass\t" u
    }
    else if (name == "redirect" || name == "redirectpermanent" || name == "redirectmatch" || name == "rewriterule") {
        print "; " name "\t" (rest ~ /\thttps:\/\// ? "https" : "") "\t" (rest ~ /^(permanent\t|temp\t|30[0-9]\t)?\/\t/ || rest ~ /^\^?(\/\?)?\(?\.\*\)?\t/ ? "all" : "")
    }
    else if (name == "header" && tolower(rest) ~ /strict-transport-security/) {
        match(rest, /max-age=[0-9]+/); print "; header\tstrict-transport-security\t" substr(rest, RSTART, RLENGTH)
    }
    else if (name == "authtype") print "; authtype"
}'
# KEY VALUE or KEY = VALUE: words of $KEEP with their value, words of $MARK with `*` in its place.
KEYED='BEGIN { keep = " " ENVIRON["KEEP"] " "; mark = " " ENVIRON["MARK"] " " }
{
    sub(/\r$/, ""); sub(/^[ \t]+/, ""); sub(/[ \t]+$/, "")
    if ($0 == "" || /^[#;!]/) next
    if (/^\[.*\]$/ || /^(network|cred)=\{$/ || $0 == "}") { print; next }
    key = $0; sub(/[ \t=:].*/, "", key)
    value = substr($0, length(key) + 1); sub(/^[ \t]*[=:]?[ \t]*/, "", value)
    key = tolower(key)
    if (value ~ /^\047/) { sub(/^\047/, "", value); sub(/\047.*/, "", value) }
    else if (value ~ /^"[^"]*"[ \t]*#/) sub(/[ \t]*#.*/, "", value)
    else if (value !~ /^"/) sub(/[ \t]+#.*/, "", value)
    if (key == "include" || key == "include_if_exists") print "; include\t" value
    else if (key == "include_dir" || key == "includedir") print "; include\t" value "/*.conf"
    else if (index(keep, " " key " ")) print key "\t" value
    else if (index(mark, " " key " ")) print key "\t" (value == "" || value == "\"\"" ? "" : "*")
    else if (key == "rename-command") { split(value, part, /[ \t]+/); print key "\t" toupper(part[1]) }
    else if (key == "user" && value ~ / (on|off|nopass|>|#)/) print "user\t" acl(value)
    else if (key ~ /^(ro|rw)community6?$/) { split(value, part, /[ \t]+/); print key "\t" (tolower(part[1]) ~ /^(public|private)$/ ? tolower(part[1]) : "*") }
    else if (key == "com2sec" || key == "com2sec6") {
        m = split(value, part, /[ \t]+/); print key "\t" (tolower(part[m]) ~ /^(public|private)$/ ? tolower(part[m]) : "*")
    }
}
function acl(text,   i, m, part, found) {
    m = split(text, part, /[ \t]+/); found = part[1]
    for (i = 2; i <= m; i++) if (part[i] ~ /^(on|off|nopass|resetpass|allcommands|nocommands|[+-]@[a-z]+)$/) found = found " " part[i]
    return found
}'
# pg_hba.conf: five words, or six where a mask stands apart; what follows the method may be a password.
HBA='{ sub(/^[ \t]+/, ""); if ($0 == "" || /^#/) next }
/^include/ { sub(/^include(_if_exists)?[ \t]+/, "; include\t"); if (/^include_dir/) { sub(/^include_dir[ \t]+/, "; include\t"); $0 = $0 "/*.conf" } gsub(/"/, ""); print; next }
{
    last = $1 == "local" ? 4 : ($5 ~ /^[0-9]+\.[0-9.]+$/ || $5 ~ /^[0-9a-fA-F]*:[0-9a-fA-F:]+$/ ? 6 : 5)
    text = FNR
    for (i = 1; i <= last; i++) text = text "\t" $i
    print text
}'
export FOLLOW PIDS NGINX APACHE KEYED HBA

