# Private database servers for tests, on loopback, thrown away afterwards. To be sourced by bash:
#
#     servers_install "sqlite postgres mariadb galera"   # what is missing, with apt where that is allowed
#     servers_start "$folder" "postgres mariadb galera"  # returns when all answer
#     . "$folder/urls"                              # MIGRATOR_TEST_POSTGRES_URL and the like
#     servers_stop "$folder"                        # also what was only half started
#
# The settings are fast and unsafe: nothing is synced to disk, root needs no password on the socket.
# The servers listen on ports that nobody used, so they stand beside the system's own.

# --- What must be there ------------------------------------------------------------------------

servers_links() { # LIBRARY: can the C compiler link it?
  echo 'int main(void) { return 0; }' | cc -x c - "-l$1" -o /dev/null 2>/dev/null
}

# The newest PostgreSQL of the machine, or the one whose programs are in MIGRATOR_TEST_POSTGRES_BIN.
servers_postgres_bin() {
  local initdb
  if [ -n "${MIGRATOR_TEST_POSTGRES_BIN:-}" ]; then
    initdb=$MIGRATOR_TEST_POSTGRES_BIN/initdb
  else
    initdb=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
    [ -n "$initdb" ] || initdb=$(command -v initdb) || return 1
  fi
  [ -x "$initdb" ] && dirname "$(readlink -f "$initdb")"
}

servers_find() { # PROGRAM: its path; Debian keeps some where only root looks
  PATH=$PATH:/usr/local/sbin:/usr/sbin command -v "$1"
}

# The library that makes a MariaDB the node of a cluster.
servers_galera_library() {
  local library
  for library in /usr/lib/galera/libgalera_smm.so /usr/lib*/galera-4/libgalera_smm.so; do
    [ ! -e "$library" ] || { echo "$library"; return; }
  done
  return 1
}

# Debian's names of the packages that are missing for these databases.
servers_missing() { # "sqlite postgres mariadb galera"
  command -v cc >/dev/null || echo gcc libc6-dev
  local engine
  for engine in $1; do
    case $engine in
      sqlite) command -v sqlite3 >/dev/null || echo sqlite3 ;; # the client; the library is built from source
      system-sqlite) servers_links sqlite3 || echo libsqlite3-dev ;;
      postgres)
        servers_links pq || echo libpq-dev
        servers_postgres_bin >/dev/null || echo postgresql
        servers_find pgbouncer >/dev/null || echo pgbouncer
        ;;
      mariadb | galera)
        # The Rust bindings ask pkg-config where the client library is.
        command -v pkg-config >/dev/null || echo pkg-config
        servers_links mariadb || servers_links mysqlclient || echo libmariadb-dev
        { servers_find mariadbd && servers_find mariadb-install-db && servers_find mariadb
        } >/dev/null || echo mariadb-server
        [ "$engine" = galera ] || continue
        servers_galera_library >/dev/null || echo galera-4
        servers_find rsync >/dev/null || echo rsync # how a node gets its first copy of the data
        servers_find lsof >/dev/null || echo lsof   # how the one who sends it finds the one who takes it
        ;;
    esac
  done
}

servers_install() { # "sqlite postgres mariadb galera"
  local missing sudo='' policy=/usr/sbin/policy-rc.d
  if [ -n "${MIGRATOR_TEST_POSTGRES_BIN:-}" ] && ! servers_postgres_bin >/dev/null; then
    echo "no initdb in MIGRATOR_TEST_POSTGRES_BIN=$MIGRATOR_TEST_POSTGRES_BIN" >&2
    return 1
  fi
  missing=$(servers_missing "$1" | sort -u | xargs)
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "Missing: $missing (names of Debian's packages). Install them and run this again." >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ]; then
    sudo='sudo -n'
    if ! $sudo true 2>/dev/null; then
      echo "Missing: $missing. As root: apt-get update && apt-get install -y $missing" >&2
      return 1
    fi
  fi
  echo "installing $missing" >&2
  # Packages of servers start a service of the system, unless this file says no (101).
  local denied=no
  if [ ! -e $policy ]; then
    denied=yes
    printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
    $sudo chmod 755 $policy
  fi
  local status=0
  # shellcheck disable=SC2086 # words on purpose
  { $sudo apt-get update -qq &&
    $sudo env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends $missing; } >&2 || status=$?
  [ $denied = no ] || $sudo rm -f $policy
  [ $status = 0 ] || { echo "apt-get could not install: $missing" >&2; return 1; }
  missing=$(servers_missing "$1" | xargs)
  [ -z "$missing" ] || { echo "Still missing after the installation: $missing" >&2; return 1; }
}

# --- Start -------------------------------------------------------------------------------------

servers_free_port() { # below the range that the system hands out to clients
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# PostgreSQL refuses to run as root.
servers_as_postgres() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# Starts what is in FOLDER, also after it was killed.
servers_launch_postgres() { # FOLDER PORT
  local fast='-c fsync=off -c synchronous_commit=off -c full_page_writes=off'
  # After a crash a sequence that was made under `minimal` counts again what it had counted.
  fast+=' -c wal_level=minimal -c max_wal_senders=0'
  [ -z "${SERVERS_DURABLE:-}" ] || fast=''
  # A killed one may be a zombie, whose number still answers.
  rm -f "$1/data/postmaster.pid" "$1"/.s.PGSQL.*.lock
  servers_as_postgres "$(servers_postgres_bin)/pg_ctl" -s -w -D "$1/data" -l "$1/data/server.log" \
    -o "-p $2 -k $1 -c listen_addresses=127.0.0.1 -c max_connections=200 -c autovacuum=off $fast" \
    start >"$1/start.log" 2>&1
}

servers_start_postgres() { # FOLDER
  local bin folder=$1/postgres port try
  bin=$(servers_postgres_bin)
  mkdir -p "$folder"
  [ "$(id -u)" != 0 ] || chown postgres "$folder"
  cd "$folder" || return
  servers_as_postgres "$bin/initdb" -D "$folder/data" -U postgres --auth=trust --no-sync \
    -E UTF8 --locale=C >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; return 1; }
  for try in 1 2 3 4 5; do
    port=$(servers_free_port)
    if servers_launch_postgres "$folder" "$port"; then
      echo "export MIGRATOR_TEST_POSTGRES_URL=postgres://postgres@127.0.0.1:$port/postgres" \
        >"$folder/url"
      return
    fi
    grep -q 'could not create any TCP/IP sockets' "$folder/data/server.log" || break
  done
  cat "$folder/start.log" "$folder/data/server.log" >&2
  return 1
}

# A pooler in front of a PostgreSQL, in transaction mode, with few sessions; prints its port.
servers_start_pgbouncer() { # FOLDER HOST PORT USER PASSWORD
  local folder=$1/pgbouncer port try wait
  chmod 711 "$1"
  mkdir -p "$folder"
  [ "$(id -u)" != 0 ] || chown postgres "$folder"
  echo "\"$4\" \"$5\"" >"$folder/users"
  for try in 1 2 3 4 5; do
    port=$(servers_free_port)
    printf '%s\n' '[databases]' "* = host=$2 port=$3" '[pgbouncer]' 'listen_addr = 127.0.0.1' \
      "listen_port = $port" 'unix_socket_dir =' 'auth_type = trust' "auth_file = $folder/users" \
      'pool_mode = transaction' 'default_pool_size = 3' 'max_client_conn = 200' \
      "logfile = $folder/log" "pidfile = $folder/pid" >"$folder/ini"
    servers_as_postgres "$(servers_find pgbouncer)" -d -q "$folder/ini" >"$folder/out" 2>&1 || continue
    for ((wait = 0; wait < 100; wait++)); do
      (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && { echo "$port"; return; }
      sleep 0.05
    done
  done
  cat "$folder/out" "$folder/log" >&2
  return 1
}

servers_password=migrator_test # of MariaDB's user

# Starts what is in FOLDER, also after it was killed, and returns when it answers.
servers_launch_mariadb() { # FOLDER PORT
  local folder=$1 pid wait fast='--innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync'
  [ -z "${SERVERS_DURABLE:-}" ] || fast=''
  # shellcheck disable=SC2086 # words on purpose
  "$(servers_find mariadbd)" --no-defaults --user="$(id -un)" --datadir="$folder/data" \
    --socket="$folder/socket" --pid-file="$folder/server.pid" --init-file="$folder/init.sql" \
    --port="$2" --bind-address=127.0.0.1 --skip-log-bin --skip-name-resolve \
    --max-connections=200 $fast \
    --innodb-buffer-pool-size=64M >"$folder/server.log" 2>&1 </dev/null &
  pid=$!
  echo "$pid" >"$folder/pid"
  for ((wait = 0; wait < 600; wait++)); do
    kill -0 "$pid" 2>/dev/null || break
    # Not `mariadb-admin ping`, which is content with a server that knows no such user.
    mariadb --no-defaults -h 127.0.0.1 -P "$2" -u migrator -p"$servers_password" -e 'DO 0' \
      >/dev/null 2>&1 && return
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  return 1
}

# Read at every start; both hosts, because 'localhost' is what the server calls a socket's peer.
servers_mariadb_users() {
  local host
  for host in 127.0.0.1 localhost; do
    echo "CREATE USER IF NOT EXISTS migrator@'$host' IDENTIFIED BY '$servers_password';"
    echo "GRANT ALL PRIVILEGES ON *.* TO migrator@'$host' WITH GRANT OPTION;"
  done
}

servers_start_mariadb() { # FOLDER
  local folder=$1/mariadb user port try
  user=$(id -un)
  mkdir -p "$folder"
  "$(servers_find mariadb-install-db)" --no-defaults --datadir="$folder/data" --user="$user" \
    --auth-root-authentication-method=normal --skip-test-db \
    >"$folder/install.log" 2>&1 || { cat "$folder/install.log" >&2; return 1; }
  servers_mariadb_users >"$folder/init.sql"
  for try in 1 2 3 4 5; do
    port=$(servers_free_port)
    if servers_launch_mariadb "$folder" "$port"; then
      echo "export MIGRATOR_TEST_MARIADB_URL=mysql://migrator:$servers_password@127.0.0.1:$port/mysql" \
        >"$folder/url"
      return
    fi
    grep -q "Can't start server: Bind on TCP/IP port" "$folder/server.log" || break
  done
  cat "$folder/server.log" >&2
  return 1
}

# A cluster of three nodes, which notice soon that one of them does not answer.
servers_start_galera() { # FOLDER
  local folder=$1/galera user try
  # A node that runs as root cannot hand its data to another one.
  user=$([ "$(id -u)" = 0 ] && echo mysql || id -un)
  mkdir -p "$folder/tmp"
  [ "$(id -u)" != 0 ] || chown "$user" "$folder/tmp"
  export TMPDIR=$folder/tmp
  "$(servers_find mariadb-install-db)" --no-defaults --datadir="$folder/data" --user="$user" \
    --auth-root-authentication-method=normal --skip-test-db \
    >"$folder/install.log" 2>&1 || { cat "$folder/install.log" >&2; return 1; }
  servers_mariadb_users >"$folder/init.sql"
  for try in 1 2 3; do
    servers_start_nodes "$folder" "$user" && return
    servers_stop_nodes "$folder"
  done
  tail -n 40 "$folder"/log.* >&2
  return 1
}

servers_start_nodes() { # FOLDER USER
  local folder=$1 user=$2 node cluster=gcomm:// urls='' pids='' ports=()
  for node in 1 2 3; do
    ports=("$(servers_free_port)" "$(servers_free_port)" "$(servers_free_port)" "$(servers_free_port)")
    mkdir -p "$folder/$node"
    cp -a "$folder/data" "$folder/$node/data"
    [ "$(id -u)" != 0 ] || chown "$user" "$folder/$node"
    servers_start_node "$folder" "$node" "$user" "$cluster" "${ports[@]}" &
    echo $! >"$folder/$node/pid"
    servers_wait_for_node "$folder/$node" "${ports[0]}" || return 1
    cluster+=$([ $node = 1 ] || echo ,)127.0.0.1:${ports[1]}
    urls+="mysql://migrator:$servers_password@127.0.0.1:${ports[0]}/mysql "
    pids+="$(cat "$folder/$node/pid") "
  done
  echo "export MIGRATOR_TEST_GALERA_URLS='${urls% }' MIGRATOR_TEST_GALERA_PIDS='${pids% }'" >"$folder/url"
}

servers_start_node() { # FOLDER NODE USER CLUSTER PORT PORT_OF_THE_GROUP PORT_OF_COPIES PORT_OF_CHANGES
  local folder=$1 node=$2 user=$3 cluster=$4 first=() provider
  provider="gmcast.listen_addr=tcp://127.0.0.1:$6;ist.recv_addr=127.0.0.1:$8;gcache.size=16M;"
  provider+='evs.keepalive_period=PT0.3S;evs.inactive_check_period=PT0.3S;evs.suspect_timeout=PT2S;'
  provider+='evs.inactive_timeout=PT4S;evs.install_timeout=PT2S'
  [ "$node" != 1 ] || first=(--wsrep-new-cluster --init-file="$folder/init.sql")
  exec "$(servers_find mariadbd)" --no-defaults --user="$user" --datadir="$folder/$node/data" \
    --socket="$folder/$node/socket" --pid-file="$folder/$node/server.pid" --port="$5" \
    --bind-address=127.0.0.1 --skip-name-resolve --max-connections=60 --binlog-format=ROW \
    --innodb-autoinc-lock-mode=2 --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync \
    --innodb-buffer-pool-size=32M --wsrep-on=ON --wsrep-provider="$(servers_galera_library)" \
    --wsrep-cluster-address="$cluster" --wsrep-node-name="node-$node" \
    --wsrep-node-address="127.0.0.1:$6" --wsrep-sst-method=rsync \
    --wsrep-sst-receive-address="127.0.0.1:$7" --wsrep-provider-options="$provider" \
    "${first[@]}" >"$folder/log.$node" 2>&1 </dev/null
}

servers_wait_for_node() { # FOLDER_OF_THE_NODE PORT
  local wait
  for ((wait = 0; wait < 600; wait++)); do
    kill -0 "$(cat "$1/pid")" 2>/dev/null || return 1
    if mariadb --no-defaults -h 127.0.0.1 -P "$2" -u migrator -p"$servers_password" -N \
      -e "SHOW STATUS LIKE 'wsrep_local_state_comment'" 2>/dev/null | grep -q Synced; then
      return
    fi
    sleep 0.1
  done
  return 1
}

servers_stop_nodes() { # FOLDER
  local pid
  for pid in "$1"/[123]/pid; do
    [ -s "$pid" ] || continue
    pid=$(cat "$pid")
    kill -KILL "$pid" 2>/dev/null && servers_gone "$pid"
  done
  rm -rf "$1"/[123]
}

# Starts them side by side. FOLDER must be empty, and nobody's but ours.
servers_start() { # FOLDER "postgres mariadb galera"
  local folder=$1 engine job jobs=() status=0
  chmod 711 "$folder" # PostgreSQL's user must reach what is its own in there
  for engine in $2; do
    (
      # A Ctrl-C ends the script; the servers are then stopped by it, in order.
      trap '' INT
      set +m
      "servers_start_$engine" "$folder"
    ) &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do
    wait "$job" || status=1
  done
  [ $status = 0 ] || return 1
  for engine in $2; do
    cat "$folder/$engine/url"
  done >"$folder/urls"
}

# --- Stop --------------------------------------------------------------------------------------

# Stops what runs in FOLDER and removes it. Data is worth nothing, so no orderly shutdown.
servers_stop() { # FOLDER
  local folder=$1 pid
  if [ -s "$folder/postgres/data/postmaster.pid" ]; then
    pid=$(head -n 1 "$folder/postgres/data/postmaster.pid")
    kill -QUIT "$pid" 2>/dev/null && servers_gone "$pid"
  fi
  if [ -s "$folder/pgbouncer/pid" ]; then
    pid=$(cat "$folder/pgbouncer/pid")
    kill -KILL "$pid" 2>/dev/null && servers_gone "$pid"
  fi
  if [ -s "$folder/mariadb/pid" ]; then
    pid=$(cat "$folder/mariadb/pid")
    kill -KILL "$pid" 2>/dev/null && servers_gone "$pid"
  fi
  servers_stop_nodes "$folder/galera"
  rm -rf "$folder"
}

# kill -9 of a server and of whatever works for it, at once.
servers_kill() { # FOLDER ENGINE
  local pid others one
  case $2 in
    postgres) pid=$(head -n 1 "$1/postgres/data/postmaster.pid") ;;
    mariadb) pid=$(cat "$1/mariadb/pid") ;;
  esac
  kill -STOP "$pid" # it starts no other
  others=$(ps -o pid= --ppid "$pid")
  # shellcheck disable=SC2086 # words on purpose
  kill -KILL "$pid" $others
  for one in $pid $others; do
    servers_gone "$one"
  done
}

servers_gone() { # PID: waits until it is
  local wait
  for ((wait = 0; wait < 200; wait++)); do
    # A zombie is gone too: it waits for whoever collects orphans on this machine.
    case $(ps -o stat= -p "$1") in '' | Z*) return 0 ;; esac
    sleep 0.05
  done
  kill -KILL "$1" 2>/dev/null
}
