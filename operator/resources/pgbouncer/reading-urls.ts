import { clientParameters } from "./client-parameters.ts";

/**
 * The functions of the start script that read a database's URL from its file and take it apart: into the parts of the connection, the
 * settings of each session ($settings) and the TLS mode. They use `fail`, `decode` and `quote` of start-script.ts, and built-in commands only.
 */
export const readingUrls = `# Reads the only line of file $1 into $url.
read_url() {
  [ -r "$1" ] || fail "the key of the Secret that postgres.urlFrom names does not exist"
  url=
  {
    IFS= read -r url || :
    while IFS= read -r extra || [ -n "$extra" ]; do
      [ -z "$extra" ] || fail "the Secret's value has more than one line; it must be the URL alone"
    done
  } <"$1"
  [ -n "$url" ] || fail "the URL is empty"
  case $url in
    *"$carriage_return"*) fail "the URL holds a carriage return; save the Secret's value without Windows line ends" ;;
  esac
}

# Splits $url into the still encoded $user, $password, $host, $port, $dbname and $query.
split_url() {
  case $url in
    postgres://*) rest=\${url#postgres://} ;;
    postgresql://*) rest=\${url#postgresql://} ;;
    *) fail "the URL must begin with postgres:// or postgresql://" ;;
  esac
  query=
  case $rest in
    *"?"*) query=\${rest#*"?"}; rest=\${rest%%"?"*} ;;
  esac
  dbname=
  case $rest in
    */*) dbname=\${rest#*/}; rest=\${rest%%/*} ;;
  esac
  user=
  password=
  case $rest in
    *@*)
      user=\${rest%"@"*}
      rest=\${rest##*"@"}
      case $user in
        *:*) password=\${user#*:}; user=\${user%%:*} ;;
      esac ;;
  esac
  split_address
}

# Splits the address $rest into $host and $port.
split_address() {
  port=
  case $rest in
    *,*) fail "the URL names several hosts; the pooler needs one: name the primary's own address" ;;
    "["*"]") host=\${rest#"["}; host=\${host%"]"} ;;
    "["*"]:"*) host=\${rest#"["}; host=\${host%"]:"*}; port=\${rest##*"]:"} ;;
    *:*:*) fail "the URL's host is an IPv6 address without brackets, or holds a colon too many" ;;
    *:*) host=\${rest%:*}; port=\${rest##*:} ;;
    *) host=$rest ;;
  esac
}

# Adds the setting $1 of value $2 to those of each session, as a call in SQL.
add_setting() {
  case $1 in
    ""|*[!abcdefghijklmnopqrstuvwxyz_.]*) fail "the URL's options name a setting that has other letters than a-z, '_' and '.'" ;;
  esac
  quote "$2"
  settings="\${settings:+$settings, }set_config('$1', $quoted, false)"
}

# Adds those of $default_settings, NAME=VALUE with | between, that the URL does not set itself.
add_default_settings() {
  remaining=$default_settings
  while [ -n "$remaining" ]; do
    pair=\${remaining%%"|"*}
    remaining=\${remaining#*"|"}
    case $settings in
      *"set_config('\${pair%%=*}',"*) ;;
      *) add_setting "\${pair%%=*}" "\${pair#*=}" ;;
    esac
  done
}

# Reads the options of the URL, decoded in $1: "-c name=value" or "--name=value", with spaces between.
read_options() {
  case $1 in
    *'\\'*) fail "the URL's options hold a backslash, which the pooler cannot pass on" ;;
  esac
  remaining=$1
  awaits=
  while [ -n "$remaining" ]; do
    word=\${remaining%%" "*}
    case $remaining in
      *" "*) remaining=\${remaining#*" "} ;;
      *) remaining= ;;
    esac
    case $awaits$word in
      "") continue ;;
      -c) awaits=-c; continue ;;
      -c*=*) pair=\${word#-c} ;;
      --*=*) pair=\${word#--} ;;
      *) fail "the URL's options must be of the form -c name=value" ;;
    esac
    awaits=
    add_setting "\${pair%%=*}" "\${pair#*=}"
  done
  [ -z "$awaits" ] || fail "the URL's options end with -c and nothing after it"
}

# Refuses the URL's parameter $1 of the decoded value $2, unless it is given to the client library as a parameter of the spec.
check_parameter() {
  case $given_parameters in
    *"|$1=$2|"*) return 0 ;;
  esac
  case $1$at in
    *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.]*) fail "the URL has a parameter that the pooler cannot pass on; is a ? or & in the password not percent-encoded?" ;;
    schema) fail "the pooler cannot pass on the URL's parameter schema, which the app's client library reads: set postgres.urlParameters.schema to the same value" ;;
  esac
  case $given_parameters in
    *"|$1="*) return 0 ;;
  esac
  fail "the pooler cannot pass on the URL's parameter $1: set it in postgres.urlParameters, where the app's client library reads it, or remove it"
}

# Reads the query: parameters that name the server replace the URL's own parts, as in libpq.
read_query() {
  mode=
  root=
  settings=
  # A name may be a part of the password where an @ follows: then it is in no message.
  at=
  case $query in
    *@*) at=@ ;;
  esac
  while [ -n "$query" ]; do
    pair=\${query%%"&"*}
    case $query in
      *"&"*) query=\${query#*"&"} ;;
      *) query= ;;
    esac
    value=\${pair#*=}
    case $pair in
      sslmode=*) mode=$value ;;
      ssl=true) mode=require ;;
      sslrootcert=*) root=$value ;;
      host=*) host=$value ;;
      port=*) port=$value ;;
      user=*) user=$value ;;
      password=*) password=$value ;;
      dbname=*) dbname=$value ;;
      ""|ssl=*) ;;
      options=*) decode "$value" options; read_options "$decoded" ;;
      currentSchema=*) decode "$value" currentSchema; add_setting search_path "$decoded" ;;
      search_path=*|statement_timeout=*|lock_timeout=*|idle_in_transaction_session_timeout=*|default_transaction_isolation=*|default_transaction_read_only=*|role=*)
        decode "$value" "\${pair%%=*}"; add_setting "\${pair%%=*}" "$decoded" ;;
      schema=public) ;;
${clientParameters()}) ;;
      *) decode "$value" "value of a parameter"; check_parameter "\${pair%%=*}" "$decoded" ;;
    esac
  done
  add_default_settings
}
`;
