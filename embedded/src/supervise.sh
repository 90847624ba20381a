# Runs one server for as long as it has users; lib.rs tells why it is so.
#
# sh -c THIS sh KIND BIN_DIR CLUSTER SOCKET_DIR [OPTION OF postgres]…
#   in the server's directory, with stdin: the fifo of the users, stdout: the lock, stderr: the log.

kind=$1 bin=$2 cluster=$3 socket=$4
shift 4
umask 077
trap '' HUP INT TERM                        # the server ends by its users alone (postgres sets its own handlers)
exec 3<&0 </dev/null                        # the shell gives background processes another stdin
exec 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-          # what the caller's shell had open is not ours to hold

case $kind in
    fast) stop=QUIT sync=--no-sync ;;       # nothing is to be saved
    *)    stop=INT  sync= ;;
esac

line() { sed -n "$1p" "$2" 2>/dev/null; }

remove_outside() {
    case $1 in /tmp/pgmemory.*) rm -rf "$1" ;; esac
}

prepare() {
    rm -rf run ack.* "$cluster".new.*
    [ "$kind" = fast ] && rm -rf "$cluster"
    if [ ! -d "$cluster" ]; then
        # Renamed when complete, so that a crash never leaves half a cluster behind.
        "$bin/initdb" -D "$cluster.new.$$" -U postgres -E UTF8 --locale=C --auth=trust --no-instructions $sync \
            >&2 3<&- && mv "$cluster.new.$$" "$cluster" || { echo 'pgmemory: initdb failed' >&2; return 1; }
    fi
    # The lock proves that the last server of ours is dead, even where another process has got its pid.
    # (A server that somebody started by hand has another pid: postgres itself refuses then.)
    if [ -e server ] && [ "$(line 1 server)" = "$(line 1 "$cluster/postmaster.pid")" ]; then
        rm -f "$cluster/postmaster.pid"
    fi
    remove_outside "$(line 5 server)"
    rm -f server
    case $socket in
        '') socket=$(mktemp -d /tmp/pgmemory.XXXXXX) ;;   # bound to be new, and private
        *)  mkdir "$socket" ;;
    esac
}

serve() {
    "$bin/postgres" -D "$cluster" "$@" -c unix_socket_directories="\"$socket\"" </dev/null 3<&- &
    postgres=$!
    {
        # Each user announces itself by a name; the end of the input means that the last one has gone.
        while read -r name; do : >"ack.$name"; done
        exec </dev/null
        # Again and again, because postgres may be too young to hear the first signal.
        while kill -s $stop "$postgres"; do sleep 0.1 || sleep 1; done
    } <&3 3<&- >/dev/null 2>&1 &
    reader=$!
    exec 3<&-
    printf '%s\n' "$postgres" "$reader" "$kind" "$bin" "$socket" >server.new && mv server.new server
    wait "$postgres"
    kill -s KILL "$reader" 2>/dev/null      # postgres may have died: whoever comes now starts anew
    wait "$reader"
}

clear_away() {
    remove_outside "$socket"
    if [ "$kind" = fast ]; then
        rm -rf users server run ack.* "$cluster".new.*
        for attempt in 1 2 3 4 5; do        # the last processes of a killed server may still write
            rm -rf "$cluster" && break
            sleep 1
        done
        # The lock goes last. Who has opened it meanwhile sees that its name is gone, and begins again; who comes
        # later makes a new one, and nothing of that is removed.
        [ -e "$cluster" ] || { rm -f server.log lock; rmdir "$PWD" 2>/dev/null; }
    elif [ ! -e "$cluster/postmaster.pid" ]; then
        rm -f server
    fi
}

# In the background, so that the caller is not its parent and need not reap it.
{ prepare && serve "$@"; clear_away; } &
