# Looks for card numbers, records and keys in files, and changes nothing: POSIX sh, find, grep, awk, no temporary files.
# The sender puts the words in capitals before it. A number is masked here, in awk, before anything is written.
# What is written stands between the lines `M BEGIN` and `M END`: a letter, then fields parted by tabs:
#   T counts                                 what was found in the lines that the sender made up, as in N
#   S n state count beyond oldest newest ages...   the n-th folder of STORES
#   K why count                              files that were not read, or not whole
#   X kind mode owner time open path         a file by its name: a dump, credentials
#   R mode owner time open path              a table whose first line names number plates
#   H mode owner time open path, then N counts schemes samples: what a file holds
#   G                                        the planted files are done, the search begins
#   C files bytes offset path                read since the last C; all before this place is done; offset -1: the file too
#   P offset path                            the bytes that may be read end here
#   L                                        the time is up
#   Z                                        every file was chosen from

LC_ALL=C
export LC_ALL
TAB='	'
command -v ionice >/dev/null && ionice -c 3 -p $$ 2>/dev/null
ulimit -v 1000000 2>/dev/null

# Names that hang on a dead server, and places that hold no files of their own.
NET=$(awk '$2 != "/" && $3 ~ /^(nfs|cifs|smb|9p|afs|autofs|ceph|gluster|lustre|ncp|fuse|proc|sysfs|dev|cgroup|overlay|debugfs|tracefs|securityfs)/ {
    print $2 }' /proc/mounts 2>/dev/null)

# Whether anybody on this host may read it: its mode, and a way through every folder above.
OPEN='may_all() { # PATH MODE
    case $2 in *[4567]) ;; *) echo 0; return ;; esac
    dir=${1%/*}
    while [ -n "$dir" ]; do
        case $(stat -L -c %a "$dir") in *[1357]) ;; *) echo 0; return ;; esac
        dir=${dir%/*}
    done
    echo 1
}
about() { # LETTER PATH: its lines begin so
    mode=$(stat -c %a "$2")
    printf "%s\t%s\t%s\t%s\t%s\n" "$1" "$mode" "$(stat -c "%U$TAB%Y" "$2")" "$(may_all "$2" "$mode")" "$2"
}'

# One line of counts for a stream; nothing if it holds nothing.
FIND='
BEGIN {
    n = split(RANGES, range, ";")
    for (i = 1; i <= n; i++) split(range[i], part, " ") && keep(i, part)
    m = split(TESTS, word, " ")
    for (i = 1; i <= m; i++) test[word[i]] = 1
    LONG = 2000
    hex = "[0-9a-f]"
    for (i = 1; i <= 4; i++) hex = hex hex
}
function keep(i, p) { scheme[i] = p[1]; low[i] = p[2] + 0; high[i] = p[3] + 0; long[i] = "," p[4] ","; weak[i] = p[5] }
function sound(s,    i, d, sum, twice) { # ISO/IEC 7812-1, the check digit of Luhn
    for (i = length(s); i > 0; i--) {
        d = substr(s, i, 1) + 0
        if (twice) { d *= 2; if (d > 9) d -= 9 }
        sum += d; twice = !twice
    }
    return sum % 10 == 0
}
function kinds(s,    i, seen, count) {
    for (i = 1; i <= length(s); i++) if (!((substr(s, i, 1)) in seen)) { seen[substr(s, i, 1)] = 1; count++ }
    return count
}
function month(s) { return substr(s, 3, 2) >= "01" && substr(s, 3, 2) <= "12" && s ~ /^[0-9][0-9][0-9][0-9]/ }
# What stands before and after says whether it is a number of its own, and whether it is a track.
function judge(s, grouped, before, after,    i, head, track) {
    head = substr(s, 1, 6) + 0
    for (i = 1; i <= n; i++) if (head >= low[i] && head <= high[i] && index(long[i], "," length(s) ",")) break
    if (i > n || !sound(s)) return 0
    track = (before ~ /B$/ && after ~ /^\^[^^]*\^[0-9][0-9][0-9][0-9]/) || \
        (after ~ /^[=D][0-9][0-9][0-9][0-9][0-9][0-9][0-9]/ && month(substr(after, 2)))
    if (!track) {
        if (before ~ /[A-Za-z0-9_]$/ || after ~ /^[A-Za-z0-9_]/) return 0
        if (before ~ /[0-9][.]$/ || after ~ /^[.][0-9]/ || before ~ /[-+]$/ || after ~ /^-[0-9A-Za-z]/) return 0
    }
    if (s in test) { tests++; sample("test", s) }
    else {
        if (kinds(s) < 3) return 0
        if (weak[i] == "weak" && !grouped && !track && !speaks()) return 0
        numbers++
        sample(scheme[i], s)
    }
    if (track) tracks++
    return scored = 1
}
function speaks() {
    if (asked != NR) {
        asked = NR
        spoke = tolower($0) ~ /card|karte|carte|(^|[^a-z])pan([^a-z]|$)|visa|maestro|master|amex/
    }
    return spoke
}
function sample(name, s,    masked) {
    if (!(name in named)) { named[name] = 1; schemes = schemes (schemes == "" ? "" : ",") name }
    masked = substr(s, 1, 6) substr("*********", 1, length(s) - 10) substr(s, length(s) - 3)
    if (samples_n < 5 && !(masked in shown)) {
        shown[masked] = 1; samples_n++
        samples = samples (samples == "" ? "" : ",") masked
    }
}
# A run of digits with single blanks or hyphens: one group that is long enough, or groups as cards are printed.
function look(run, before, after,    g, c, i, at, size, s) {
    c = split(run, g, /[ -]/)
    at = 1
    for (i = 1; i <= c; i++) {
        size = length(g[i])
        s = ""
        if (size >= 13 && size <= 19) s = g[i]
        else if (size == 4 && length(g[i+1]) == 4 && length(g[i+2]) == 4 && length(g[i+3]) == 4) {
            s = g[i] g[i+1] g[i+2] g[i+3]
            if (length(g[i+4]) == 3 && judge(s g[i+4], 1, before_at(run, at, before), after_at(run, at + 23, after))) return
            if (judge(s, 1, before_at(run, at, before), after_at(run, at + 19, after))) { at += 20; i += 3; continue }
            s = ""
        }
        else if (size == 4 && length(g[i+1]) == 6 && (length(g[i+2]) == 5 || length(g[i+2]) == 4)) {
            s = g[i] g[i+1] g[i+2]
            judge(s, 1, before_at(run, at, before), after_at(run, at + length(s) + 2, after))
            s = ""
        }
        if (s != "") judge(s, 0, before_at(run, at, before), after_at(run, at + size, after))
        at += size + 1
    }
}
# Another group before or behind a grouped number is set apart by a blank; by a hyphen it is a part of the number.
function before_at(run, at, before) { return at == 1 ? before : (substr(run, at - 1, 1) == "-" ? "0-" : " ") }
function after_at(run, at, after) { return at > length(run) ? after : substr(run, at) }
function scan(rest,    run, before) {
    while (match(rest, /[0-9][0-9 -]*[0-9]/)) {
        run = substr(rest, RSTART, RLENGTH)
        before = RSTART > 3 ? substr(rest, RSTART - 3, 3) : before substr(rest, 1, RSTART - 1)
        rest = substr(rest, RSTART + RLENGTH)
        if (length(run) >= 13) look(run, before, substr(rest, 1, 60))
        before = substr(run, length(run))
    }
}
# A long line is read in pieces that end where no number does: else its time grows with the square of its length.
function scan_long(text,    at, piece, cut) {
    for (at = 1; at <= length(text); at += cut) {
        piece = substr(text, at, LONG)
        for (cut = LONG; cut > LONG - 200 && substr(piece, cut, 1) ~ /[0-9A-Z =^-]/; cut--);
        scan(substr(piece, 1, cut))
    }
}
{
    scored = 0
    if (length($0) <= LONG) scan($0)
    else scan_long($0)
}
/[Cc][AaVv][VvCc]/ || scored {
    small = tolower($0)
    if (small ~ /(cvv|cvc|cav)2?(_?(code|value|number))?[^a-z0-9:=>]*[:=>][^a-z0-9]*[0-9][0-9][0-9][0-9]?([^0-9]|$)/) {
        codes++
        scored = 1
    } else if (scored && small ~ /(csc|cid)[^a-z0-9:=>]*[:=>][^a-z0-9]*[0-9][0-9][0-9][0-9]?([^0-9]|$)/) codes++
}
/[Pp][Ii][Nn][ _-]?[Bb]/ {
    if (tolower($0) ~ ("pin[ _-]?block[^a-z0-9:=>]*[:=>][^a-z0-9]*" hex)) { pins++; scored = 1 }
}
scored { lines++ }
# A key is a first line and what follows it: programs hold the first lines alone, as words to look for.
begun == NR - 1 && begun {
    if (/^Proc-Type: 4,ENCRYPTED/) locked++
    else if (/^b3BlbnNzaC1rZXktdjEAAAAA/ && !/^b3BlbnNzaC1rZXktdjEAAAAABG5vbmU/) locked++
    else if (length($0) >= 40 && !/[^A-Za-z0-9+\/=\r]/) { if (shut) locked++; else keys++ }
}
/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/ { begun = NR; shut = /BEGIN ENCRYPTED/ }
/ HTTP\/[0-9]/ && length($0) <= 8000 {
    small = tolower($0)
    if (small ~ PLATES) plates++
    if (small ~ /[?&][^ ]*(@|%40)[^ ]*\.[a-z][a-z]/) mails++
}
END {
    if (numbers + tests + tracks + codes + pins + keys + locked + plates + mails > 0)
        print "N\t" numbers + 0 "\t" tests + 0 "\t" tracks + 0 "\t" codes + 0 "\t" pins + 0 "\t" lines + 0 "\t" \
            plates + 0 "\t" mails + 0 "\t" keys + 0 "\t" locked + 0 "\t" schemes "\t" samples
}'

# What the worker does with a batch of words: a line of CHOOSE each.
READ='look() {
    tr "\000" "\n" | grep -aE -A 1 "$PATTERN" | awk -v RANGES="$RANGES" -v TESTS="$TESTS" -v PLATES="$PLATES" "$FIND"
}
tell() { # PATH SAID
    [ -z "$2" ] || { about H "$1"; printf "%s\n" "$2"; }
}
packed() { # PATH TOOL: at most UNPACKED bytes of what it unpacks to
    command -v "${2%% *}" >/dev/null || { printf "K\tpacked\t1\n"; return; }
    # most hold nothing, and most gzip files are too small to unpack to more (deflate makes 1032 of 1 at most)
    if $2 <"$1" 2>/dev/null | head -c "$UNPACKED" | grep -qaE "$PATTERN"; then
        tell "$1" "$($2 <"$1" 2>/dev/null | head -c "$UNPACKED" | look)"
    fi
    [ "$2" = "gzip -dc" ] && [ "$size" -lt $((UNPACKED / 1100)) ] && return
    [ "$($2 <"$1" 2>/dev/null | tail -c +$((UNPACKED + 1)) | head -c 1 | wc -c)" -eq 0 ] || printf "K\tlarge\t1\n"
}
flush() { # PATH...: most hold nothing, and one grep tells so
    [ $# -gt 0 ] || return 0
    found=$(grep -slaE "$PATTERN" -- "$@")
    if [ $? -ge 2 ]; then # one of them failed, and those behind it may not have been read
        found=
        for each do
            grep -sqaE "$PATTERN" -- "$each"
            case $? in
                0) tell "$each" "$(look <"$each")" ;;
                1) ;;
                *) [ ! -e "$each" ] || printf "K\tfailed\t1\n" ;;
            esac
        done
    fi
    [ -z "$found" ] || printf "%s\n" "$found" | while IFS= read -r each; do tell "$each" "$(look <"$each")"; done
}
in_time() { [ "$(date +%s)" -lt "$UNTIL" ] || { echo L; exit 255; }; }
in_time
first=1 last= files=0 bytes=0
for w do
    [ -z "$first" ] || { set --; first=; }
    case $w in
        =*) printf "%s\n" "${w#=}"; continue ;;
        !*) w=${w#?}; f=${w#*:}; [ ! -f "$f" ] || about "X$TAB${w%%:*}" "$f"; continue ;;
        +*) f=${w#?}; [ ! -r "$f" ] || ! head -n 1 "$f" | head -c 4000 | grep -qiE "$COLUMNS" || about R "$f"; continue ;;
    esac
    offset=${w%%:*} w=${w#*:}
    length=${w%%:*} w=${w#*:}
    size=${w%%:*} f=${w#*:}
    if [ ! -r "$f" ]; then
        [ ! -e "$f" ] || printf "K\tnot-permitted\t1\n"
    else
        case $f in
            *.gz|*.tgz) packed "$f" "gzip -dc" ;;
            *.xz) packed "$f" "xz -dc" ;;
            *.bz2) packed "$f" "bzip2 -dc" ;;
            *.zst) packed "$f" "zstd -dc" ;;
            *)  if [ "$length" = 0 ]; then set -- "$@" "$f"
                else
                    in_time
                    flush "$@"
                    set --
                    tell "$f" "$(tail -c +$((offset + 1)) "$f" | head -c "$length" | look)"
                    [ "$offset" != 0 ] || files=$((files + 1))
                    printf "C\t%s\t%s\t%s\t%s\n" $files $((bytes + length)) $((offset + length)) "$f"
                    files=0 bytes=0 last=
                    continue
                fi ;;
        esac
        files=$((files + 1)) bytes=$((bytes + size))
    fi
    last=$f
done
[ -z "$first" ] || exit 0
flush "$@"
[ -z "$last" ] || printf "C\t%s\t%s\t-1\t%s\n" $files $bytes "$last"'

# From the sorted list of files: which are read, which only counted, and where the bytes end.
CHOOSE='
BEGIN { FS = "\t"; begun = FROM == ""; CHUNK = 33554432 }
/^find:.*denied/ { refused++; next }
/^#/ { if ($2 + 0 >= 124) print "=K\tlisting\t1"; next }
/^\?/ { odd++; next }
/^=/ { print; next }
substr($0, 1, 1) != "/" || NF != 4 { next }
$1 == last { next }
{
    last = $1
    name = tolower($1)
    sub(/^.*\//, "", name)
    if (name ~ DUMPS && $4 ~ /[4567]$/) print "!dump:" $1
    if (name ~ SECRETS && $4 ~ /[4567]$/) print "!credentials:" $1
    if (full || $2 == 0) next
    offset = 0
    if (!begun) {
        if ($1 < FROM) next
        begun = 1
        if ($1 == FROM) { if (OFFSET < 0) next; offset = OFFSET }
    }
    if (name ~ MEDIA) { media++; next }
    if (name ~ CLOSED) { print "=K\tclosed\t1"; next }
    size = $2 - offset
    if (size <= 0) next
    if (files >= FILES || bytes >= BYTES) { print "=P\t" offset "\t" $1; full = 1; next }
    files++
    if (offset == 0 && name ~ /\.(csv|tsv)$/) print "+" $1
    if (offset == 0 && (size <= CHUNK && bytes + size <= BYTES || name ~ PACKED)) {
        bytes += size
        print "0:0:" size ":" $1
        next
    }
    # Chunks lap over by some bytes, so that no number is cut in two.
    for (at = offset; at < $2 && bytes < BYTES; at += part > 4096 ? part - 256 : part) {
        part = $2 - at < CHUNK ? $2 - at : CHUNK
        if (part > BYTES - bytes) part = BYTES - bytes
        bytes += part
        print at ":" part ":" part ":" $1
        if (at + part >= $2) next
    }
    print "=P\t" at "\t" $1
    full = 1
}
END {
    if (refused) print "=K\tnot-permitted\t" refused
    if (odd) print "=K\todd-name\t" odd
    if (media) print "=K\tmedia\t" media
    print "=Z"
}'

# Ages of the images in a folder, in days, by the time of their last change.
AGES='
BEGIN { FS = "\t"; n = split("1 3 8 30 90 365", edge, " ") }
$1 == "#" { code = $2 + 0; next }
/^find:.*denied/ { refused = 1; next }
tolower($2) !~ IMAGES { next }
{
    age = int((NOW - $1) / 86400)
    if (age < 0) age = 0
    if (count++ == 0 || age > oldest) oldest = age
    if (count == 1 || age < newest) newest = age
    for (i = 1; i <= n && age >= edge[i] + 0; i++);
    bucket[i]++
    if (KEPT != "" && age >= KEPT + 0) beyond++
}
END {
    state = code >= 124 ? "timed-out" : refused ? "not-permitted" : "seen"
    printf "S\t%s\t%s\t%d\t%d\t%d\t%d", NUMBER, state, count, beyond, oldest, newest
    for (i = 1; i <= n + 1; i++) printf "\t%d", bucket[i]
    print ""
}'
export TAB OPEN FIND READ CHOOSE AGES PATTERN RANGES TESTS PLATES COLUMNS UNPACKED UNTIL

below_net() { # PATH
    for mount in $NET; do case $1 in "$mount"|"$mount"/*) return 0 ;; esac; done
    return 1
}

places() { # PATH: the same, or what stands in it, where a mount that is left alone lies below
    if below_net "$1"; then printf '=K\tnetwork\t1\n'; return; fi
    for mount in $NET; do
        case $mount in
            "$1"/*)
                for inner in "$1"/* "$1"/.[!.]*; do
                    case $inner in *"/*"|*"/.[!.]*") continue ;; esac
                    if below_net "$inner"; then printf '=K\tnetwork\t1\n'; else (places "$inner"); fi
                done
                return ;;
        esac
    done
    printf '%s\n' "$1"
}

limit=
if timeout -k 2 9 true; then limit="timeout -k 2"; elif timeout 9 true; then limit=timeout; fi 2>/dev/null

list_all() {
    roots | while IFS= read -r root; do
        if [ -e "$root" ]; then places "$root"; else printf '=K\tabsent\t1\n'; fi
    done | while IFS= read -r place; do
        case $place in =*) printf '%s\n' "$place"; continue ;; esac
        # no parentheses: within them busybox forgets what `{} +` gathered
        ${limit:+$limit $LISTING} find -H "$place" -name '*[[:cntrl:]]*' -exec echo '?' \; -prune \
            -o -type f -exec stat -c "%n$TAB%s$TAB%Y$TAB%a" {} + 2>&1
        printf '#\t%s\n' $?
    done
}

store() { # NUMBER PATH DAYS
    if below_net "$2"; then printf 'S\t%s\tnetwork\n' "$1"; return; fi
    [ -d "$2" ] || { printf 'S\t%s\tabsent\n' "$1"; return; }
    { ${limit:+$limit $LISTING} find "$2" -type f -exec stat -c "%Y$TAB%n" {} + 2>&1; printf '#\t%s\n' $?; } |
        awk -v NUMBER="$1" -v KEPT="$3" -v NOW="$(date +%s)" -v IMAGES="$IMAGES" "$AGES"
}

work() { # words on stdin
    tr '\n' '\000' | xargs -0 -n 64 sh -c "$OPEN
$READ" -
}

search() {
    printf '%s BEGIN\n' "$M"
    printf '%s\n' "$PROBE" | sh -c "${READ%%tell()*}look" - | sed 's/^N/T/'
    canaries | work
    echo G
    stores
    list_all | sort | awk -v FROM="$FROM" -v OFFSET="$OFFSET" -v FILES="$FILES" -v BYTES="$BYTES" -v DUMPS="$DUMPS" \
        -v SECRETS="$SECRETS" -v MEDIA="$MEDIA" -v CLOSED="$CLOSED" -v PACKED="$PACKED" "$CHOOSE" | work
    printf '%s END\n' "$M"
}

# stdin is this script itself: it is read to its end here before anything runs, and nothing may read from it
search </dev/null 2>/dev/null
